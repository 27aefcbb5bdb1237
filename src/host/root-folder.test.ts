// SPDX-License-Identifier: Apache-2.0
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { WritableEntry } from "../formats/archive/tar-writer.js";
import { bytesOf } from "../formats/bytes.js";
import { RootFolder } from "./root-folder.js";

const COMMON = { uid: 0, gid: 0, mtimeSeconds: 1_700_000_000 };

async function put(
  root: RootFolder,
  entry: Partial<WritableEntry> & { readonly path: string },
  text = "",
): Promise<void> {
  const whole = { kind: "file", mode: 0o644, ...COMMON, sizeBytes: text.length, ...entry } as WritableEntry;
  await root.write(whole, bytesOf(text));
}

/** A root inside a folder that has something beside it. */
function rootBeside(): { readonly root: RootFolder; readonly outside: string } {
  const folder = temporaryFolder();
  const outside = join(folder, "outside");
  mkdirSync(outside);
  mkdirSync(join(folder, "root"));
  return { root: new RootFolder(join(folder, "root")), outside };
}

describe("what is written", () => {
  it("has its content, mode and time, and folders above it", async () => {
    const { root } = rootBeside();
    await put(root, { path: "usr/bin/tool", mode: 0o755 }, "run");
    const path = join(root.path, "usr/bin/tool");
    expect(readFileSync(path, "utf8")).toBe("run");
    expect(lstatSync(path).mode & 0o7777).toBe(0o755);
    expect(lstatSync(path).mtimeMs).toBe(1_700_000_000_000);
  });

  it("loses set-user-ID bits, and can be read and entered by its owner", async () => {
    const { root } = rootBeside();
    await put(root, { path: "su", mode: 0o4755 });
    await put(root, { path: "secret", mode: 0o000 });
    await put(root, { kind: "directory", path: "closed", mode: 0o000 });
    const modes = ["su", "secret", "closed"].map((name) => lstatSync(join(root.path, name)).mode & 0o7777);
    expect(modes).toEqual([0o755, 0o600, 0o700]);
  });

  it("replaces what was there; a link to a folder stays where a folder is written", async () => {
    const { root } = rootBeside();
    await put(root, { path: "a" }, "old");
    await put(root, { path: "a" }, "new");
    await put(root, { kind: "directory", path: "usr/bin", mode: 0o755 });
    await put(root, { kind: "symlink", path: "bin", target: "usr/bin" });
    await put(root, { kind: "directory", path: "bin", mode: 0o755 });
    await put(root, { path: "bin/sh" }, "sh");
    expect(readFileSync(join(root.path, "a"), "utf8")).toBe("new");
    expect(readlinkSync(join(root.path, "bin"))).toBe("usr/bin");
    expect(readFileSync(join(root.path, "usr/bin/sh"), "utf8")).toBe("sh");
  });

  it("hard links lead to what they name", async () => {
    const { root } = rootBeside();
    await put(root, { path: "a" }, "text");
    await put(root, { kind: "hardlink", path: "b", target: "a" });
    expect(readFileSync(join(root.path, "b"), "utf8")).toBe("text");
  });

  const leaving: readonly { summary: string; target: (outside: string) => string }[] = [
    { summary: "an absolute link", target: (outside) => outside },
    { summary: "a link upwards", target: () => "../../../../outside" },
    { summary: "a link that is up and down", target: () => "x/../../outside" },
  ];
  it.each(leaving)("stays inside, behind $summary", async ({ target }) => {
    const { root, outside } = rootBeside();
    await put(root, { kind: "symlink", path: "away", target: target(outside) });
    await put(root, { path: "away/file" }, "inside");
    expect(existsSync(join(outside, "file"))).toBe(false);
  });

  it("links in a circle are refused", async () => {
    const { root } = rootBeside();
    await put(root, { kind: "symlink", path: "a", target: "b" });
    await put(root, { kind: "symlink", path: "b", target: "a" });
    expect(await codeOf(() => put(root, { path: "a/file" }))).toBe("TAR_PATH_UNSAFE");
  });
});

describe("what is deleted", () => {
  it("is gone with all below it, and its folders can be made again", async () => {
    const { root } = rootBeside();
    await put(root, { path: "d/a/x" }, "old");
    await root.delete("d/a");
    expect(existsSync(join(root.path, "d/a"))).toBe(false);
    await put(root, { path: "d/a/y" }, "new");
    expect(readFileSync(join(root.path, "d/a/y"), "utf8")).toBe("new");
  });

  it("is a link, not what it leads to, and nothing where there is nothing", async () => {
    const { root, outside } = rootBeside();
    writeFileSync(join(outside, "a"), "a");
    await put(root, { kind: "symlink", path: "l", target: outside });
    await root.delete("l");
    await root.delete("no/such");
    expect(existsSync(join(root.path, "l"))).toBe(false);
    expect(existsSync(join(outside, "a"))).toBe(true);
  });
});

describe("what is listed", () => {
  it("is everything below a path, by name, links as links", async () => {
    const { root } = rootBeside();
    await put(root, { path: "d/b" }, "12");
    await put(root, { path: "d/a/x" });
    await put(root, { kind: "symlink", path: "d/c", target: "/etc/passwd" });
    const found: string[] = [];
    for await (const { path, kind, sizeBytes, target } of root.list("d"))
      found.push(`${path} ${kind}${kind === "file" ? ` ${sizeBytes}` : ""}${target ?? ""}`);
    expect(found).toEqual(["d directory", "d/a directory", "d/a/x file 0", "d/b file 2", "d/c symlink/etc/passwd"]);
  });

  it("is nothing where there is nothing", async () => {
    const { root } = rootBeside();
    for await (const entry of root.list("no/such")) expect(entry).toBeUndefined();
  });

  it("changes its stamp when it changes, a folder not with what is in it", async () => {
    const { root } = rootBeside();
    await put(root, { path: "d/a" }, "1");
    const stamps = async (): Promise<ReadonlyMap<string, string>> => {
      const map = new Map<string, string>();
      for await (const { path, stamp } of root.list("")) map.set(path, stamp);
      return map;
    };
    const before = await stamps();
    writeFileSync(join(root.path, "d/a"), "2");
    symlinkSync("a", join(root.path, "d/b"));
    const after = await stamps();
    expect(after.get("d/a")).not.toBe(before.get("d/a"));
    expect(after.get("d")).toBe(before.get("d"));
  });
});

describe("what a path leads to", () => {
  it("follows links as from inside, as they are now, and makes nothing", async () => {
    const { root, outside } = rootBeside();
    await put(root, { path: "src/a" }, "inside");
    writeFileSync(join(outside, "a"), "outside");
    symlinkSync("../src/../../../../src/a", join(root.path, "relative"));
    symlinkSync("/src", join(root.path, "absolute"));
    expect(await root.find("/relative")).toBe(join(root.path, "src/a"));
    expect(await root.find("absolute/a")).toBe(join(root.path, "src/a"));
    expect(await root.find("")).toBe(root.path);
    expect(await root.find("no/b")).toBeUndefined();
    expect(existsSync(join(root.path, "no"))).toBe(false);
    // A program of the stage may put a link where a folder was.
    renameSync(join(root.path, "src"), join(root.path, "old"));
    symlinkSync(outside, join(root.path, "src"));
    expect(await root.find("src/a")).toBeUndefined();
  });

  it("is found anew when a program ran in the tree", async () => {
    const { root, outside } = rootBeside();
    await put(root, { path: "src/a" }, "inside");
    writeFileSync(join(outside, "a"), "outside");
    renameSync(join(root.path, "src"), join(root.path, "old"));
    symlinkSync(outside, join(root.path, "src"));
    root.forget();
    const found: string[] = [];
    for await (const { path } of root.list("src/a")) found.push(path);
    expect(found).toEqual([]);
    await put(root, { path: "src/b/", kind: "directory", mode: 0o755 });
    expect(existsSync(join(outside, "b"))).toBe(false);
  });

  it("is refused where links lead in a circle", async () => {
    const { root } = rootBeside();
    symlinkSync("b", join(root.path, "a"));
    symlinkSync("a", join(root.path, "b"));
    expect(await codeOf(() => root.find("a"))).toBe("TAR_PATH_UNSAFE");
  });
});

// SPDX-License-Identifier: Apache-2.0
// What goes wrong on real machines: one clear error each, nothing half-made, and the next run works.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { basaltAt, type Basalt } from "./support/basalt.js";
import { ended, must, PROGRAM, ROOT, start } from "./support/run.js";
import { homeWithDownloads, shared } from "./support/shared.js";

const DEFINITION = join(ROOT, "images", "node", "debian-13", "22.yaml");
const BUILD = ["build", DEFINITION, "--platform", "linux/amd64"] as const;
const ROOMY_SIZE = "600m";

let folder: string;
let lock: string;
let expected: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-failures-"));
  const basalt = await homeWithDownloads(folder, "expected");
  expected = await basalt.must(BUILD);
  lock = await shared().must(["resolve", DEFINITION, "--platform", "linux/amd64"]);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Nothing may be seen of an image that was not finished. */
async function expectNothingPublished(basalt: Basalt): Promise<void> {
  const { images } = await basalt.json<{ readonly images: readonly unknown[] }>(["catalog", "list", "--json"]);
  expect(images).toEqual([]);
}

// The database, a download, the parsed indexes, the layers are what does not fit.
it.each(["32k", "100k", "60m", "110m", "180m"])(
  "a disk of %s that fills up ends the build with DISK_FULL, and with more room the next run works",
  async (size) => {
    const home = join(folder, `full-${size}`);
    await mkdir(home);
    await must("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", home]);
    try {
      const basalt = basaltAt(home);
      const failed = await basalt.run(BUILD);
      expect(failed.status).toBe(1);
      expect(failed.stderr).toMatch(/^error: DISK_FULL: .+; .+$/m);
      await must("mount", ["-o", `remount,size=${ROOMY_SIZE}`, home]);
      await expectNothingPublished(basalt);
      expect(await basalt.must(BUILD)).toBe(expected);
    } finally {
      await must("umount", [home]);
    }
  },
);

describe("a build that is killed", () => {
  it.each(["resolve", "fetch", "assemble", "describe"])(
    "while it does %s leaves nothing, and the next run works",
    async (stage) => {
      const basalt = await homeWithDownloads(folder, `killed-${stage}`);
      const child = start(process.execPath, [PROGRAM, ...BUILD], { env: { BASALT_HOME: basalt.home } });
      const end = ended(child);
      let stderr = "";
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
        if (stderr.includes(`: ${stage}`)) child.kill("SIGKILL");
      });
      expect(await end).not.toBe(0);
      await expectNothingPublished(basalt);
      expect(await basalt.must(BUILD)).toBe(expected);
    },
  );

  it("with Ctrl-C says so", async () => {
    const basalt = await homeWithDownloads(folder, "interrupted");
    const child = start(process.execPath, [PROGRAM, ...BUILD], { env: { BASALT_HOME: basalt.home } });
    const end = ended(child);
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (text.includes(": assemble")) child.kill("SIGINT");
    });
    expect(await end).toBe(1);
    expect(stderr).toMatch(/^error: CANCELLED: /m);
    await expectNothingPublished(basalt);
  });
});

describe("a lock that was changed", () => {
  interface Lock {
    readonly platforms: Readonly<
      Record<string, { readonly packages: { name: string; sha256: string; version: string }[] }>
    >;
  }

  async function buildFrom(
    name: string,
    change: (packages: Lock["platforms"][string]["packages"]) => void,
  ): Promise<string> {
    const basalt = await homeWithDownloads(folder, name);
    const changed = JSON.parse(lock) as Lock;
    change(changed.platforms["linux/amd64"]?.packages ?? []);
    const file = join(folder, `${name}.lock`);
    await writeFile(file, JSON.stringify(changed));
    const built = await basalt.run([...BUILD, "--lock", file]);
    expect(built.status).toBe(1);
    await expectNothingPublished(basalt);
    return /^error: ([A-Z_]+): /m.exec(built.stderr)?.[1] ?? built.stderr;
  }

  it("in a hash: the bytes of the mirror do not have it", async () => {
    const code = await buildFrom("hash", ([first]) => {
      if (first !== undefined) first.sha256 = first.sha256.replaceAll(/^./g, (digit) => (digit === "0" ? "1" : "0"));
    });
    expect(code).toBe("FETCH_DIGEST_MISMATCH");
  });

  it("in two packages that were swapped: the file says what it is", async () => {
    const code = await buildFrom("swap", ([first, second]) => {
      if (first === undefined || second === undefined) throw new Error("a lock of two packages was expected");
      [first.name, second.name] = [second.name, first.name];
      [first.version, second.version] = [second.version, first.version];
    });
    expect(code).toBe("LOCK_MISMATCH");
  });
});

describe("the network", () => {
  it("a mirror that does not answer is named", async () => {
    const basalt = basaltAt(join(folder, "unreachable"));
    const env = { BASALT_DEBIAN_MIRROR: "http://127.0.0.1:9/" };
    const failed = await basalt.run(BUILD, { env });
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/^error: NETWORK_UNREACHABLE: .*127\.0\.0\.1:9.*; .+$/m);
  });

  it("offline, what is missing is said; what is there is built", async () => {
    const failed = await basaltAt(join(folder, "offline")).run([...BUILD, "--offline"]);
    expect(failed.stderr).toMatch(/^error: NETWORK_OFFLINE: /m);
    const file = join(folder, "offline.lock");
    await writeFile(file, lock);
    const basalt = await homeWithDownloads(folder, "downloads");
    expect(await basalt.must([...BUILD, "--offline", "--lock", file])).toBe(expected);
  });

  it("a cached download that was damaged on the disk is noticed, and fetched again", async () => {
    const basalt = await homeWithDownloads(folder, "damaged");
    const { platforms } = JSON.parse(lock) as {
      readonly platforms: Readonly<
        Record<string, { readonly packages: readonly { readonly name: string; readonly sha256: string }[] }>
      >;
    };
    const sha256 = platforms["linux/amd64"]?.packages.find(({ name }) => name === "libc6")?.sha256 ?? "";
    const path = join(basalt.home, "cache", "content", "sha256", sha256.slice(0, 2), sha256);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1000) ^ 1, bytes.length - 1000);
    await writeFile(path, bytes);
    const failed = await basalt.run(BUILD);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/^error: CACHE_DAMAGED: /m);
    await expectNothingPublished(basalt);
    expect(await basalt.must(BUILD)).toBe(expected);
  });
});

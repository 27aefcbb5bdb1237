// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { debianImage } from "../../test/support/debian-images.js";
import { testHost } from "../../test/support/host.js";
import { makeArtifact, makeCosignSignature } from "../../test/support/images.js";
import { addAccount, startRegistry, type TestRegistry } from "../../test/support/registry.js";
import { putImage, testStore } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { Host } from "../host/host.js";
import { listReferrers } from "../store/index.js";

const IMAGE = debianImage({ packages: ["transfer 1"] });
const SIGNATURE = makeCosignSignature(IMAGE.root);

/** A host whose store has `app:1` with a signature and an attestation. */
async function hostWithApp(home: string = temporaryFolder()): Promise<Host> {
  const host = testHost({ home, env: { DOCKER_CONFIG: join(home, "docker") } });
  const store = await testStore(host);
  await putImage(store, "app", IMAGE, ["1"]);
  await putImage(store, "app", SIGNATURE.image, [SIGNATURE.tag]);
  await putImage(store, "app", makeArtifact(IMAGE.root, { artifactType: "application/vnd.test" }), []);
  return host;
}

/** Lets a host's commands log in to a registry, as `docker login` does. */
async function logIn(registry: TestRegistry, home: string): Promise<void> {
  const header = await addAccount(registry, { name: "pusher" });
  const auths = { [registry.address]: { auth: header.replace("Basic ", "") } };
  mkdirSync(join(home, "docker"), { recursive: true });
  writeFileSync(join(home, "docker", "config.json"), JSON.stringify({ auths }));
}

describe("basalt push and pull", () => {
  it("carry an image with its evidence to a registry and back, and print one line", async () => {
    const registry = await startRegistry();
    const home = temporaryFolder();
    const host = await hostWithApp(home);
    await logIn(registry, home);
    const target = `${registry.address}/team/app:2`;
    expect(await basaltOn(host, "push", "app:1", target)).toEqual({
      code: 0,
      stdout: `${target} ${IMAGE.root.digest}\n`,
      stderr: "",
    });
    const other = testHost();
    expect(await basaltOn(other, "pull", target)).toEqual({
      code: 0,
      stdout: `team/app:2 ${IMAGE.root.digest}\n`,
      stderr: "",
    });
    const referrers = await listReferrers((await testStore(other)).db, "team/app" as never, IMAGE.root.digest);
    expect(referrers).toMatchObject([{ artifactType: "application/vnd.test" }]);
    expect((await basaltOn(other, "catalog", "get", "team/app", "--json")).stdout).toContain('"isSigned": true');
  });

  it("push keeps the tag where none is named", async () => {
    const registry = await startRegistry();
    const home = temporaryFolder();
    const host = await hostWithApp(home);
    await logIn(registry, home);
    const { stdout } = await basaltOn(host, "push", "app:1", `${registry.address}/app`);
    expect(stdout).toBe(`${registry.address}/app:1 ${IMAGE.root.digest}\n`);
  });

  it("pull takes another name in the store", async () => {
    const registry = await startRegistry();
    await putImage(registry.store, "app", IMAGE, ["1"]);
    const host = testHost();
    const { stdout } = await basaltOn(host, "pull", `registry://${registry.address}/app:1`, "mine:7");
    expect(stdout).toBe(`mine:7 ${IMAGE.root.digest}\n`);
  });

  it("push is refused without credentials", async () => {
    const registry = await startRegistry();
    const ended = await basaltOn(await hostWithApp(), "push", "app:1", `${registry.address}/app:1`);
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
    expect(ended.stderr).toMatch(/^error: [A-Z_]+: [^\n]+\n$/);
  });

  const WRONG = [
    { summary: "push needs a registry", argv: ["push", "app:1", "elsewhere"], code: 1, says: "REFERENCE_INVALID" },
    { summary: "pull needs a registry", argv: ["pull", "app:1"], code: 1, says: "REFERENCE_INVALID" },
    { summary: "pull ends in the store", argv: ["pull", "r.test/app:1", "other.test/app:1"], code: 64, says: "USAGE" },
    {
      summary: "what is not there cannot be pushed",
      argv: ["push", "none:1", "r.test/app"],
      code: 1,
      says: "MANIFEST_UNKNOWN",
    },
  ];

  it.each(WRONG)("$summary", async ({ argv, code, says }) => {
    const ended = await basaltOn(await hostWithApp(), ...argv);
    expect([ended.code, ended.stdout]).toEqual([code, ""]);
    expect(ended.stderr).toMatch(new RegExp(`^error: ${says}: [^\\n]+\\n$`));
  });
});

describe("basalt copy", () => {
  it("goes from the store to a layout and back under another name", async () => {
    const folder = join(temporaryFolder(), "layout");
    const host = await hostWithApp();
    const out = await basaltOn(host, "copy", "app:1", `oci-dir://${folder}`);
    expect(out).toMatchObject({ code: 0, stdout: `oci-dir://${folder} ${IMAGE.root.digest}\n` });
    const back = await basaltOn(testHost(), "copy", `oci-dir://${folder}`, "other:5");
    expect(back).toMatchObject({ code: 0, stdout: `other:5 ${IMAGE.root.digest}\n` });
  });

  it("goes from an archive to the store", async () => {
    const file = join(temporaryFolder(), "app.tar");
    await basaltOn(await hostWithApp(), "copy", "app:1", `archive://${file}`);
    const back = await basaltOn(testHost(), "copy", `archive://${file}`, "other:5");
    expect(back).toMatchObject({ code: 0, stdout: `other:5 ${IMAGE.root.digest}\n` });
  });

  it("takes evidence along only when asked to", async () => {
    const host = await hostWithApp();
    await basaltOn(host, "copy", "app:1", "without:1");
    await basaltOn(host, "copy", "app:1", "with:1", "--referrers");
    const { db } = await testStore(host);
    expect(await listReferrers(db, "without" as never, IMAGE.root.digest)).toEqual([]);
    expect(await listReferrers(db, "with" as never, IMAGE.root.digest)).toHaveLength(1);
  });

  it("keeps the tag of the source where none is named", async () => {
    expect((await basaltOn(await hostWithApp(), "copy", "app:1", "other")).stdout).toMatch(/^other:1 sha256:/);
  });

  it("refuses a target that it cannot write to, and leaves nothing there", async () => {
    const path = join(temporaryFolder(), "x");
    const ended = await basaltOn(await hostWithApp(), "copy", "app:1", `docker://${path}`);
    expect(ended.code).toBe(64);
    expect(ended.stderr).toMatch(/^error: USAGE: images cannot be written to docker:\/\/; known: /);
    expect(existsSync(path)).toBe(false);
  });

  it("a layout that is cut short is refused, and no name appears", async () => {
    const folder = join(temporaryFolder(), "layout");
    await basaltOn(await hostWithApp(), "copy", "app:1", `oci-dir://${folder}`);
    const layer = [...IMAGE.blobs.keys()].at(-1)?.replace("sha256:", "") ?? "";
    const path = join(folder, "blobs", "sha256", layer);
    writeFileSync(path, readFileSync(path).subarray(0, 20));
    const host = testHost();
    const ended = await basaltOn(host, "copy", `oci-dir://${folder}`, "broken:1");
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
    expect(JSON.parse((await basaltOn(host, "catalog", "list", "--json")).stdout)).toEqual({ images: [] });
  });
});

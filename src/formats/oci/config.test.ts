// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { sha256Digest, type DiffId } from "../digest.js";
import { chainIdOf, parseImageConfig } from "./config.js";

const DIFF_ID = `sha256:${"0123456789abcdef".repeat(4)}`;
const CONFIG = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [DIFF_ID] } };

/** A configuration with some members replaced. */
function configBytes(members: Readonly<Record<string, unknown>> = {}): Buffer {
  return Buffer.from(JSON.stringify({ ...CONFIG, ...members }));
}

describe("a configuration", () => {
  const cases = [
    { summary: "with what it must have", members: {} },
    { summary: "without layers", members: { rootfs: { type: "layers", diff_ids: [] } } },
    {
      summary: "with all parts",
      members: {
        created: "2025-01-01T00:00:00Z",
        variant: "v8",
        config: { User: "1", Entrypoint: ["x"], ExposedPorts: { "80/tcp": {} } },
        history: [{ created_by: "x" }],
      },
    },
    {
      summary: "with a layer of sha512",
      members: { rootfs: { type: "layers", diff_ids: [`sha512:${"0".repeat(128)}`] } },
    },
  ];
  it.each(cases)("$summary", ({ members }) => {
    expect(parseImageConfig(configBytes(members))).toEqual({ ...CONFIG, ...members });
  });
});

it("null, which Docker writes for what is absent, is no error", async () => {
  const config = { Env: null, Cmd: null, Entrypoint: null, Labels: null, ExposedPorts: null, Volumes: null };
  expect(await codeOf(() => parseImageConfig(configBytes({ config, history: null })))).toBeUndefined();
});

describe("hostile configurations are refused", () => {
  const cases = [
    { summary: "nothing", bytes: Buffer.alloc(0) },
    { summary: "half of it", bytes: configBytes().subarray(0, 40) },
    { summary: "garbage", bytes: Buffer.alloc(1000, 0xa5) },
    { summary: "null", bytes: Buffer.from("null") },
    { summary: "a number", bytes: Buffer.from("1") },
    { summary: "a text", bytes: Buffer.from('"x"') },
    { summary: "a list", bytes: Buffer.from("[]") },
    { summary: "an empty object", bytes: Buffer.from("{}") },
    { summary: "lists in lists without an end", bytes: Buffer.from("[".repeat(1_000_000)) },
    { summary: "no architecture", bytes: configBytes({ architecture: undefined }) },
    { summary: "an architecture that is a number", bytes: configBytes({ architecture: 1 }) },
    { summary: "a system that is null", bytes: configBytes({ os: null }) },
    { summary: "no rootfs", bytes: configBytes({ rootfs: undefined }) },
    { summary: "a rootfs that is null", bytes: configBytes({ rootfs: null }) },
    { summary: "a rootfs that is a text", bytes: configBytes({ rootfs: "layers" }) },
    { summary: "layers that are an object", bytes: configBytes({ rootfs: { diff_ids: {} } }) },
    { summary: "layers that are a text", bytes: configBytes({ rootfs: { diff_ids: DIFF_ID } }) },
    { summary: "a layer that is a number", bytes: configBytes({ rootfs: { diff_ids: [DIFF_ID, 1] } }) },
    { summary: "a layer that is null", bytes: configBytes({ rootfs: { diff_ids: [null] } }) },
    { summary: "a layer that is no digest", bytes: configBytes({ rootfs: { diff_ids: ["../../etc/passwd"] } }) },
    {
      summary: "a layer with a digest in capitals",
      bytes: configBytes({ rootfs: { diff_ids: [DIFF_ID.toUpperCase()] } }),
    },
    { summary: "a config that is a text", bytes: configBytes({ config: "x" }) },
    { summary: "an environment that is a text", bytes: configBytes({ config: { Env: "A=b" } }) },
    { summary: "an environment of numbers", bytes: configBytes({ config: { Env: [1] } }) },
    { summary: "a command that is an object", bytes: configBytes({ config: { Cmd: {} } }) },
    { summary: "an entry point that is a text", bytes: configBytes({ config: { Entrypoint: "/bin/sh" } }) },
    { summary: "a user that is a number", bytes: configBytes({ config: { User: 0 } }) },
    { summary: "labels that are a list", bytes: configBytes({ config: { Labels: ["a"] } }) },
    { summary: "a label that is a number", bytes: configBytes({ config: { Labels: { a: 1 } } }) },
    { summary: "a history that is an object", bytes: configBytes({ history: {} }) },
    { summary: "a history with null in it", bytes: configBytes({ history: [null] }) },
    { summary: "a moment that is a number", bytes: configBytes({ created: 1 }) },
  ];
  it.each(cases)("$summary", async ({ bytes }) => {
    expect(await codeOf(() => parseImageConfig(bytes))).toBe("MANIFEST_INVALID");
  });
});

describe("the id of a stack of layers", () => {
  const ids = ["a", "b", "c"].map((text) => sha256Digest(text) as string as DiffId);

  it("of one layer is that of the layer", () => {
    expect(chainIdOf(ids.slice(0, 1))).toBe(ids[0]);
  });

  it("of more hashes the stack below and the next layer", () => {
    const two = sha256Digest(`${ids[0]} ${ids[1]}`);
    expect(chainIdOf(ids.slice(0, 2))).toBe(two);
    expect(chainIdOf(ids)).toBe(sha256Digest(`${two} ${ids[2]}`));
  });

  it("depends on the order", () => {
    expect(chainIdOf(ids.toReversed())).not.toBe(chainIdOf(ids));
  });

  it("does not exist without layers", () => {
    expect(() => chainIdOf([])).toThrow("internal");
  });
});

// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf, streamOf } from "../../test/support/bytes.js";
import { putInCache, testHost } from "../../test/support/host.js";
import { startHttp } from "../../test/support/http-server.js";
import { sha256Hex } from "../formats/digest.js";
import { parseIntegrity, type Integrity } from "../formats/integrity.js";
import { download, type Download } from "./download.js";
import type { Host } from "./host.js";

const CONTENT = "0123456789".repeat(1_000);

function integrityOf(content: string): Integrity {
  return parseIntegrity(`sha512-${createHash("sha512").update(content).digest("base64")}`);
}

function wanted(...urls: readonly string[]): Download {
  return {
    urls: urls.map((url) => new URL("file", url)),
    integrity: integrityOf(CONTENT),
    sizeBytes: CONTENT.length,
    name: "file",
  };
}

type Answer = (response: ServerResponse, request: IncomingMessage) => unknown;

/** A server that gives these answers one after the other, then the last again and again. */
async function serverOf(...answers: readonly Answer[]): Promise<{ readonly url: string; readonly requests: string[] }> {
  let next = 0;
  return startHttp((request, response) => {
    const answer = answers[Math.min(next, answers.length - 1)];
    next += 1;
    answer?.(response, request);
  });
}

const good: Answer = (response) => response.end(CONTENT);
const status =
  (code: number): Answer =>
  (response) =>
    response.writeHead(code).end("no");
const body =
  (content: string): Answer =>
  (response) =>
    response.end(content);

function partialsOf(host: Host): readonly string[] {
  const folder = dirname(host.cache.partialPath(integrityOf(CONTENT)));
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe("a download", () => {
  it("is in the cache afterwards, and nothing else is left", async () => {
    const [host, server] = [testHost(), await serverOf(good)];
    const file = await download(wanted(server.url), host);
    expect(file).toMatchObject({ sha256: sha256Hex(CONTENT), sizeBytes: CONTENT.length });
    expect(readFileSync(file.path, "utf8")).toBe(CONTENT);
    expect(await host.cache.findByIntegrity(integrityOf(CONTENT))).toEqual(file);
    expect(partialsOf(host)).toEqual([]);
  });

  it("is not done again when the file is there", async () => {
    const [host, server] = [testHost(), await serverOf(good)];
    const first = await download(wanted(server.url), host);
    expect(await download(wanted(server.url), host)).toEqual(first);
    expect(server.requests).toHaveLength(1);
  });

  it("without a promised size takes what comes, if the hash is right", async () => {
    const [host, server] = [testHost(), await serverOf(good)];
    const { sizeBytes: _size, ...rest } = wanted(server.url);
    expect(await download(rest, host)).toMatchObject({ sizeBytes: CONTENT.length });
  });

  it("of a file that is empty is an empty file", async () => {
    const [host, server] = [testHost(), await serverOf(body(""))];
    const empty = { ...wanted(server.url), integrity: integrityOf(""), sizeBytes: 0 };
    expect(await download(empty, host)).toMatchObject({ sizeBytes: 0, sha256: sha256Hex("") });
  });

  it("tells how far it is", async () => {
    const [host, server] = [testHost(), await serverOf(good)];
    const received: number[] = [];
    await download(wanted(server.url), { ...host, onProgress: (bytes) => void received.push(bytes) });
    expect(received.at(-1)).toBe(CONTENT.length);
    expect(received).toEqual(received.toSorted((a, b) => a - b));
  });

  it("follows redirects", async () => {
    const server = await startHttp((request, response) =>
      request.url === "/file" ? response.writeHead(302, { location: "/moved" }).end() : response.end(CONTENT),
    );
    expect(await download(wanted(server.url), testHost())).toMatchObject({ sizeBytes: CONTENT.length });
  });
});

describe("what can go wrong at every try", () => {
  const flipped = `X${CONTENT.slice(1)}`;
  const cases: readonly { summary: string; answer: Answer; code: string }[] = [
    { summary: "more bytes than were promised", answer: body(`${CONTENT}0`), code: "FETCH_SIZE_MISMATCH" },
    { summary: "fewer bytes than were promised", answer: body(CONTENT.slice(1)), code: "FETCH_SIZE_MISMATCH" },
    { summary: "no bytes where some were promised", answer: body(""), code: "FETCH_SIZE_MISMATCH" },
    { summary: "other bytes than were promised", answer: body(flipped), code: "FETCH_DIGEST_MISMATCH" },
    { summary: "a file that is absent", answer: status(404), code: "HTTP_STATUS" },
    { summary: "a file that is forbidden", answer: status(403), code: "HTTP_STATUS" },
    { summary: "a file that is gone", answer: status(410), code: "HTTP_STATUS" },
    { summary: "an answer without a body", answer: status(204), code: "HTTP_STATUS" },
    { summary: "a server that is busy", answer: status(503), code: "NETWORK_UNREACHABLE" },
    { summary: "a server that is asked too often", answer: status(429), code: "NETWORK_UNREACHABLE" },
    { summary: "a server that fails", answer: status(500), code: "NETWORK_UNREACHABLE" },
    { summary: "a connection that breaks", answer: (response) => response.destroy(), code: "NETWORK_UNREACHABLE" },
  ];
  it.each(cases)("$summary", async ({ answer, code }) => {
    const [host, server] = [testHost(), await serverOf(answer)];
    expect(await codeOf(() => download(wanted(server.url), host))).toBe(code);
    expect(await host.cache.findByIntegrity(integrityOf(CONTENT))).toBeUndefined();
    expect(partialsOf(host)).toEqual([]);
  });

  it("a stream without an end stops at the bound, when no size was promised", async () => {
    const [host, server] = [testHost(), await serverOf(good)];
    const { sizeBytes: _size, ...rest } = wanted(server.url);
    const work = download({ ...rest, maxBytes: CONTENT.length - 1 }, host);
    expect(await codeOf(() => work)).toBe("FETCH_SIZE_MISMATCH");
  });

  it("offline, what is not in the cache is missing", async () => {
    const host = testHost({ offline: true });
    expect(await codeOf(() => download(wanted("http://127.0.0.1:9/"), host))).toBe("NETWORK_OFFLINE");
  });

  it("offline, what is in the cache is found", async () => {
    const host = testHost({ offline: true });
    const put = await putInCache(host.cache, streamOf(CONTENT));
    const integrity = parseIntegrity(`sha256:${put.sha256}`);
    expect(await download({ ...wanted("http://127.0.0.1:9/"), integrity }, host)).toEqual(put);
  });
});

describe("trying again", () => {
  const cases: readonly { summary: string; answers: readonly Answer[]; requests: number; code?: string }[] = [
    { summary: "a server that was busy once is asked again", answers: [status(503), good], requests: 2 },
    {
      summary: "a server that was busy twice is asked a third time",
      answers: [status(503), status(429), good],
      requests: 3,
    },
    {
      summary: "a server that stays busy is asked as often as the policy says",
      answers: [status(503)],
      requests: 3,
      code: "NETWORK_UNREACHABLE",
    },
    {
      summary: "a connection that broke is made again",
      answers: [(response) => response.destroy(), good],
      requests: 2,
    },
    {
      summary: "an absent file is not asked for again",
      answers: [status(404), good],
      requests: 1,
      code: "HTTP_STATUS",
    },
    {
      summary: "a wrong file is not asked for again",
      answers: [body(`X${CONTENT.slice(1)}`), good],
      requests: 1,
      code: "FETCH_DIGEST_MISMATCH",
    },
    {
      summary: "a file of another size is not asked for again",
      answers: [body("short"), good],
      requests: 1,
      code: "FETCH_SIZE_MISMATCH",
    },
  ];
  it.each(cases)("$summary", async ({ answers, requests, code }) => {
    const [host, server] = [testHost(), await serverOf(...answers)];
    expect(await codeOf(() => download(wanted(server.url), host))).toBe(code);
    expect(server.requests).toHaveLength(requests);
  });

  const seconds: readonly { summary: string; first: Answer }[] = [
    { summary: "a file that the first address lacks is taken from the second", first: status(404) },
    { summary: "a file that is wrong at the first address is taken from the second", first: body("wrong") },
    { summary: "a server that fails is left for the second", first: status(500) },
  ];
  it.each(seconds)("$summary", async ({ first }) => {
    const [bad, better] = [await serverOf(first), await serverOf(good)];
    expect(await download(wanted(bad.url, better.url), testHost())).toMatchObject({ sizeBytes: CONTENT.length });
    expect(better.requests).toHaveLength(1);
  });

  it("the second address is not asked when the first has the file", async () => {
    const [first, second] = [await serverOf(good), await serverOf(good)];
    await download(wanted(first.url, second.url), testHost());
    expect([first.requests.length, second.requests.length]).toEqual([1, 0]);
  });

  it("a signal ends the download, and what came is kept for the next one", async () => {
    const controller = new AbortController();
    const host = testHost();
    const server = await serverOf((response) => response.writeHead(200).write(CONTENT.slice(0, 5_000)));
    const options = { ...host, signal: controller.signal, onProgress: () => controller.abort() };
    expect(await codeOf(() => download(wanted(server.url), options))).toBe("CANCELLED");
    expect(server.requests).toHaveLength(1);
    expect(readFileSync(host.cache.partialPath(integrityOf(CONTENT)), "utf8")).toBe(CONTENT.slice(0, 5_000));
  });

  it("a signal ends the wait before another try", async () => {
    const controller = new AbortController();
    const server = await serverOf((response) => {
      setTimeout(() => controller.abort(), 20);
      response.writeHead(503).end();
    });
    const options = { ...testHost(), signal: controller.signal, retry: { attempts: 3, backoffMs: 60_000 } };
    expect(await codeOf(() => download(wanted(server.url), options))).toBe("CANCELLED");
  });
});

describe("a cached file of another size", () => {
  it("is not taken for the one that was asked for", async () => {
    const [host, server] = [testHost(), await serverOf(good)];
    const put = await putInCache(host.cache, streamOf(CONTENT));
    const integrity = parseIntegrity(`sha256:${put.sha256}`);
    const work = download({ ...wanted(server.url), integrity, sizeBytes: CONTENT.length + 1 }, host);
    expect(await codeOf(() => work)).toBe("FETCH_SIZE_MISMATCH");
  });

  it("that was damaged on the disk is loaded again", async () => {
    const [host, server] = [testHost(), await serverOf(good)];
    const file = await download(wanted(server.url), host);
    writeFileSync(file.path, CONTENT.slice(1));
    expect(await download(wanted(server.url), host)).toEqual(file);
    expect(readFileSync(file.path, "utf8")).toBe(CONTENT);
  });
});

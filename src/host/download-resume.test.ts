// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { startHttp } from "../../test/support/http-server.js";
import { parseIntegrity, type Integrity } from "../formats/integrity.js";
import { download, type Download } from "./download.js";
import type { Host } from "./host.js";
import { createHttpClient } from "./http.js";

const CONTENT = "0123456789".repeat(1_000);
const HALF = CONTENT.length / 2;

interface FileServer {
  readonly url: string;
  /** The first byte that each request asked for. */
  readonly starts: number[];
  /** Hears what has arrived, and only then breaks the connection. */
  readonly onProgress: (receivedBytes: number) => void;
}

interface ServerOptions {
  readonly content?: string;
  /** Requests whose answer breaks off in the middle. @default 0 */
  readonly breaks?: number;
  /** Answers with the whole file, whatever is asked for. */
  readonly ignoresRange?: boolean;
  /** Sees each request first; answers whether it was dealt with. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** A server of one file that can be asked for the rest of it. */
async function fileServer(options: ServerOptions = {}): Promise<FileServer> {
  const content = options.content ?? CONTENT;
  const starts: number[] = [];
  let broken: { readonly response: ServerResponse; readonly afterBytes: number } | undefined;
  const server = await startHttp((request, response) => {
    const start = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    starts.push(start);
    if (options.intercept?.(request, response) === true) return;
    const isPart = start > 0 && options.ignoresRange !== true;
    if (isPart && start >= content.length) return void response.writeHead(416).end();
    const rest = isPart ? content.slice(start) : content;
    response.writeHead(isPart ? 206 : 200, {
      "content-length": rest.length,
      ...(isPart ? { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    if (starts.length > (options.breaks ?? 0)) return void response.end(rest);
    response.write(rest.slice(0, rest.length / 2));
    broken = { response, afterBytes: content.length - rest.length / 2 };
  });
  const onProgress = (receivedBytes: number): void => {
    if (broken !== undefined && receivedBytes >= broken.afterBytes) broken.response.destroy();
  };
  return { url: server.url, starts, onProgress };
}

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

/** Leaves a download behind as a run that was killed does. */
function leavePartial(host: Host, content: string): void {
  const path = host.cache.partialPath(integrityOf(CONTENT));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function partialsOf(host: Host): readonly string[] {
  const folder = dirname(host.cache.partialPath(integrityOf(CONTENT)));
  return existsSync(folder) ? readdirSync(folder) : [];
}

async function expectWhole(host: Host, server: FileServer, file = wanted(server.url)): Promise<void> {
  const cached = await download(file, { ...host, onProgress: server.onProgress });
  expect(readFileSync(cached.path, "utf8")).toBe(CONTENT);
  expect(partialsOf(host)).toEqual([]);
}

describe("a download that breaks off", () => {
  it("is continued where it ended", async () => {
    const [host, server] = [testHost(), await fileServer({ breaks: 1 })];
    await expectWhole(host, server);
    expect(server.starts).toEqual([0, HALF]);
  });

  it("again and again is continued each time", async () => {
    const [host, server] = [testHost(), await fileServer({ breaks: 2 })];
    await expectWhole(host, server);
    expect(server.starts).toEqual([0, HALF, HALF + HALF / 2]);
  });

  it("is begun anew at a server that ignores what it is asked for", async () => {
    const [host, server] = [testHost(), await fileServer({ breaks: 1, ignoresRange: true })];
    await expectWhole(host, server);
    expect(server.starts).toEqual([0, HALF]);
  });

  it("is continued at another address", async () => {
    const [host, first, second] = [testHost(), await fileServer({ breaks: 9 }), await fileServer()];
    const file = wanted(first.url, second.url);
    const once = { retry: { attempts: 1, backoffMs: 1 }, onProgress: first.onProgress };
    const cached = await download(file, { ...host, ...once });
    expect(readFileSync(cached.path, "utf8")).toBe(CONTENT);
    expect([first.starts, second.starts]).toEqual([[0], [HALF]]);
  });

  it("for good keeps what came, and the next run goes on with it", async () => {
    const [host, server] = [testHost(), await fileServer({ breaks: 1 })];
    const once = { ...host, retry: { attempts: 1, backoffMs: 1 }, onProgress: server.onProgress };
    expect(await codeOf(() => download(wanted(server.url), once))).toBe("NETWORK_UNREACHABLE");
    expect(partialsOf(host)).toHaveLength(1);
    await expectWhole(host, server);
    expect(server.starts).toEqual([0, HALF]);
  });

  it("and was compressed for the way is whole in the end", async () => {
    const packed = gzipSync(CONTENT);
    let first: ServerResponse | undefined;
    const server = await fileServer({
      intercept: (request, response) => {
        if (request.headers.range !== undefined) return false;
        first = response.writeHead(200, { "content-encoding": "gzip", "content-length": packed.length });
        first.write(packed.subarray(0, -1));
        return true;
      },
    });
    await expectWhole(testHost(), { ...server, onProgress: () => first?.destroy() });
  });

  it("at a server that hangs is continued when the patience is over", async () => {
    let requests = 0;
    const server = await fileServer({
      intercept: (_request, response) => {
        requests += 1;
        if (requests > 1) return false;
        response.writeHead(200, { "content-length": CONTENT.length }).write(CONTENT.slice(0, HALF));
        return true;
      },
    });
    const http = createHttpClient({ limits: { idleTimeoutMs: 50, connectTimeoutMs: 50 } });
    await expectWhole({ ...testHost(), http }, server);
    expect(server.starts).toEqual([0, HALF]);
  });
});

describe("what an earlier run left behind", () => {
  const leftovers = [
    { summary: "the beginning of the file is used", partial: CONTENT.slice(0, HALF), starts: [HALF] },
    { summary: "the whole file needs no request", partial: CONTENT, starts: [] },
    { summary: "nothing is no beginning", partial: "", starts: [0] },
    { summary: "more than the whole file is thrown away", partial: `${CONTENT}more`, starts: [CONTENT.length + 4, 0] },
    { summary: "the beginning of another file is thrown away", partial: "X".repeat(HALF), starts: [HALF, 0] },
    { summary: "another file of the same size is thrown away", partial: "X".repeat(CONTENT.length), starts: [0] },
  ];
  it.each(leftovers)("$summary", async ({ partial, starts }) => {
    const [host, server] = [testHost(), await fileServer()];
    leavePartial(host, partial);
    await expectWhole(host, server);
    expect(server.starts).toEqual(starts);
  });

  it("the whole file is used although no size was promised", async () => {
    const [host, server] = [testHost(), await fileServer()];
    leavePartial(host, CONTENT);
    const { sizeBytes: _size, ...rest } = wanted(server.url);
    await expectWhole(host, server, rest);
  });

  it("a part that the server does not name as the one that was asked for is not trusted", async () => {
    const host = testHost();
    const server = await fileServer({
      intercept: (request, response) => {
        if (request.headers.range === undefined) return false;
        response.writeHead(206, { "content-range": `bytes 0-${CONTENT.length - 1}/${CONTENT.length}` }).end(CONTENT);
        return true;
      },
    });
    leavePartial(host, CONTENT.slice(0, HALF));
    await expectWhole(host, server);
  });

  it("a good file is found at the first address that has it, whatever the beginning was", async () => {
    const [host, wrong, right] = [
      testHost(),
      await fileServer({ content: "X".repeat(CONTENT.length) }),
      await fileServer(),
    ];
    leavePartial(host, CONTENT.slice(0, HALF));
    await expectWhole(host, right, wanted(wrong.url, right.url));
  });

  it("the lock of a run that was killed does not stand in the way", async () => {
    const [host, server] = [testHost(), await fileServer()];
    leavePartial(host, CONTENT.slice(0, HALF));
    writeFileSync(`${host.cache.partialPath(integrityOf(CONTENT))}.lock`, "0\n");
    await expectWhole(host, server);
    expect(server.starts).toEqual([HALF]);
  });
});

describe("two at once on one file", () => {
  it("both get it, and nothing is left behind", async () => {
    const [host, server] = [testHost(), await fileServer()];
    const files = await Promise.all([1, 2, 3].map(() => download(wanted(server.url), host)));
    expect(new Set(files.map((file) => file.path)).size).toBe(1);
    expect(readFileSync(files[0]?.path ?? "", "utf8")).toBe(CONTENT);
    expect(partialsOf(host)).toEqual([]);
  });

  it("the second does not touch what the first has begun", async () => {
    const host = testHost();
    leavePartial(host, CONTENT.slice(0, HALF));
    // The lock of a living process that is not this one.
    writeFileSync(`${host.cache.partialPath(integrityOf(CONTENT))}.lock`, `${process.ppid}\n`);
    const server = await fileServer();
    await download(wanted(server.url), host);
    expect(server.starts).toEqual([0]);
    expect(readFileSync(host.cache.partialPath(integrityOf(CONTENT)), "utf8")).toBe(CONTENT.slice(0, HALF));
    expect(partialsOf(host)).toHaveLength(2);
  });

  it("a second that fails leaves only what the first has begun", async () => {
    const host = testHost();
    leavePartial(host, CONTENT.slice(0, HALF));
    writeFileSync(`${host.cache.partialPath(integrityOf(CONTENT))}.lock`, `${process.ppid}\n`);
    const server = await fileServer({ breaks: 9 });
    const work = download(wanted(server.url), { ...host, onProgress: server.onProgress });
    expect(await codeOf(() => work)).toBe("NETWORK_UNREACHABLE");
    expect(partialsOf(host)).toHaveLength(2);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, streamOf } from "../../test/support/bytes.js";
import { startHttp } from "../../test/support/http-server.js";
import { createHttpClient, getBytes, OFFLINE_CLIENT } from "./http.js";

const http = createHttpClient();
const LIMIT = { maxBytes: 1_000 };

/** A port of this machine on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function messageOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("it went well");
}

describe("servers that fail", () => {
  it("a refused connection is not reachable", async () => {
    const url = new URL(`http://127.0.0.1:${await freePort()}/`);
    expect(await codeOf(() => http.request(url))).toBe("NETWORK_UNREACHABLE");
  });

  it("a connection that is closed without an answer is not reachable", async () => {
    const server = await startHttp((_message, response) => response.destroy());
    expect(await codeOf(() => http.request(new URL(server.url)))).toBe("NETWORK_UNREACHABLE");
  });

  it("a body that breaks off is not reachable", async () => {
    const server = await startHttp((_message, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("some", () => response.destroy());
    });
    expect(await codeOf(() => getBytes(http, new URL(server.url), LIMIT))).toBe("NETWORK_UNREACHABLE");
  });

  it("a chunked body that breaks off is not reachable", async () => {
    const server = await startHttp((_message, response) => response.write("some", () => response.destroy()));
    expect(await codeOf(() => getBytes(http, new URL(server.url), LIMIT))).toBe("NETWORK_UNREACHABLE");
  });

  it("an answer that is not HTTP is not reachable", async () => {
    const server = await startHttp((message) => message.socket.end("SSH-2.0-OpenSSH\r\n\r\n"));
    expect(await codeOf(() => http.request(new URL(server.url)))).toBe("NETWORK_UNREACHABLE");
  });

  it("a body that claims to be compressed and is not is not reachable", async () => {
    const server = await startHttp((_message, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end("plain"),
    );
    expect(await codeOf(() => getBytes(http, new URL(server.url), LIMIT))).toBe("NETWORK_UNREACHABLE");
  });

  it("a scheme that is not HTTP is not reachable", async () => {
    expect(await codeOf(() => http.request(new URL("ftp://127.0.0.1/")))).toBe("NETWORK_UNREACHABLE");
  });

  it("a stream that is shorter than was promised is not reachable", async () => {
    const server = await startHttp((message, response) => {
      message.on("data", () => undefined).on("end", () => response.end());
    });
    const body = { stream: streamOf("abc"), sizeBytes: 5 };
    expect(await codeOf(() => http.request(new URL(server.url), { method: "PUT", body }))).toBe("NETWORK_UNREACHABLE");
  });

  it("a server that keeps silent is given up, before its answer and within it", async () => {
    const hasty = createHttpClient({ limits: { idleTimeoutMs: 50, connectTimeoutMs: 50 } });
    const server = await startHttp((message, response) => {
      if (message.url === "/body") response.writeHead(200, { "content-length": 100 }).write("some");
    });
    const codes = await Promise.all(
      ["head", "body"].map((path) => codeOf(() => getBytes(hasty, new URL(path, server.url), LIMIT))),
    );
    expect(codes).toEqual(["NETWORK_UNREACHABLE", "NETWORK_UNREACHABLE"]);
  });
});

describe("cancelling", () => {
  it("a signal that was aborted before sends nothing", async () => {
    const server = await startHttp((_message, response) => response.end());
    const request = { signal: AbortSignal.abort() };
    expect(await codeOf(() => http.request(new URL(server.url), request))).toBe("CANCELLED");
    expect(server.requests).toEqual([]);
  });

  it("a signal ends the wait for an answer", async () => {
    const controller = new AbortController();
    const server = await startHttp(() => controller.abort());
    const request = { signal: controller.signal };
    expect(await codeOf(() => http.request(new URL(server.url), request))).toBe("CANCELLED");
  });

  it("a signal ends the reading of a body", async () => {
    const controller = new AbortController();
    const server = await startHttp((_message, response) => response.write("some"));
    const response = await http.request(new URL(server.url), { signal: controller.signal });
    const work = async (): Promise<void> => {
      for await (const chunk of response.body) if (chunk.length > 0) controller.abort();
    };
    expect(await codeOf(work)).toBe("CANCELLED");
  });

  it("a signal ends the fetching of a body into memory", async () => {
    const controller = new AbortController();
    const server = await startHttp((_message, response) => response.write("some", () => controller.abort()));
    const options = { ...LIMIT, signal: controller.signal };
    expect(await codeOf(() => getBytes(http, new URL(server.url), options))).toBe("CANCELLED");
  });

  it("a signal that comes after the answer does no harm", async () => {
    const controller = new AbortController();
    const server = await startHttp((_message, response) => response.end("whole"));
    const response = await http.request(new URL(server.url), { signal: controller.signal });
    const body = await bytesOfStream(response.body);
    controller.abort();
    expect(body.toString()).toBe("whole");
  });
});

describe("messages keep secrets", () => {
  const SECRETS = /user|secret|token/;

  const cases = [
    {
      summary: "of user and password",
      work: async () => http.request(new URL(`http://user:secret@127.0.0.1:${await freePort()}/a?token=secret`)),
    },
    {
      summary: "of a query",
      work: async () => http.request(new URL(`http://127.0.0.1:${await freePort()}/a?token=secret`)),
    },
    { summary: "of a wrong scheme", work: () => http.request(new URL("ftp://user:secret@127.0.0.1/a?token=secret")) },
    {
      summary: "of a request while offline",
      work: () => OFFLINE_CLIENT.request(new URL("https://user:secret@example.test/a?token=secret")),
    },
    {
      summary: "of a status",
      work: async () => {
        const server = await startHttp((_message, response) => response.writeHead(404).end());
        await getBytes(http, new URL("a?token=secret", server.url), LIMIT);
      },
    },
    {
      summary: "of an address to which a server redirects",
      work: async () => {
        const to = `http://user:secret@127.0.0.1:${await freePort()}/b?token=secret`;
        const server = await startHttp((_message, response) => response.writeHead(302, { location: to }).end());
        await http.request(new URL(server.url));
      },
    },
  ];
  it.each(cases)("$summary", async ({ work }) => {
    expect(await messageOf(work)).not.toMatch(SECRETS);
  });
});

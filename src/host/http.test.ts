// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { bytesOfStream, codeOf, streamOf } from "../../test/support/bytes.js";
import { startHttp } from "../../test/support/http-server.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { createHttpClient, getBytes, OFFLINE_CLIENT, redactUrl, type HttpRequest } from "./http.js";

const http = createHttpClient();

interface Seen {
  readonly method: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Sends a request to a server that answers with what it has seen of it. */
async function echo(request: HttpRequest): Promise<Seen> {
  const server = await startHttp((message, response) => {
    const parts: Buffer[] = [];
    message.on("data", (part: Buffer) => parts.push(part));
    message.on("end", () => {
      const seen = { method: message.method, headers: message.headers, body: Buffer.concat(parts).toString() };
      response.end(JSON.stringify(seen));
    });
  });
  const response = await http.request(new URL(server.url), request);
  return JSON.parse((await bytesOfStream(response.body)).toString()) as Seen;
}

describe("requests", () => {
  it("a request is a GET by basalt, with the headers it was given", async () => {
    const seen = await echo({ headers: { "x-test": "1", accept: "text/plain" } });
    expect(seen).toMatchObject({
      method: "GET",
      headers: { "user-agent": "basalt", "x-test": "1", accept: "text/plain" },
      body: "",
    });
  });

  const bodies = [
    { summary: "text is sent", body: "grüße", expected: "grüße", length: "7" },
    { summary: "bytes are sent", body: Buffer.from("abc"), expected: "abc", length: "3" },
    { summary: "nothing is sent", body: "", expected: "", length: "0" },
  ];
  it.each(bodies)("$summary", async ({ body, expected, length }) => {
    const seen = await echo({ method: "POST", body });
    expect(seen).toMatchObject({ method: "POST", headers: { "content-length": length }, body: expected });
  });

  it("a stream is sent with the length that was promised for it", async () => {
    const seen = await echo({ method: "PUT", body: { stream: streamOf("ab", "cd", "e"), sizeBytes: 5 } });
    expect(seen).toMatchObject({ method: "PUT", headers: { "content-length": "5" }, body: "abcde" });
    expect(seen.headers["transfer-encoding"]).toBeUndefined();
  });

  const credentials = [
    {
      summary: "user and password of a URL are sent as a header",
      user: "user",
      password: "secret",
      expected: "user:secret",
    },
    { summary: "a user alone is sent with an empty password", user: "token", password: "", expected: "token:" },
    {
      summary: "what is escaped in them is sent as it was meant",
      user: "a%40b",
      password: "c%3Ad",
      expected: "a@b:c:d",
    },
    { summary: "a percent sign that escapes nothing is one", user: "a%zz", password: "100%", expected: "a%zz:100%" },
  ];
  it.each(credentials)("$summary", async ({ user, password, expected }) => {
    const authorizations: (string | undefined)[] = [];
    const server = await startHttp((message, response) => {
      authorizations.push(message.headers.authorization);
      response.end();
    });
    const url = new URL(server.url);
    url.username = user;
    url.password = password;
    await (await http.request(url)).cancel();
    await (await http.request(url, { headers: { authorization: "Bearer own" } })).cancel();
    expect(authorizations).toEqual([`Basic ${Buffer.from(expected).toString("base64")}`, "Bearer own"]);
  });

  const methods = (["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const).map((method) => ({
    summary: method,
    method,
  }));
  it.each(methods)("$summary is sent as it is", async ({ method }) => {
    const server = await startHttp((_message, response) => response.end());
    const response = await http.request(new URL("a?b=c", server.url), { method });
    await response.cancel();
    expect(server.requests).toEqual([`${method} /a?b=c`]);
  });
});

describe("answers", () => {
  const statuses = [200, 204, 206, 304, 400, 401, 403, 404, 416, 429, 500, 503].map((status) => ({
    summary: `${status} is an answer`,
    status,
  }));
  it.each(statuses)("$summary", async ({ status }) => {
    const server = await startHttp((_message, response) => response.writeHead(status, { "x-test": "yes" }).end());
    const response = await http.request(new URL(server.url));
    expect(response.status).toBe(status);
    expect([response.header("X-Test"), response.header("x-other")]).toEqual(["yes", undefined]);
    expect(await bytesOfStream(response.body)).toHaveLength(0);
  });

  it("a large body comes whole", async () => {
    const content = Buffer.from("0123456789".repeat(100_000));
    const server = await startHttp((_message, response) => response.end(content));
    const response = await http.request(new URL(server.url));
    expect((await bytesOfStream(response.body)).equals(content)).toBe(true);
  });

  it("a body that was compressed for the way comes as it was", async () => {
    const server = await startHttp((_message, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("hello")),
    );
    expect((await getBytes(http, new URL(server.url), { maxBytes: 100 })).toString()).toBe("hello");
  });

  it("a body that nobody reads can be cancelled, before and after it began", async () => {
    const server = await startHttp((_message, response) => response.write("x".repeat(100_000)));
    const fresh = await http.request(new URL(server.url));
    await fresh.cancel();
    const begun = await http.request(new URL(server.url));
    for await (const chunk of begun.body) if (chunk.length > 0) break;
    await begun.cancel();
    expect([fresh.status, begun.status]).toEqual([200, 200]);
  });
});

describe("redirects", () => {
  const redirects = [301, 302, 303, 307, 308].map((status) => ({ summary: `${status} is followed`, status }));
  it.each(redirects)("$summary", async ({ status }) => {
    const server = await startHttp((message, response) =>
      message.url === "/from" ? response.writeHead(status, { location: "/to?a=b" }).end() : response.end("there"),
    );
    expect((await getBytes(http, new URL("from", server.url), { maxBytes: 100 })).toString()).toBe("there");
    expect(server.requests).toEqual(["GET /from", "GET /to?a=b"]);
  });

  it("a redirect is not followed when the caller wants to see it", async () => {
    const server = await startHttp((_message, response) => response.writeHead(307, { location: "/to" }).end());
    const response = await http.request(new URL(server.url), { followRedirects: false });
    expect([response.status, response.header("location")]).toEqual([307, "/to"]);
    await response.cancel();
    expect(server.requests).toHaveLength(1);
  });

  it("another server does not get the credentials of the first", async () => {
    let authorization: string | undefined = "not asked";
    const other = await startHttp((message, response) => {
      authorization = message.headers.authorization;
      response.end("there");
    });
    const server = await startHttp((_message, response) => response.writeHead(302, { location: other.url }).end());
    const response = await http.request(new URL(server.url), { headers: { authorization: "Bearer secret" } });
    await response.cancel();
    expect([response.status, authorization]).toEqual([200, undefined]);
  });

  it("redirects that go in a circle are given up", async () => {
    const server = await startHttp((_message, response) => response.writeHead(302, { location: "/" }).end());
    expect(await codeOf(() => http.request(new URL(server.url)))).toBe("NETWORK_UNREACHABLE");
  });
});

describe("bodies in memory", () => {
  const answers = [
    { summary: "a good answer is its bytes", status: 200, body: "12345", maxBytes: 5, code: undefined },
    { summary: "an empty answer is good", status: 200, body: "", maxBytes: 0, code: undefined },
    {
      summary: "one byte too many is too large",
      status: 200,
      body: "123456",
      maxBytes: 5,
      code: "SIZE_LIMIT_EXCEEDED",
    },
    { summary: "an absent file is an error", status: 404, body: "no", maxBytes: 5, code: "HTTP_STATUS" },
    { summary: "a busy server is an error", status: 503, body: "no", maxBytes: 5, code: "HTTP_STATUS" },
    { summary: "a part is not what was asked for", status: 206, body: "1", maxBytes: 5, code: "HTTP_STATUS" },
  ];
  it.each(answers)("$summary", async ({ status, body, maxBytes, code }) => {
    const server = await startHttp((_message, response) => response.writeHead(status).end(body));
    const work = getBytes(http, new URL(server.url), { maxBytes });
    if (code === undefined) expect((await work).toString()).toBe(body);
    else expect(await codeOf(() => work)).toBe(code);
  });
});

describe("other ways", () => {
  it("a client of a Unix socket speaks through it, whatever the host's name", async () => {
    const socketPath = join(temporaryFolder(), "s");
    const server = createServer((message, response) => response.end(`${message.headers.host} ${message.url}`));
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const engine = createHttpClient({ socketPath });
    expect((await getBytes(engine, new URL("http://docker/version"), { maxBytes: 100 })).toString()).toBe(
      "docker /version",
    );
  });

  it("offline, every request is refused", async () => {
    expect(await codeOf(() => OFFLINE_CLIENT.request(new URL("https://example.test/")))).toBe("NETWORK_OFFLINE");
    expect(await codeOf(() => getBytes(OFFLINE_CLIENT, new URL("https://example.test/"), { maxBytes: 1 }))).toBe(
      "NETWORK_OFFLINE",
    );
  });

  const urls = [
    { summary: "a plain URL stays", url: "https://example.test/a/b", expected: "https://example.test/a/b" },
    { summary: "a port stays", url: "http://example.test:8080/", expected: "http://example.test:8080/" },
    { summary: "user and password go", url: "https://user:secret@example.test/a", expected: "https://example.test/a" },
    { summary: "a token as user goes", url: "https://secret@example.test/a", expected: "https://example.test/a" },
    { summary: "the query goes", url: "https://example.test/a?token=secret&b=c", expected: "https://example.test/a" },
    { summary: "the fragment goes", url: "https://example.test/a#secret", expected: "https://example.test/a" },
  ];
  it.each(urls)("$summary from a URL in a message", ({ url, expected }) => {
    expect(redactUrl(new URL(url))).toBe(expected);
  });
});

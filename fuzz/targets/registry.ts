// SPDX-License-Identifier: Apache-2.0
import { Kysely } from "kysely";
import { first } from "../../src/database/migrations/0001-first.js";
import { uploads } from "../../src/database/migrations/0002-uploads.js";
import type { Database } from "../../src/database/index.js";
import { sqliteDialect } from "../../src/database/sqlite-dialect.js";
import { collect } from "../../src/formats/bytes.js";
import { sha256Digest } from "../../src/formats/digest.js";
import { parseRepositoryName } from "../../src/formats/image-reference.js";
import { openSqlite } from "../../src/host/sqlite.js";
import { parseBasic, type Visitor } from "../../src/registry/auth/access.js";
import { openBearerTokens, type BearerTokens } from "../../src/registry/auth/bearer-tokens.js";
import { getBlob } from "../../src/registry/server/blobs.js";
import type { RegistryRequest } from "../../src/registry/server/exchange.js";
import { listTags } from "../../src/registry/server/listings.js";
import { findRoute } from "../../src/registry/server/routes.js";
import { abandonUpload, appendUpload } from "../../src/registry/server/uploads.js";
import { beginUpload, createMemoryBlobStore, type Store } from "../../src/store/index.js";
import { eachLine, textTarget, type FuzzTarget } from "../target.js";

const REPOSITORY = parseRepositoryName("team/app");
const CONTENT = Buffer.from("0123456789");
const DIGEST = sha256Digest(CONTENT);
const TAGS = ["1", "1.0", "latest", "v%2"];
const NOW = new Date("2026-11-20T12:00:00Z");
/** Node takes no more in all headers, nor the token endpoint in a form. */
const MAX_HEADER_CHARS = 16 * 1024;

interface Deps {
  readonly store: Store;
  readonly tokens: BearerTokens;
  readonly onPushed: () => Promise<void>;
}

let opened: Promise<Deps> | undefined;

/** A store with one blob and some tags, in memory; one for all inputs. */
function deps(): Promise<Deps> {
  return (opened ??= open());
}

async function open(): Promise<Deps> {
  const db = new Kysely<Database>({ dialect: sqliteDialect(await openSqlite(":memory:")) });
  for (const migration of [first, uploads]) await migration.up(db);
  const now = (): Date => NOW;
  const store: Store = { db, blobs: createMemoryBlobStore(now), now, close: () => db.destroy() };
  await store.blobs.put(piecesOf(CONTENT), DIGEST);
  const at = NOW.toISOString();
  const blob = { repository: REPOSITORY, digest: DIGEST };
  await db
    .insertInto("repository_blobs")
    .values({ ...blob, added_at: at })
    .execute();
  for (const name of TAGS)
    await db
      .insertInto("tags")
      .values({ ...blob, name, updated_at: at })
      .execute();
  return { store, tokens: await openBearerTokens(db), onPushed: () => Promise.resolve() };
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

const VISITOR: Visitor = {
  isAnonymous: true,
  hasCredentials: false,
  isAdmin: false,
  user: "",
  permits: () => true,
  couldHave: () => Promise.resolve(true),
};

function requestOf(more: Partial<RegistryRequest> & Pick<RegistryRequest, "method">): RegistryRequest {
  return {
    repository: REPOSITORY,
    reference: "",
    query: new URLSearchParams(),
    header: () => undefined,
    body: piecesOf(CONTENT),
    visitor: VISITOR,
    ...more,
  };
}

/** What is sent must be as long as the headers say, and be the part that they name. */
async function readRange(header: string): Promise<void> {
  const request = requestOf({
    method: "GET",
    reference: DIGEST,
    header: (name) => (name === "range" || name === "if-none-match" ? header : undefined),
  });
  const { status, headers = {}, body } = await getBlob(request, await deps());
  if (body === undefined) return;
  const sent = Buffer.isBuffer(body) ? body : await collect(body, { maxBytes: 100, name: "fuzz" });
  const [, start = "0", end = "9"] = /^bytes ([0-9]+)-([0-9]+)\/10$/.exec(headers["content-range"] ?? "") ?? [];
  const isNamed = (status === 206) === (headers["content-range"] !== undefined);
  const wanted = CONTENT.subarray(Number(start), Number(end) + 1);
  if (!isNamed || headers["content-length"] !== String(sent.length) || sent.length === 0 || !sent.equals(wanted))
    throw new Error(`${JSON.stringify(header)} is answered with ${status} ${JSON.stringify(headers)}`);
}

/** A chunk is taken only where it says that it begins at the start. */
async function readContentRange(text: string): Promise<void> {
  const [range, length] = text.split("\n");
  const registry = await deps();
  const reference = await beginUpload(registry.store, REPOSITORY);
  const headers: Readonly<Record<string, string | undefined>> = { "content-range": range, "content-length": length };
  const request = requestOf({ method: "PATCH", reference, header: (name) => headers[name] });
  try {
    await appendUpload(request, registry);
    if (!/^(?:bytes[ =])?0+-[0-9]+(?:\/.*)?$/.test(range ?? "")) throw new Error(`a chunk at ${range} was taken`);
  } finally {
    await abandonUpload(requestOf({ method: "DELETE", reference }), registry);
  }
}

async function readPage(text: string): Promise<void> {
  const query = new URLSearchParams(text);
  const { headers = {}, body } = await listTags(requestOf({ method: "GET", query }), await deps());
  const answer = Buffer.isBuffer(body) ? body.toString("utf8") : "";
  const { tags } = JSON.parse(answer) as { readonly tags: readonly string[] };
  const link = /^<([^<>\s]+)>; rel="next"$/.exec(headers["link"] ?? "")?.[1];
  const isSound = tags.every((tag) => TAGS.includes(tag)) && (headers["link"] === undefined || link !== undefined);
  if (!isSound) throw new Error(`${JSON.stringify(text)} is answered with ${answer} ${headers["link"] ?? ""}`);
}

/** Nobody gets more than they have. */
async function readScopes(text: string): Promise<void> {
  const { tokens } = await deps();
  const principal = {
    user: "ada",
    isAdmin: false,
    actions: ["pull"],
    mayUse: (name: string) => name === "a/b",
  } as const;
  const { token } = await tokens.issue(principal, text.slice(0, MAX_HEADER_CHARS).split(" "), NOW);
  const { grants = [] } = (await tokens.verify(token, NOW)) ?? {};
  const isSound = grants.every(
    ({ type, name, actions }) => type === "repository" && name === "a/b" && actions.every((one) => one === "pull"),
  );
  if (!isSound) throw new Error(`${JSON.stringify(text)} is granted ${JSON.stringify(grants)}`);
}

/** What is no token of ours is nobody's. */
async function readBearer(text: string): Promise<void> {
  const { tokens } = await deps();
  const claims = await tokens.verify(text.slice(0, MAX_HEADER_CHARS), NOW);
  if (claims !== undefined) throw new Error(`a token was forged: ${JSON.stringify(claims)}`);
}

const encoded = (text: string): string => Buffer.from(text).toString("base64url");
const FORGED = `${encoded('{"alg":"none","typ":"JWT"}')}.${encoded('{"iss":"basalt","aud":"basalt-registry","sub":"a"}')}.`;

export const REGISTRY_TARGETS: readonly FuzzTarget[] = [
  textTarget(
    "basic",
    [`Basic ${Buffer.from("ada:pass:word").toString("base64")}\nbasic YTpi\n`],
    eachLine(parseBasic),
    ["Basic ", "Bearer ", ":", "=", "\t", "-", "_"],
  ),
  textTarget("bearer", [FORGED], readBearer, [".", encoded('{"alg":"ES256"}'), encoded("{}"), "=="]),
  textTarget("scopes", ["repository:a/b:pull,push registry:catalog:* repository(plugin):a/b:* x:y:z"], readScopes, [
    "repository:",
    "registry:catalog:*",
    "a/b",
    ":",
    ",",
    "*",
    "(",
    "repository(",
    ")",
    " ",
  ]),
  textTarget("blob-range", ["bytes=0-4", "bytes=-3", "bytes=5-", `"x", W/"${DIGEST}"`, "bytes=0-1,3-4"], readRange, [
    "bytes=",
    "-",
    ",",
    "*",
    " ",
  ]),
  textTarget("content-range", ["0-9\n10", "bytes 0-9/10\n10", "0-9"], readContentRange, [
    "bytes ",
    "bytes=",
    "-",
    "/*",
  ]),
  textTarget("pagination", ["n=2&last=1.0", "n=1", "last=v%252"], readPage, ["n=", "&", "last=", "%", "%00", "+"]),
  textTarget(
    "routes",
    [
      `a/b/blobs/${DIGEST}\na/blobs/uploads/\na/blobs/uploads/id\na/manifests/latest\na/tags/list\na/referrers/${DIGEST}\n`,
    ],
    eachLine(findRoute),
    ["/blobs/", "/uploads/", "/manifests/", "/tags/list", "/referrers/", "//"],
  ),
];

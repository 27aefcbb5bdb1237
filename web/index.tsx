// SPDX-License-Identifier: Apache-2.0
import { render } from "preact-render-to-string";
import type { VNode } from "preact";
import { createApi, type Answer, type Api, type ApiError, type Ask } from "./api.js";
import { findAsset } from "./assets.js";
import { Layout } from "./layout.js";
import { ComparePage } from "./pages/compare.js";
import { failureTitle, FailurePage } from "./pages/failure.js";
import { ImagePage } from "./pages/image.js";
import { MigratePage } from "./pages/migrate.js";
import { ListPage } from "./pages/list.js";
import { VersionPage } from "./pages/version.js";

export interface PageRequest {
  /** Path and query. */
  readonly url: string;
  readonly api: Ask;
  /** What a form sent. */
  readonly form?: URLSearchParams;
}

export interface Page {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** What a page shows, before it is rendered. */
interface View {
  readonly status: number;
  readonly title: string;
  readonly search?: string;
  readonly content: VNode;
}

const SECURITY = {
  "content-security-policy":
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

/** The catalogue's pages, rendered from what its API answers. */
export function createPages({ version }: { readonly version: string }): {
  readonly render: (request: PageRequest) => Promise<Page>;
} {
  return {
    render: async ({ url, api, form }) => {
      const { pathname, searchParams } = parseTarget(url);
      const asset = await findAsset(pathname);
      if (asset !== undefined)
        return {
          status: 200,
          headers: { ...SECURITY, "content-type": asset.type, "cache-control": "max-age=300" },
          body: asset.body,
        };
      const view = await route(pathname, searchParams, createApi(api), form);
      const html = render(
        <Layout title={view.title} version={version} search={view.search ?? ""}>
          {view.content}
        </Layout>,
      );
      return {
        status: view.status,
        headers: { ...SECURITY, "content-type": "text/html; charset=utf-8", "cache-control": "no-cache" },
        body: `<!doctype html>${html}`,
      };
    },
  };
}

async function route(path: string, query: URLSearchParams, api: Api, form: URLSearchParams | undefined): Promise<View> {
  if (path === "/") return listView(query, api);
  if (path === "/migrate") return migrateView(form?.get("dockerfile") ?? "", api);
  if (path === "/compare") return compareView(query, api);
  const version = /^\/images\/(?<name>.+)\/tags\/(?<tag>[^/]+)\/?$/.exec(path)?.groups;
  if (version !== undefined)
    return versionView({ name: decode(version["name"]), tag: decode(version["tag"]) }, query, api);
  const image = /^\/images\/(?<name>.+?)\/?$/.exec(path)?.groups;
  if (image !== undefined) return imageView(decode(image["name"]), query, api);
  return failure({ status: 404, code: "NOT_FOUND", message: `There is nothing at ${path}.` });
}

async function listView(query: URLSearchParams, api: Api): Promise<View> {
  const search = query.get("q") ?? "";
  const category = query.get("category") ?? "";
  const answer = await api.images(search, category);
  const status = await api.status();
  return shown(answer, ({ images }) => ({
    status: 200,
    title: "",
    search,
    content: (
      <ListPage images={images} search={search} category={category} status={status.ok ? status.value : undefined} />
    ),
  }));
}

async function imageView(name: string, query: URLSearchParams, api: Api): Promise<View> {
  return shown(await api.image(name), (image) => ({
    status: 200,
    title: image.displayName,
    content: <ImagePage image={image} tab={query.get("tab") ?? ""} />,
  }));
}

async function versionView(
  { name, tag }: { readonly name: string; readonly tag: string },
  query: URLSearchParams,
  api: Api,
): Promise<View> {
  const contents = await api.contents(name, tag, query.get("platform") ?? undefined);
  const image = await api.image(name);
  const status = await api.status();
  const version = image.ok
    ? image.value.tags.find((candidate) => candidate.tags.includes(tag) || candidate.digest === tag)
    : undefined;
  const registry = status.ok ? status.value.registry : "";
  return shown(contents, (value) => ({
    status: 200,
    title: `${name}:${tag}`,
    content: <VersionPage contents={value} version={version} registry={registry} tab={query.get("tab") ?? ""} />,
  }));
}

async function compareView(query: URLSearchParams, api: Api): Promise<View> {
  const image = query.get("image") ?? "";
  const to = query.get("to") ?? "";
  const answer = image === "" || to === "" ? undefined : await api.compare(image, to);
  if (answer?.ok === false && answer.error.status === 401) return failure(answer.error);
  const comparison = answer?.ok === true ? answer.value : undefined;
  const error = answer?.ok === false ? answer.error : undefined;
  return {
    status: error?.status ?? 200,
    title: "Compare",
    content: <ComparePage image={image} to={to} comparison={comparison} error={error} />,
  };
}

async function migrateView(dockerfile: string, api: Api): Promise<View> {
  // Browsers send CR LF, whatever was pasted
  const text = dockerfile.replaceAll("\r\n", "\n");
  const answer = text.trim() === "" ? undefined : await api.migrate(text);
  if (answer?.ok === false && answer.error.status === 401) return failure(answer.error);
  return {
    status: answer?.ok === false ? answer.error.status : 200,
    title: "Migrate",
    content: (
      <MigratePage
        dockerfile={text}
        migration={answer?.ok === true ? answer.value : undefined}
        error={answer?.ok === false ? answer.error : undefined}
      />
    ),
  };
}

function shown<T>(answer: Answer<T>, view: (value: T) => View): View {
  return answer.ok ? view(answer.value) : failure(answer.error);
}

function failure(error: ApiError): View {
  return { status: error.status, title: failureTitle(error), content: <FailurePage error={error} /> };
}

/** Path and query of a request; `//host` is a path here, never another server. */
function parseTarget(url: string): { readonly pathname: string; readonly searchParams: URLSearchParams } {
  const question = url.indexOf("?");
  const pathname = question === -1 ? url : url.slice(0, question);
  return { pathname, searchParams: new URLSearchParams(question === -1 ? "" : url.slice(question + 1)) };
}

/** A part of a path; one that cannot be decoded names nothing that exists. */
function decode(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? "");
  } catch {
    return part ?? "";
  }
}

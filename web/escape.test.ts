// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  comparisonAnswer,
  finding,
  imageDetail,
  imageSummary,
  imageVersion,
  migrationAnswer,
  platformContents,
  refusal,
  renderPage,
  side,
  status,
  type Answers,
} from "../test/support/pages.js";

const SCRIPT = "<script>alert(1)</script>";
const ATTRIBUTE = '" onmouseover="alert(1)" x="';
const CLOSING = "</title></textarea><img src=x onerror=alert(1)>";
const HOSTILE = [SCRIPT, ATTRIBUTE, CLOSING, "<svg/onload=alert(1)>", "'><script src=//evil.test></script>"];

/** Tags and attributes that none of our pages has. */
function dangersIn(html: string): readonly string[] {
  const tags = [...html.matchAll(/<[^>]*>/g)].map((match) => match[0]);
  return tags.filter(
    (tag) =>
      (/^<script/i.test(tag) && !tag.startsWith('<script src="/assets/client.js"')) ||
      /^<(?:iframe|object|embed|base)/i.test(tag) ||
      (/^<textarea/i.test(tag) && !tag.startsWith('<textarea id="dockerfile"')) ||
      /\son[a-z]+\s*=/i.test(unquoted(tag)) ||
      /(?:href|src|action|formaction)="?\s*(?:javascript|data|vbscript):/i.test(tag.replaceAll("&#58;", ":")),
  );
}

/** A tag without the values of its attributes. */
function unquoted(tag: string): string {
  return tag.replaceAll(/"[^"]*"/g, '""');
}

interface Place {
  readonly summary: string;
  readonly url: (text: string) => string;
  readonly answers: (text: string) => Answers;
  readonly form?: (text: string) => Readonly<Record<string, string>>;
}

const list = (images: readonly object[]): Answers => ({ "images?search=": { images } });
const version = (contents: object, image: object = imageDetail()): Answers => ({
  "images/node/versions/22": contents,
  "images/node": image,
  status: status(),
});
const PLACES: readonly Place[] = [
  { summary: "a title in the list", url: () => "/", answers: (text) => list([imageSummary({ displayName: text })]) },
  { summary: "a description", url: () => "/", answers: (text) => list([imageSummary({ shortDescription: text })]) },
  { summary: "a category", url: () => "/", answers: (text) => list([imageSummary({ categories: [text, "b"] })]) },
  { summary: "a name", url: () => "/", answers: (text) => list([imageSummary({ name: text, hasLogo: true })]) },
  {
    summary: "what was searched for",
    url: (text) => `/?q=${encodeURIComponent(text)}`,
    answers: (text) => ({ [`images?search=${encodeURIComponent(text)}`]: { images: [] } }),
  },
  {
    summary: "a category asked for",
    url: (text) => `/?category=${encodeURIComponent(text)}`,
    answers: (text) => ({ [`images?search=&category=${encodeURIComponent(text)}`]: { images: [] } }),
  },
  {
    summary: "a title",
    url: () => "/images/node",
    answers: (text) => ({ "images/node": imageDetail({ displayName: text }) }),
  },
  {
    summary: "an overview",
    url: () => "/images/node",
    answers: (text) => ({ "images/node": imageDetail({ overview: text }) }),
  },
  {
    summary: "a guide",
    url: () => "/images/node?tab=guides",
    answers: (text) => ({ "images/node": imageDetail({ guides: `# x\n\n${text}\n\n    ${text}\n\n- ${text}` }) }),
  },
  {
    summary: "a tool",
    url: () => "/images/node",
    answers: (text) => ({
      "images/node": imageDetail({ overview: "x", tools: [{ name: text, description: text }], replaces: text }),
    }),
  },
  {
    summary: "a command",
    url: () => "/images/node",
    answers: (text) => ({ "images/node": imageDetail({ overview: "x", pull: { login: text, command: text } }) }),
  },
  {
    summary: "labels of a version",
    url: () => "/images/node",
    answers: (text) => ({
      "images/node": imageDetail({
        tags: [
          imageVersion({ title: text, distro: text, shell: text, packageManager: text, user: text, tags: [text] }),
        ],
      }),
    }),
  },
  {
    summary: "packages",
    url: () => "/images/node/tags/22",
    answers: (text) =>
      version(
        platformContents({
          inventory: [{ kind: text, name: text, version: text, source: text, license: text, purl: text }],
        }),
      ),
  },
  {
    summary: "findings",
    url: () => "/images/node/tags/22?tab=vulnerabilities",
    answers: (text) =>
      version(
        platformContents({
          findings: [finding({ title: text, rule: text, fixedVersion: text, vulnerability: text })],
          unknown: [{ kind: "deb", names: [text], why: text }],
        }),
      ),
  },
  {
    summary: "the configuration",
    url: () => "/images/node/tags/22?tab=specification",
    answers: (text) =>
      version(
        platformContents({
          configuration: {
            user: text,
            workingDir: text,
            entrypoint: [text],
            cmd: [text],
            environment: [text],
            ports: [text],
            labels: { [text]: text },
          },
        }),
      ),
  },
  {
    summary: "kinds of evidence",
    url: () => "/images/node/tags/22?tab=evidence",
    answers: (text) => version(platformContents(), imageDetail({ tags: [imageVersion({ attestations: [text] })] })),
  },
  {
    summary: "names to compare",
    url: (text) => `/compare?image=${encodeURIComponent(text)}&to=${encodeURIComponent(text)}`,
    answers: () => ({}),
  },
  {
    summary: "what is compared",
    url: () => "/compare?image=a&to=b",
    answers: (text) => ({
      "compare?image=a&to=b": comparisonAnswer({
        analyzed: side({
          reference: text,
          platform: text,
          coverage: { unknown: [{ kind: text, names: [text], why: text }] },
        }),
        packages: [{ change: "added", kind: text, name: text, version: text }],
      }),
    }),
  },
  {
    summary: "a migrated Dockerfile",
    url: () => "/migrate",
    form: (text) => ({ dockerfile: text }),
    answers: (text) => ({
      migrate: migrationAnswer({
        dockerfile: text,
        diff: text,
        changes: [{ rule: "base-image", reason: text, line: 1, before: text, after: `${text}x` }],
        findings: [{ kind: "check", rule: "base-image", message: text, line: 1 }],
        customizations: [{ base: text, image: text, packages: [text] }],
      }),
    }),
  },
  {
    summary: "a Dockerfile that is refused",
    url: () => "/migrate",
    form: (text) => ({ dockerfile: text }),
    answers: (text) => ({ migrate: refusal(422, "DOCKERFILE_INVALID", text) }),
  },
  { summary: "an error", url: () => "/images/node", answers: (text) => ({ "images/node": refusal(404, "X", text) }) },
  { summary: "a path", url: (text) => `/${encodeURIComponent(text)}`, answers: () => ({}) },
  { summary: "a path as it stands", url: (text) => `/nothing/${text}`, answers: () => ({}) },
];

describe("this test itself", () => {
  const DANGERS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<b class="x" onmouseover="alert(1)">',
    '<a href="javascript:alert(1)">',
    "<iframe src=x>",
  ];

  it.each(DANGERS)("sees %s", (html) => {
    expect(dangersIn(`<p>${html}</p>`)).toHaveLength(1);
  });
});

describe("what comes from outside is text, never markup", () => {
  it.each(PLACES)("$summary", async ({ url, answers, form }) => {
    for (const text of HOSTILE) {
      const { html } = await renderPage(url(text), answers(text), form?.(text));
      expect(dangersIn(html), text).toEqual([]);
    }
  });
});

describe("links in Markdown", () => {
  const LINKS = [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://e.test "\\" onmouseover=alert(1) x=\\"")',
    "<a href='javascript:alert(1)'>x</a>",
    "<img src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
  ];

  it.each(LINKS)("run nothing: %s", async (text) => {
    const { html } = await renderPage("/images/node", { "images/node": imageDetail({ overview: text }) });
    expect(dangersIn(html)).toEqual([]);
  });

  it("lead where they say otherwise", async () => {
    const overview = "[site](https://nodejs.org), https://example.test/a and [tags](?tab=tags)";
    const { html } = await renderPage("/images/node", { "images/node": imageDetail({ overview }) });
    for (const href of ["https://nodejs.org", "https://example.test/a", "?tab=tags"])
      expect(html).toContain(`href="${href}"`);
  });
});

describe("the home page of an image", () => {
  it.each(["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", " javascript:alert(1)"])(
    "is a link only to the web: %s",
    async (homeUrl) => {
      const { html } = await renderPage("/images/node", { "images/node": imageDetail({ homeUrl }) });
      expect(dangersIn(html)).toEqual([]);
    },
  );
});

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { migrationAnswer, refusal, renderPage, textOf } from "../test/support/pages.js";

const DOCKERFILE = "FROM node:22\n";

describe("the page that rewrites a Dockerfile", () => {
  it("has a form, and asks for nothing before something was pasted", async () => {
    for (const form of [undefined, {}, { dockerfile: " \r\n" }]) {
      const { status, html, asked } = await renderPage("/migrate", {}, form);
      expect([status, asked]).toEqual([200, []]);
      expect(html).toContain('<form class="migrate" action="/migrate" method="post">');
      expect(html).not.toContain("result");
    }
  });

  it("sends what was pasted as it was before a browser changed its line ends", async () => {
    const { sent } = await renderPage(
      "/migrate",
      { migrate: migrationAnswer() },
      { dockerfile: "FROM a\r\nRUN b\r\n" },
    );
    expect(sent).toEqual([{ dockerfile: "FROM a\nRUN b\n" }]);
  });

  it("shows the new file with a button that copies it, what was pasted, and each change with its reason", async () => {
    const page = await renderPage("/migrate", { migrate: migrationAnswer() }, { dockerfile: DOCKERFILE });
    expect(page.html).toContain('<button type="button" data-copy="FROM registry.test/node:22\n"');
    expect(page.html).toContain(">FROM node:22\n</textarea>");
    const text = textOf(page.html);
    expect(text).toContain("On hardened images Copy FROM registry.test/node:22 1 change");
    expect(text).toContain("1 base-image no shell, no root FROM node:22 FROM registry.test/node:22");
    expect(page.html).toContain('<span class="removed">-FROM node:22\n</span><span class="added">+FROM registry');
  });

  it("says what is left for a person, the worst first, and what has to be built before", async () => {
    const answer = migrationAnswer({
      findings: [
        { kind: "suggestion", rule: "install-locked", message: "npm ci is better", line: 3 },
        { kind: "check", rule: "base-version", message: "test it", line: 1 },
        { kind: "impossible", rule: "shell-needed", message: "a script starts it", line: 9 },
      ],
      customizations: [{ base: "python:3.13", image: "python:3.13_libpq5", packages: ["libpq5"] }],
    });
    const text = textOf((await renderPage("/migrate", { migrate: answer }, { dockerfile: DOCKERFILE })).html);
    expect(text).toMatch(
      /Not done Line 9 a script starts it shell-needed Look at Line 1 test it base-version Would be better Line 3 npm ci/,
    );
    expect(text).toContain("Images to build first python:3.13_libpq5 : python:3.13 with libpq5.");
  });

  it("says when there is nothing to change", async () => {
    const answer = migrationAnswer({ changed: false, dockerfile: DOCKERFILE, diff: "", changes: [] });
    const text = textOf((await renderPage("/migrate", { migrate: answer }, { dockerfile: DOCKERFILE })).html);
    expect(text).toContain("Nothing to change");
    expect(text).not.toMatch(/change(?:s)? Line|As a diff/);
  });

  it("keeps what was pasted when it is refused, and says why", async () => {
    const answers = { migrate: refusal(422, "DOCKERFILE_INVALID", "line 2: there is no instruction RUNN") };
    const page = await renderPage("/migrate", answers, { dockerfile: "FROM a\nRUNN b\n" });
    expect(page.status).toBe(422);
    expect(page.html).toContain("RUNN b\n</textarea>");
    expect(textOf(page.html)).toContain("line 2: there is no instruction RUNN");
  });

  it("asks to log in where that is needed", async () => {
    const answers = { migrate: refusal(401, "LOGIN_REFUSED", "log in to see the catalogue") };
    expect((await renderPage("/migrate", answers, { dockerfile: DOCKERFILE })).status).toBe(401);
  });
});

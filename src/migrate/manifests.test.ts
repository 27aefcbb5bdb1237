// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { BasaltError } from "../errors.js";
import { loadMappings } from "./mappings.js";
import { suggestForManifest } from "./manifests.js";

const mappings = await loadMappings();

function suggest(text: string): readonly string[] {
  return suggestForManifest(text, mappings, { registry: "registry.example" }).map(
    ({ line, rule, message }) => `${line} ${rule}: ${message}`,
  );
}

describe("Compose files", () => {
  it("get image, user, ports, checks and commands", () => {
    const text = `services:
  web:
    image: nginx:1.25
    ports: ["80:80", "8443:8443"]
  app:
    image: node:22-slim
    user: "1001"
    command: npm start
    ports:
      - target: 81
        published: 81
    healthcheck:
      test: ["CMD-SHELL", "curl -f http://localhost/"]
  db:
    image: postgres:17
  tool:
    build: .
  other:
    image: \${IMAGE}
`;
    expect(suggest(text)).toEqual([
      "3 base-image: image: registry.example/nginx:1.26 instead of nginx:1.25",
      "4 port-low: 80:80: let the program listen on 8080, and map it: 80:8080",
      "6 base-image: image: registry.example/node:22 instead of node:22-slim",
      "7 user-numeric: user: 1001 is not in the hardened image; 1000:1000 is what it runs as",
      "8 shell-form: command: the hardened image has no shell and no package manager: start the program itself",
      "10 port-low: 81: let the program listen on 8081, and map it: 81:8081",
      expect.stringMatching(/^13 health-check: /),
    ]);
  });

  it("that start hardened images already are left alone", () => {
    expect(
      suggest("services:\n  app:\n    image: registry.example/node:22\n    user: '1000'\n    ports: ['80:8080']\n"),
    ).toEqual([]);
  });
});

describe("manifests of Kubernetes", () => {
  it("get image, user, ports and probes, in every document and template", () => {
    const text = `apiVersion: v1
kind: Service
metadata: { name: app }
---
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      securityContext:
        runAsNonRoot: true
      initContainers:
        - name: migrate
          image: python:3.13
          command: ["/bin/sh", "-c", "python manage.py migrate"]
          securityContext: { runAsUser: 65532 }
      containers:
        - name: web
          image: docker.io/library/nginx:1.25
          securityContext: { runAsUser: 101 }
          ports:
            - containerPort: 80
          livenessProbe:
            exec:
              command: [curl, localhost]
`;
    expect(suggest(text)).toEqual([
      "14 base-image: image: registry.example/python:3.13 instead of python:3.13",
      "15 shell-form: command: the hardened image has no shell and no package manager: start the program itself",
      "19 base-image: image: registry.example/nginx:1.26 instead of docker.io/library/nginx:1.25",
      "20 user-numeric: runAsUser: 101 is not the hardened image's user; it is 65532",
      expect.stringMatching(/^22 port-low: containerPort: 80 /),
      expect.stringMatching(/^25 health-check: livenessProbe: /),
    ]);
  });

  it("of a job that runs on time, without a word about its user", () => {
    const text =
      "apiVersion: batch/v1\nkind: CronJob\nspec:\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          containers:\n            - image: node:22\n";
    expect(suggest(text)).toEqual([
      expect.stringMatching(/^9 base-image: /),
      expect.stringMatching(/^9 user-root: securityContext: runAsNonRoot: true/),
    ]);
  });
});

describe("what is neither", () => {
  it.each([
    ["nothing", ""],
    ["a list", "- a\n"],
    ["another configuration", "name: a\nversion: 2\n"],
    ["a manifest that runs nothing", "apiVersion: v1\nkind: ConfigMap\ndata: {}\n"],
    ["services that are no map", "services: [a]\n"],
    ["broken YAML", "services:\n  a: [\n"],
    ["a tab", "services:\n\ta: b\n"],
    ["two roots", "services: {}\nservices: {}\n"],
    [
      "depth without an end",
      `apiVersion: v1\nkind: X\n${Array.from({ length: 40 }, (_line, index) => `${"  ".repeat(index)}spec:`).join("\n")}\n`,
    ],
  ])("%s is refused", (_summary, text) => {
    expect(() => suggest(text)).toThrow(BasaltError);
  });

  it("has odd values, which are passed over", () => {
    const text =
      "services:\n  a: { image: 5, ports: 3 }\n  b: { image: 'node:22', ports: [[], null, {}, 'x:y'], command: [], healthcheck: 1, user: [] }\n  c:\n  d: { image: 'UPPER CASE' }\n";
    expect(suggest(text)).toEqual(["3 base-image: image: registry.example/node:22 instead of node:22"]);
  });
});

// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../../formats/canonical-json.js";
import type { GeneratedEntry, PackageFacts } from "../contract.js";
import { mergedPath } from "./content-rules.js";

const TEMPLATE = "usr/share/debianutils/shells";

/**
 * `/etc/shells` and the list of shells that packages brought, as debianutils makes them: its template, then each package's shells,
 * each at both its places in a merged /usr. Source: debianutils 5.7, update-shells(8).
 */
export function shellEntries(packages: readonly Pick<PackageFacts, "retained">[]): readonly GeneratedEntry[] {
  const retained = packages.flatMap((facts) => Object.entries(facts.retained));
  const template = retained.find(([path]) => path === TEMPLATE)?.[1];
  if (template === undefined) return [];
  const lists = retained
    .filter(([path]) => path.startsWith(`${TEMPLATE}.d/`))
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([, text]) => text);
  const shells = new Set(
    [template, ...lists].flatMap(pathsOf).flatMap((path) => [path, `/${mergedPath(path.slice(1))}`]),
  );
  const given = new Set(pathsOf(template));
  const added = [...shells].filter((path) => !given.has(path)).map((path) => `${path}\n`);
  return [
    { kind: "file", path: "etc/shells", mode: 0o644, content: `${template}${added.join("")}` },
    {
      kind: "file",
      path: "var/lib/shells.state",
      mode: 0o644,
      content: [...shells].map((path) => `${path}\n`).join(""),
    },
  ];
}

function pathsOf(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.replace(/#.*$/, ""))
    .filter((line) => line.startsWith("/"));
}

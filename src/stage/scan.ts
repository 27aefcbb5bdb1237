// SPDX-License-Identifier: Apache-2.0
import type { ScanWork } from "../definition/index.js";
import { bytesOf, drain } from "../formats/bytes.js";
import { formatSpdxFragment } from "../formats/spdx-fragment.js";
import { licenseExpression } from "../formats/spdx.js";
import { streamFile } from "../host/files.js";
import { LayerObserver, mergeFacts, toInventory } from "../inventory/index.js";
import { stepError, type HostStep } from "./host-step.js";

/** Scanners of the public catalogue's tool whose findings ours has, too: npm packages in `node_modules`. */
const KNOWN_SCANNERS = new Set(["javascript-package-cataloger"]);

/** Writes the packages below a folder, as they are now, into an SPDX document that outputs can take along. @throws BasaltError `STAGE_FAILED` */
export async function scanFolder({ source, prefix, scanners }: ScanWork, step: HostStep): Promise<void> {
  const { root, where, onEvent, epochSeconds } = step;
  const unknown = scanners.filter((name) => !KNOWN_SCANNERS.has(name));
  if (unknown.length > 0)
    onEvent({
      kind: "note",
      text: `${where}: there is no scanner ${unknown.join(", ")}; what it would find is missing`,
    });
  const place = await root.find(source);
  if (place === undefined) throw stepError(step, `there is no ${source} to scan`);
  const base = place.slice(root.path.length + 1);
  const observer = new LayerObserver();
  for await (const { kind, path } of root.list(base)) {
    if (kind !== "file" || !observer.wants(path)) continue;
    await drain(observer.observe(path, streamFile(await root.locate(path))));
  }
  const { packages } = toInventory(mergeFacts([observer.facts()]));
  const software = packages.map(({ name, version, purl, license }) => {
    const expression = licenseExpression(license);
    return { name, version, purl, ...(expression === undefined ? {} : { license: expression }) };
  });
  const path = documentPath(prefix, source);
  const content = formatSpdxFragment(prefix, software);
  await root.write(
    {
      kind: "file",
      path,
      uid: 0,
      gid: 0,
      mode: 0o644,
      mtimeSeconds: epochSeconds,
      sizeBytes: Buffer.byteLength(content),
    },
    bytesOf(content),
  );
  onEvent({ kind: "note", text: `${where}: ${software.length} packages in /${path}` });
}

const MAX_NAME = 200; // characters; file systems allow 255 bytes

/** Named after what was scanned, so that several scans, and documents of declared software, lie side by side. */
function documentPath(prefix: string, source: string): string {
  const name = slug(source).slice(-MAX_NAME);
  return `opt/docker/sbom/${slug(prefix) || "scan"}/${name || "root"}.spdx.json`;
}

function slug(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9.+_-]+/g, "-").replaceAll(/^[-.]+|-+$/g, "");
}

// SPDX-License-Identifier: Apache-2.0
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node, type YAMLMap } from "yaml";
import { BasaltError } from "../errors.js";
import { parseImageReference } from "../formats/image-reference.js";
import { mapBase, type Mappings } from "./mappings.js";
import type { Finding, MigrateOptions } from "./model.js";
import type { RuleId } from "./rules.js";

const FIRST_FREE_PORT = 1024;
const MOVED_BY = 8000;

/**
 * What Compose files and Kubernetes manifests should say where they start hardened images: suggestions, line by line. Nothing is rewritten,
 * since which of their images are moved is not theirs to know. Source: compose-spec.io; kubernetes.io, Pod v1. @throws BasaltError
 * `DEPLOYMENT_INVALID`
 */
export function suggestForManifest(text: string, mappings: Mappings, options: MigrateOptions): readonly Finding[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  const findings: Finding[] = [];
  let isKnown = false;
  for (const document of Array.isArray(documents) ? documents : []) {
    const problem = document.errors[0];
    if (problem !== undefined)
      throw new BasaltError(
        "DEPLOYMENT_INVALID",
        `line ${lines.linePos(problem.pos[0]).line}: ${problem.message.split("\n")[0] ?? ""}`,
      );
    const read = new ManifestReader({ lines, mappings, registry: options.registry, findings });
    isKnown = read.readDocument(document) || isKnown;
  }
  if (!isKnown)
    throw new BasaltError(
      "DEPLOYMENT_INVALID",
      "neither a Compose file nor a manifest of Kubernetes that runs containers",
    );
  return findings.toSorted((a, b) => a.line - b.line);
}

interface ReaderFacts {
  readonly lines: LineCounter;
  readonly mappings: Mappings;
  readonly registry: string;
  readonly findings: Finding[];
}

class ManifestReader {
  readonly #facts: ReaderFacts;

  constructor(facts: ReaderFacts) {
    this.#facts = facts;
  }

  /** Whether the document is of a kind that is known. */
  readDocument(document: Document): boolean {
    const root = document.contents;
    if (!isMap(root)) return false;
    const services = mapIn(root, "services");
    if (services !== undefined && !root.has("apiVersion")) {
      for (const { value } of services.items) if (isMap(value)) this.#readService(value);
      return true;
    }
    if (!root.has("apiVersion") || !root.has("kind")) return false;
    return this.#readPods(root, 0) > 0;
  }

  #readService(service: YAMLMap): void {
    const user = this.#suggestImage(service);
    if (user === undefined) return;
    const asked = textIn(service, "user");
    if (asked !== undefined && asked.text !== user && asked.text !== user.split(":")[0])
      this.#suggest(
        "user-numeric",
        asked.node,
        `user: ${asked.text} is not in the hardened image; ${user} is what it runs as`,
      );
    const ports = service.get("ports", true);
    for (const port of isSeq(ports) ? ports.items : []) this.#suggestComposePort(port as Node);
    const test = mapIn(service, "healthcheck")?.get("test", true) as Node | undefined;
    if (test !== undefined && /CMD-SHELL|\b(?:curl|wget|nc|sh)\b/.test(String(test)))
      this.#suggest(
        "health-check",
        test,
        "the hardened image has no shell, curl or wget: let the check be a list that starts a program of the image",
      );
    for (const key of ["command", "entrypoint"]) this.#suggestCommand(service.get(key, true), key);
  }

  #suggestComposePort(port: Node): void {
    const text = isMap(port) ? (textIn(port, "target")?.text ?? "") : isScalar(port) ? String(port.value) : "";
    const inside = /(?:^|:)([0-9]+)(?:\/tcp)?$/.exec(text)?.[1];
    if (inside === undefined || Number(inside) >= FIRST_FREE_PORT) return;
    const to = Number(inside) + MOVED_BY;
    this.#suggest(
      "port-low",
      port,
      `${text}: let the program listen on ${to}, and map it: ${text.includes(":") ? text.replace(/[0-9]+((?:\/tcp)?)$/, `${to}$1`) : `${inside}:${to}`}`,
    );
  }

  #suggestCommand(command: Node | undefined, key: string): void {
    if (command === undefined) return;
    const first = isSeq(command) ? String((command.items[0] as Node | undefined) ?? "") : String(command);
    if (/^(?:\/bin\/)?(?:ba|da)?sh\b|\bnpm\b|\byarn\b|\bpnpm\b/.test(first.replaceAll(/^["']|["']$/g, "")))
      this.#suggest(
        "shell-form",
        command,
        `${key}: the hardened image has no shell and no package manager: start the program itself`,
      );
  }

  /** Looks for containers wherever a template may be. Answers how many there were. */
  #readPods(node: unknown, depth: number): number {
    if (depth > 12 || !isMap(node)) return 0;
    let count = 0;
    for (const key of ["containers", "initContainers"]) {
      const containers = node.get(key, true);
      for (const container of isSeq(containers) ? containers.items : [])
        if (isMap(container)) {
          count += 1;
          this.#readContainer(container, node);
        }
    }
    for (const key of ["spec", "template", "jobTemplate"]) count += this.#readPods(node.get(key, true), depth + 1);
    return count;
  }

  #readContainer(container: YAMLMap, pod: YAMLMap): void {
    const user = this.#suggestImage(container);
    if (user === undefined) return;
    const [uid = ""] = user.split(":");
    const contexts = [mapIn(container, "securityContext"), mapIn(pod, "securityContext")];
    const asked = contexts
      .map((context) => (context === undefined ? undefined : textIn(context, "runAsUser")))
      .find((each) => each !== undefined);
    if (asked !== undefined && asked.text !== uid)
      this.#suggest(
        "user-numeric",
        asked.node,
        `runAsUser: ${asked.text} is not the hardened image's user; it is ${uid}`,
      );
    if (!contexts.some((context) => context?.get("runAsNonRoot") === true))
      this.#suggest(
        "user-root",
        container,
        `securityContext: runAsNonRoot: true lets Kubernetes refuse to run it as root; the image's user is ${uid}`,
      );
    const ports = container.get("ports", true);
    for (const port of isSeq(ports) ? ports.items : []) {
      const inside = isMap(port) ? Number(port.get("containerPort")) : 0;
      if (inside > 0 && inside < FIRST_FREE_PORT)
        this.#suggest(
          "port-low",
          port as Node,
          `containerPort: ${inside} needs a right that the user does not have: let the program listen on ${inside + MOVED_BY}, and the Service name that as its targetPort`,
        );
    }
    for (const key of ["livenessProbe", "readinessProbe", "startupProbe"]) {
      const exec = mapIn(container, key);
      const command = exec === undefined ? undefined : (mapIn(exec, "exec")?.get("command", true) as Node | undefined);
      if (command !== undefined && /\b(?:curl|wget|nc|sh|bash|cat)\b/.test(String(command)))
        this.#suggest(
          "health-check",
          command,
          `${key}: the hardened image has no shell, curl or wget: use httpGet, tcpSocket or grpc`,
        );
    }
    for (const key of ["command", "args"]) this.#suggestCommand(container.get(key, true), key);
  }

  /** Suggests the hardened image. Answers its user; undefined for an image that is not known. */
  #suggestImage(owner: YAMLMap): string | undefined {
    const image = textIn(owner, "image");
    if (image === undefined || image.text.includes("${")) return undefined;
    const { registry, mappings } = this.#facts;
    const isOurs = image.text.startsWith(`${registry}/`);
    let reference;
    try {
      reference = parseImageReference(isOurs ? image.text.slice(registry.length + 1) : image.text);
    } catch {
      return undefined;
    }
    const name = reference.host === undefined ? reference.repository : `${reference.host}/${reference.repository}`;
    const mapped = mapBase(name, reference.tag ?? "", mappings);
    if (mapped?.target === undefined || mapped.tag === undefined || mapped.source.kind === "build") return undefined;
    if (!isOurs)
      this.#suggest(
        "base-image",
        image.node,
        `image: ${registry}/${mapped.target.name}:${mapped.tag} instead of ${image.text}`,
      );
    return mapped.target.user;
  }

  #suggest(rule: RuleId, node: Node, message: string): void {
    const { lines, findings } = this.#facts;
    findings.push({ kind: "suggestion", rule, message, line: lines.linePos(node.range?.[0] ?? 0).line });
  }
}

function mapIn(map: YAMLMap, key: string): YAMLMap | undefined {
  const value = map.get(key, true);
  return isMap(value) ? value : undefined;
}

function textIn(map: YAMLMap, key: string): { readonly text: string; readonly node: Node } | undefined {
  const node = map.get(key, true);
  if (!isScalar(node) || (typeof node.value !== "string" && typeof node.value !== "number")) return undefined;
  return { text: String(node.value), node };
}

// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { compareTagVersions } from "./version-order.js";

/** A dependency whose version is to be this one. */
export interface PomDependency {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
  readonly type?: string;
  readonly scope?: string;
}

export interface PomProperty {
  readonly property: string;
  readonly value: string;
}

export interface PomPatch {
  readonly dependencies: readonly PomDependency[];
  readonly properties: readonly PomProperty[];
  /** Elements below `project` that a dependency is added to which stands nowhere yet: `["dependencyManagement", "dependencies"]`. */
  readonly list: readonly string[];
  /** Whether a version may become a lower one. */
  readonly mayLower: boolean;
}

/**
 * A Maven project's file with other versions; every other character stays. A dependency is changed wherever the project lists it,
 * and a reference to a property by what it refers to is left to `properties`, unless the property is not the project's own. Source:
 * maven.apache.org, POM Reference. @throws BasaltError `POM_INVALID` for what is no such file, or would lower a version
 */
export function patchPom(text: string, patch: PomPatch): string {
  const changed = patch.properties.reduce((before, property) => setProperty(before, property, patch), text);
  return patch.dependencies.reduce((before, dependency) => setDependency(before, dependency, patch), changed);
}

interface XmlElement {
  readonly name: string;
  /** Of the content, behind the start tag. */
  readonly start: number;
  /** Of the content, before the end tag; equal to `start` for `<a/>`. */
  end: number;
  readonly isEmptyTag: boolean;
  readonly children: XmlElement[];
}

const TOKEN =
  /<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>|<\?[^]*?\?>|<!DOCTYPE[^>[]*(?:\[[^\]]*\][^>]*)?>|<(\/?)([\w.:-]+)(?:\s[^<>]*?)?(\/?)>|</g;

/** Elements by their places; attributes and text are not looked at. */
function parseElements(text: string): XmlElement {
  const root: XmlElement = { name: "", start: 0, end: text.length, isEmptyTag: false, children: [] };
  const open = [root];
  for (const match of text.matchAll(TOKEN)) {
    const [whole, slash, name, selfClosing] = match;
    if (whole === "<") throw invalid(`has a "<" without a tag at character ${match.index}`);
    if (name === undefined) continue;
    const top = open.at(-1) ?? root;
    if (slash === "/") {
      if (open.length === 1 || top.name !== name) throw invalid(`has </${name}> where it does not belong`);
      top.end = match.index;
      open.pop();
      continue;
    }
    const start = match.index + whole.length;
    const element: XmlElement = { name, start, end: start, isEmptyTag: selfClosing === "/", children: [] };
    top.children.push(element);
    if (selfClosing !== "/") open.push(element);
  }
  if (open.length > 1) throw invalid(`has <${open.at(-1)?.name}> without its end`);
  return root;
}

function projectOf(text: string): XmlElement {
  const project = child(parseElements(text), "project");
  if (project === undefined) throw invalid("has no <project>");
  return project;
}

function setProperty(text: string, { property, value }: PomProperty, patch: PomPatch): string {
  requireName(property);
  const project = projectOf(text);
  const properties = child(project, "properties");
  const found = properties === undefined ? undefined : child(properties, property);
  if (found !== undefined) {
    requireHigher(property, contentOf(text, found), { version: value, ...patch });
    return replaceContent(text, found, escapeXml(value));
  }
  return addBelow(text, ["properties"], `<${property}>${escapeXml(value)}</${property}>`);
}

function setDependency(text: string, dependency: PomDependency, patch: PomPatch): string {
  const project = projectOf(text);
  const found = dependenciesOf(project).filter((element) => isSame(text, element, dependency));
  if (found.length === 0) return addBelow(text, patch.list, dependencyText(dependency));
  // From the last to the first, so that the places of those that are left do not change.
  return found
    .toReversed()
    .reduce((before, element) => setVersion(before, element, { dependency, project, patch }), text);
}

interface VersionWork {
  readonly dependency: PomDependency;
  readonly project: XmlElement;
  readonly patch: PomPatch;
}

function setVersion(text: string, element: XmlElement, { dependency, project, patch }: VersionWork): string {
  const version = child(element, "version");
  if (version === undefined) return text; // dependencyManagement decides
  const written = contentOf(text, version);
  const name = /^\$\{([^}]+)\}$/.exec(written)?.[1];
  const properties = child(project, "properties");
  const property = name === undefined || properties === undefined ? undefined : child(properties, name);
  const current = property === undefined ? written : contentOf(text, property);
  requireHigher(`${dependency.groupId}:${dependency.artifactId}`, current, { version: dependency.version, ...patch });
  return replaceContent(text, version, escapeXml(dependency.version));
}

/** Of the project and of its profiles, managed or not. */
function dependenciesOf(project: XmlElement): readonly XmlElement[] {
  const profiles = children(project, "profiles").flatMap((list) => children(list, "profile"));
  return [project, ...profiles]
    .flatMap((owner) => [owner, ...children(owner, "dependencyManagement")])
    .flatMap((owner) => children(owner, "dependencies"))
    .flatMap((list) => children(list, "dependency"))
    .toSorted((a, b) => a.start - b.start);
}

function isSame(text: string, element: XmlElement, { groupId, artifactId, type }: PomDependency): boolean {
  const value = (name: string): string | undefined => {
    const found = child(element, name);
    return found === undefined ? undefined : contentOf(text, found);
  };
  const isOfType = type === undefined || (value("type") ?? "jar") === type;
  return value("groupId") === groupId && value("artifactId") === artifactId && isOfType;
}

function dependencyText(dependency: PomDependency): string {
  const parts = (["groupId", "artifactId", "version", "type", "scope"] as const).flatMap((name) => {
    const value = dependency[name];
    return value === undefined ? [] : [`<${name}>${escapeXml(value)}</${name}>`];
  });
  return `<dependency>${parts.join("")}</dependency>`;
}

/** Adds to the end of an element that `path` leads to from `project`; what is missing of the path is made. */
function addBelow(text: string, path: readonly string[], added: string): string {
  let at = projectOf(text);
  for (const [index, name] of path.entries()) {
    requireName(name);
    const next = child(at, name);
    if (next === undefined || next.isEmptyTag) {
      const missing = path.slice(index);
      const whole = missing.reduceRight((inner, step) => `<${step}>${inner}</${step}>`, added);
      // `<dependencies/>` is replaced by one with content.
      const from = next === undefined ? at.end : text.lastIndexOf("<", next.start - 1);
      return `${text.slice(0, from)}${whole}\n${text.slice(next === undefined ? at.end : next.start)}`;
    }
    at = next;
  }
  return `${text.slice(0, at.end)}${added}\n${text.slice(at.end)}`;
}

function requireHigher(
  name: string,
  current: string,
  { version, mayLower }: { readonly version: string; readonly mayLower: boolean },
): void {
  // What is computed cannot be compared.
  if (mayLower || current.includes("$") || current === "" || compareTagVersions(version, current) >= 0) return;
  throw invalid(`has ${current} of ${name}, which ${version} would lower; with.downgrade allows it`);
}

const NAME = /^[A-Za-z_][\w.-]*$/;

function requireName(name: string): void {
  if (!NAME.test(name)) throw invalid(`cannot have an element ${JSON.stringify(name)}`);
}

function children(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((candidate) => candidate.name === name);
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((candidate) => candidate.name === name);
}

function contentOf(text: string, { start, end }: XmlElement): string {
  return text
    .slice(start, end)
    .replaceAll(/<!--[^]*?-->/g, "")
    .trim();
}

function replaceContent(text: string, { start, end, isEmptyTag, name }: XmlElement, content: string): string {
  if (!isEmptyTag) return `${text.slice(0, start)}${content}${text.slice(end)}`;
  return `${text.slice(0, text.lastIndexOf("<", start - 1))}<${name}>${content}</${name}>${text.slice(start)}`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function invalid(what: string): BasaltError {
  return new BasaltError("POM_INVALID", `the pom.xml ${what}`);
}

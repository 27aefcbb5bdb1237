// SPDX-License-Identifier: Apache-2.0
import type { YamlPath } from "../located-yaml.js";
import type { RawAccounts } from "../raw.js";
import type { Report } from "../report.js";
import type { CheckContext } from "./check.js";

const PRIVILEGED_PORTS = 1024; // source: capabilities(7), CAP_NET_BIND_SERVICE

/** The account that apt downloads with: Debian gives it no group of its own either. */
const GROUPLESS = new Set(["_apt"]);

/** Accounts of the image and of its stages, and ports that its user may not open. */
export function checkAccounts({ raw, report }: CheckContext): void {
  checkNames(raw.accounts, ["accounts"], report);
  for (const [index, stage] of (raw.contents.builds ?? []).entries())
    if (stage.accounts !== undefined) checkNames(stage.accounts, ["contents", "builds", index, "accounts"], report);
  const runAs = String(raw.accounts["run-as"]);
  if (runAs === "root" || /^0(?::|$)/.test(runAs)) return;
  for (const [index, port] of (raw.ports ?? []).entries()) {
    if (isPrivileged(port))
      report(["ports", index], "DEFINITION_PORT_PRIVILEGED", `${runAs} may not listen on port ${port} everywhere`, {
        severity: "warning",
        hint: "use a port from 1024 on; Docker allows it, other runtimes ask for CAP_NET_BIND_SERVICE",
      });
  }
}

function isPrivileged(port: string): boolean {
  const [first = 0, last = first] = port.split("/", 1)[0]?.split("-").map(Number) ?? [];
  return first > 0 && first <= last && first < PRIVILEGED_PORTS;
}

function checkNames(accounts: RawAccounts, at: YamlPath, report: Report): void {
  const { users = [], groups = [] } = accounts;
  reportRepeated(users, "user", [...at, "users"], report);
  reportRepeated(groups, "group", [...at, "groups"], report);
  checkGroupsOf(users, groups, [...at, "users"], report);
  const known = new Set(["root", ...users.map((user) => user.name)]);
  for (const [index, group] of groups.entries()) {
    for (const [position, member] of (group.members ?? []).entries())
      if (!known.has(member))
        report([...at, "groups", index, "members", position], "DEFINITION_MEMBER", `there is no user ${member}`, {
          hint: "declare it under users, or take it out of the group",
        });
  }
}

/** A user of a group that is not there; one that is declared twice is wrong once. */
function checkGroupsOf(
  users: NonNullable<RawAccounts["users"]>,
  groups: NonNullable<RawAccounts["groups"]>,
  at: YamlPath,
  report: Report,
): void {
  const numbers = new Set([0, ...groups.map(({ gid }) => gid)]);
  const seen = new Set(GROUPLESS);
  for (const [index, { name, gid }] of users.entries()) {
    if (!seen.has(name) && !numbers.has(gid))
      report([...at, index, "gid"], "DEFINITION_GROUP", `there is no group ${gid}, which the user ${name} is in`, {
        severity: "warning",
        hint: "declare it under groups",
      });
    seen.add(name);
  }
}

/** Numbers may be shared, names not. */
function reportRepeated(items: readonly { readonly name: string }[], kind: string, at: YamlPath, report: Report): void {
  const seen = new Set<string>();
  for (const [index, { name }] of items.entries()) {
    if (seen.has(name)) report([...at, index], "DEFINITION_ACCOUNT_TWICE", `the ${kind} ${name} is declared twice`);
    seen.add(name);
  }
}

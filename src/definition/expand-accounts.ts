// SPDX-License-Identifier: Apache-2.0
import type { Accounts } from "./model.js";
import type { RawAccounts, RawDefinition } from "./raw.js";
import type { Report } from "./report.js";

const MAX_ID = 4_294_967_294; // (uid_t) -2; -1 means "no change". Source: chown(2)
const MAX_PORT = 65_535;
const MAX_PORTS = 10_000; // of one image; OCI lists them one by one

/** Users and groups, and who runs the image. Reports `DEFINITION_USER`. */
export function expandAccounts(raw: RawDefinition["accounts"], report: Report): Accounts {
  const { users, groups } = expandNames(raw);
  const runAs = toRunAs(String(raw["run-as"]), users, report);
  return { hasRoot: raw.root === true || runAs.uid === 0, runAs, users, groups };
}

export function expandNames({ users = [], groups = [] }: RawAccounts): Pick<Accounts, "users" | "groups"> {
  return { users, groups: groups.map(({ name, gid, members = [] }) => ({ name, gid, members })) };
}

/** Images always say a number: Kubernetes cannot prove that a name is not root. */
function toRunAs(text: string, users: Accounts["users"], report: Report): Accounts["runAs"] {
  if (text === "root") return { uid: 0, gid: 0 };
  const numbers = /^([0-9]+)(?::([0-9]+))?$/.exec(text);
  const user = users.find(({ name, uid }) => name === text || uid === Number(numbers?.[1]));
  const uid = numbers === null ? user?.uid : Number(numbers[1]);
  const gid = numbers?.[2] === undefined ? (user?.gid ?? uid) : Number(numbers[2]);
  if (uid !== undefined && gid !== undefined && uid <= MAX_ID && gid <= MAX_ID) return { uid, gid };
  const why = uid === undefined ? "there is no user" : `a user or group is larger than ${MAX_ID}:`;
  report(["accounts", "run-as"], "DEFINITION_USER", `${why} ${JSON.stringify(text)}`);
  return { uid: 0, gid: 0 };
}

/** `80`, `80/tcp`, `8000-8002/udp` as the ports that OCI lists one by one. Reports `DEFINITION_PORT`. */
export function expandPorts(entries: readonly string[], report: Report): readonly string[] {
  const ports: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const [, from, to = from, protocol = "tcp"] = /^([0-9]+)(?:-([0-9]+))?(?:\/(\w+))?$/.exec(entry) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!(first >= 1 && first <= last && last <= MAX_PORT)) {
      report(["ports", index], "DEFINITION_PORT", `not a port or a range of ports from 1 to ${MAX_PORT}: ${entry}`);
    } else if (ports.length + last - first >= MAX_PORTS) {
      report(["ports", index], "DEFINITION_PORT", `${entry} makes more than ${MAX_PORTS} ports`);
    } else {
      for (let port = first; port <= last; port += 1) ports.push(`${port}/${protocol}`);
    }
  }
  return ports;
}

// SPDX-License-Identifier: Apache-2.0
// The program under test, with a home of its own.
import { execFileSync } from "node:child_process";

/** A function that runs a command and gives what it prints; what goes wrong throws. */
export function basaltAt(home) {
  return (...args) =>
    execFileSync(process.execPath, ["dist/bin/basalt.js", ...args], {
      env: { ...process.env, BASALT_HOME: home },
      encoding: "utf8",
      maxBuffer: 1024 ** 3,
      stdio: ["ignore", "pipe", "ignore"],
    });
}

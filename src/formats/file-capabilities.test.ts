// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { formatFileCapabilities } from "./file-capabilities.js";

// Expected values are those that setcap of libcap 2.66 writes, read with getfattr.
const cases = [
  { text: "cap_net_raw+ep", hex: "0100000200200000000000000000000000000000" },
  { text: "cap_net_raw=ep", hex: "0100000200200000000000000000000000000000" },
  { text: "cap_net_raw=+ep", hex: "0100000200200000000000000000000000000000" },
  { text: "cap_net_raw+p", hex: "0000000200200000000000000000000000000000" },
  { text: "cap_net_admin,cap_net_raw+eip", hex: "0100000200300000003000000000000000000000" },
  { text: "cap_bpf,cap_setfcap+ep", hex: "0100000200000080000000008000000000000000" },
];
const refused = [
  "",
  "all+ep",
  "cap_new+ep",
  "cap_net_raw",
  "cap_net_raw-ep",
  "-r",
  "$CAPS",
  "cap_net_raw+ep cap_chown+p",
];

describe("file capabilities", () => {
  it.each(cases)("$text", ({ text, hex }) => {
    expect(formatFileCapabilities(text)?.toString("hex")).toBe(hex);
  });

  it.each(refused)("%j is not understood", (text) => {
    expect(formatFileCapabilities(text)).toBeUndefined();
  });
});

// SPDX-License-Identifier: Apache-2.0

/** Extended attribute that holds a file's capabilities. Source: capabilities(7), "File capabilities". */
export const CAPABILITY_XATTR = "security.capability";

/** By number. Source: Linux, include/uapi/linux/capability.h. */
const NAMES = (
  "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast " +
  "net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource " +
  "sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend " +
  "audit_read perfmon bpf checkpoint_restore"
).split(" ");
const CLAUSE = /^(cap_[a-z_]+(?:,cap_[a-z_]+)*)(?:=|\+|=\+)([eip]+)$/;
const REVISION_2 = 0x02000000;
const EFFECTIVE = 1;

/**
 * The attribute's value for capabilities as setcap(8) takes them, `cap_net_raw+ep`; undefined for what is no single clause that gives
 * named capabilities. Source: cap_text_formats(7); Linux, struct vfs_cap_data.
 */
export function formatFileCapabilities(text: string): Buffer | undefined {
  const [, names = "", flags = ""] = CLAUSE.exec(text) ?? [];
  const numbers = names.split(",").map((name) => NAMES.indexOf(name.slice("cap_".length)));
  if (names === "" || numbers.includes(-1)) return undefined;
  const bytes = Buffer.alloc(20);
  bytes.writeUInt32LE(REVISION_2 | (flags.includes("e") ? EFFECTIVE : 0), 0);
  for (const number of numbers) {
    const word = 4 + (number >> 5) * 8; // permitted and inheritable of 32 capabilities each
    if (flags.includes("p")) setBit(bytes, word, number & 31);
    if (flags.includes("i")) setBit(bytes, word + 4, number & 31);
  }
  return bytes;
}

function setBit(bytes: Buffer, offset: number, bit: number): void {
  bytes.writeUInt32LE((bytes.readUInt32LE(offset) | (1 << bit)) >>> 0, offset);
}

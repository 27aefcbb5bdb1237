// SPDX-License-Identifier: Apache-2.0
// The sandbox itself, with bubblewrap and this machine's programs.
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BasaltError } from "../../src/errors.js";
import { runSandboxed, type SandboxLimits, type SandboxRequest } from "../../src/host/sandbox.js";
import { hasManyIds } from "../../src/host/user-namespace.js";
import { must } from "./support/run.js";

const MIB = 1024 ** 2;
const LIMITS: SandboxLimits = {
  timeoutMs: 60_000,
  processes: 200,
  memoryBytes: 300 * MIB,
  diskBytes: 100 * MIB,
  outputBytes: MIB,
};
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-sandbox-"));
  await chmod(folder, 0o755);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Outcome {
  /** An exit code, or what the error says. */
  readonly ended: number | string;
  readonly printed: string;
}

async function sandboxed(script: string, more: Partial<SandboxRequest> = {}): Promise<Outcome> {
  let printed = "";
  const request: SandboxRequest = {
    root: "/",
    isReadOnly: true,
    mounts: new Map([["/mnt", folder]]),
    command: ["/bin/sh", "-c", script],
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    hasNetwork: false,
    limits: LIMITS,
    onOutput: (text) => (printed += text),
    ...more,
  };
  try {
    return { ended: await runSandboxed(request), printed };
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    return { ended: `${error.code}: ${error.message}`, printed };
  }
}

describe("a program that", () => {
  const cases: readonly { name: string; script: string; expected: RegExp }[] = [
    { name: "forks forever", script: "f() { f | f & }; f; sleep 60", expected: /^STAGE_LIMIT: .* 200 processes$/ },
    {
      name: "takes all memory",
      script: "awk 'BEGIN { s = \"x\"; while (1) s = s s; }'",
      expected: /^STAGE_LIMIT: .* bytes of memory$/,
    },
    {
      name: "fills the disk",
      script: "dd if=/dev/zero of=/mnt/full bs=1M count=4000 oflag=dsync 2>/dev/null; sleep 5",
      expected: /^STAGE_LIMIT: .* bytes of disk$/,
    },
    { name: "prints forever", script: "yes", expected: /^STAGE_LIMIT: .* bytes of output$/ },
  ];
  it.each(cases)("$name is ended soon", async ({ script, expected }) => {
    expect((await sandboxed(script)).ended).toMatch(expected);
    await rm(join(folder, "full"), { force: true });
  });

  it("takes too long is ended, with what it started", async () => {
    const limits = { ...LIMITS, timeoutMs: 1000 };
    expect((await sandboxed("sleep 4567 & sleep 4568", { limits })).ended).toBe(
      "STAGE_LIMIT: it took more than 1 seconds",
    );
    expect(await must("ps", ["-eo", "args"])).not.toMatch(/sleep 456[78]/);
  });

  it("ends by itself leaves nothing running, and no control group", async () => {
    expect(await sandboxed("sleep 4569 & echo a; exit 7")).toEqual({ ended: 7, printed: "a\n" });
    expect(await must("ps", ["-eo", "args"])).not.toContain("sleep 4569");
    const groups = await readdir("/sys/fs/cgroup", { recursive: true }).catch(() => []);
    expect(groups.filter((path) => /(?:^|\/)basalt-[^/]*$/.test(path))).toEqual([]);
  });

  it("begins beside many others runs as they do", async () => {
    const user = { uid: 65532, gid: 65532 };
    const ends = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => sandboxed(`echo ${index}`, index % 2 === 0 ? {} : { user })),
    );
    const expected = hasManyIds() ? ends.map((_, index) => ({ ended: 0, printed: `${index}\n` })) : ends;
    expect(ends).toEqual(expected);
  });

  it("is cancelled ends", async () => {
    const signal = AbortSignal.timeout(500);
    expect((await sandboxed("sleep 60", { signal })).ended).toMatch(/^CANCELLED: /);
  });
});

describe.runIf(hasManyIds())("where Basalt runs as root, a program", () => {
  const cannot: readonly { name: string; script: string }[] = [
    { name: "write to the kernel's settings", script: "echo x > /proc/sys/kernel/core_pattern" },
    {
      name: "write to them in a namespace of its own",
      script: "unshare -Urm sh -c 'echo x > /proc/sys/kernel/core_pattern'",
    },
    { name: "mount them anew", script: "unshare -Urmpf --mount-proc sh -c 'echo x > /proc/sys/kernel/core_pattern'" },
    { name: "make a device", script: "mknod /mnt/null c 1 3" },
    { name: "mount", script: "mount -t tmpfs none /mnt" },
    { name: "see other processes", script: "test $(ls -d /proc/[0-9]* | wc -l) -gt 5" },
    { name: "reach this machine's servers", script: "ip -o addr | grep -v ' lo ' | grep -q inet" },
    { name: "have the environment", script: "env | grep -q HOME=" },
    { name: "change the clock", script: "date -s 2020-01-01" },
    { name: "change the host's name", script: "hostname other" },
  ];
  it.each(cannot)("cannot $name", async ({ script }) => {
    const before = await must("cat", ["/proc/sys/kernel/core_pattern"]);
    expect((await sandboxed(script)).ended).not.toBe(0);
    expect(await must("cat", ["/proc/sys/kernel/core_pattern"])).toBe(before);
  });

  it("gives files away, and another user is kept from what is not theirs", async () => {
    const script = "touch /mnt/a && chown 70:71 /mnt/a && chmod 600 /mnt/a && stat -c %u:%g /mnt/a";
    expect(await sandboxed(script)).toEqual({ ended: 0, printed: "70:71\n" });
    const other = { user: { uid: 72, gid: 72 } };
    expect((await sandboxed("cat /mnt/a", other)).printed).toContain("Permission denied");
    expect((await sandboxed("id -u; cat /mnt/a", { user: { uid: 70, gid: 70 } })).printed).toBe("70\n");
    expect(await must("stat", ["-c", "%u:%g", join(folder, "a")])).toBe("70:71\n");
  });
});

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { testClock } from "../../test/support/clock.js";
import { testConsole } from "../../test/support/commands.js";
import type { BuildEvent } from "../resolve/index.js";
import { createProgress } from "./progress.js";

const MiB = 1024 * 1024;
const START: BuildEvent = { kind: "image", image: "node", file: "images/node/22.yaml" };

function progress(done: number, total: number, unit: "bytes" | "layers" = "bytes"): BuildEvent {
  return { kind: "progress", stage: "fetch", done, total, unit };
}

/** Events with the milliseconds that pass before each. */
type Timed = readonly (BuildEvent | readonly [waitMs: number, event: BuildEvent])[];

function shown(events: Timed, options: { readonly isLive: boolean; readonly width?: number }): readonly string[] {
  const clock = testClock();
  const console = testConsole(options);
  const notes: string[] = [];
  const display = createProgress({ ...console, note: (text) => void notes.push(text) }, clock.now);
  for (const item of events) {
    const [waitMs, event] = "kind" in item ? [0, item] : item;
    clock.advance(waitMs);
    display.onEvent(event);
  }
  display.end();
  expect(console.stdout()).toBe("");
  return notes;
}

describe("in a log", () => {
  it("each stage is a line that says of which image", () => {
    const events: Timed = [
      START,
      { kind: "stage", stage: "resolve" },
      { kind: "stage", stage: "fetch", platform: "linux/amd64" },
      progress(1, 2),
      { kind: "note", text: "a mirror is slow" },
      { kind: "published", reference: "node:22", digest: "sha256:00" },
    ];
    expect(shown(events, { isLive: false })).toEqual([
      "node (images/node/22.yaml): resolve\n",
      "node (images/node/22.yaml): fetch linux/amd64\n",
      "node (images/node/22.yaml): a mirror is slow\n",
    ]);
  });
});

describe("on a terminal", () => {
  const CLEAR = "\r\u001b[K";

  it("one line is drawn again and again, and gone in the end", () => {
    const events: Timed = [
      START,
      { kind: "stage", stage: "fetch", platform: "linux/amd64" },
      [100, progress(MiB / 2, 4 * MiB)],
      [100, progress(3, 7, "layers")],
    ];
    expect(shown(events, { isLive: true })).toEqual([
      `${CLEAR}node (images/node/22.yaml)  fetch linux/amd64`,
      `${CLEAR}node (images/node/22.yaml)  fetch linux/amd64  0.5 of 4.0 MiB`,
      `${CLEAR}node (images/node/22.yaml)  fetch linux/amd64  3/7 layers`,
      CLEAR,
    ]);
  });

  it("not more often than a person sees, but the last of all", () => {
    const steps = Array.from({ length: 100 }, (_, index) => [1, progress(index + 1, 100, "layers")] as const);
    const notes = shown([START, { kind: "stage", stage: "fetch" }, ...steps], { isLive: true });
    expect(notes.length).toBeLessThan(6);
    expect(notes.at(-2)).toContain("100/100 layers");
  });

  it("never wider than the terminal, so that it stays one line", () => {
    const long: BuildEvent = { kind: "image", image: "team/".repeat(40), file: "x".repeat(200) };
    const notes = shown([long, { kind: "stage", stage: "fetch" }, [100, progress(1, 2)]], { isLive: true, width: 40 });
    for (const note of notes) expect(note.replace(CLEAR, "").length).toBeLessThan(40);
  });

  it("a note stands on a line of its own", () => {
    const notes = shown([START, { kind: "stage", stage: "fetch" }, { kind: "note", text: "slow" }], { isLive: true });
    expect(notes.join("")).toContain(`${CLEAR}slow\n`);
  });

  it("a new image begins without the stage of the one before", () => {
    const events: Timed = [
      START,
      { kind: "stage", stage: "publish" },
      { kind: "image", image: "static", file: "images/static.yaml" },
      [100, progress(1, 2, "layers")],
    ];
    expect(shown(events, { isLive: true }).at(-2)).toBe(`${CLEAR}static (images/static.yaml)  1/2 layers`);
  });

  it("an image that was published draws nothing", () => {
    const events: Timed = [START, { kind: "published", reference: "node:22", digest: "sha256:00" }];
    expect(shown(events, { isLive: true })).toEqual([CLEAR]);
  });
});

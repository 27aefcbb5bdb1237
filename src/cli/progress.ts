// SPDX-License-Identifier: Apache-2.0
import type { BuildEvent, EventSink } from "../resolve/index.js";
import type { Console } from "./console.js";

export interface Progress {
  readonly onEvent: EventSink;
  /** Clears the line that is being drawn. */
  readonly end: () => void;
}

const REDRAW_MS = 80; // a person sees no more than a dozen changes a second
const MiB = 1024 * 1024;

/** Shows a build: one line that is drawn again on a terminal, else a line a stage. */
export function createProgress(console: Console, now: () => Date): Progress {
  return console.isLive ? liveProgress(console, now) : plainProgress(console);
}

function plainProgress(console: Console): Progress {
  let image = "";
  return {
    onEvent: (event) => {
      if (event.kind === "image") image = `${event.image} (${event.file})`;
      else if (event.kind === "stage") console.note(`${image}: ${stageText(event)}\n`);
      else if (event.kind === "note") console.note(`${image}: ${event.text}\n`);
    },
    end: () => undefined,
  };
}

function liveProgress(console: Console, now: () => Date): Progress {
  let image = "";
  let stage = "";
  let drawnAt = 0;
  const draw = (detail: string, isUrgent: boolean): void => {
    const at = now().getTime();
    if (!isUrgent && at - drawnAt < REDRAW_MS) return;
    drawnAt = at;
    const line = [image, stage, detail].filter((part) => part !== "").join("  ");
    console.note(`\r\u001b[K${line.slice(0, console.width - 1)}`);
  };
  const clear = (): void => console.note("\r\u001b[K");
  return {
    onEvent: (event) => {
      switch (event.kind) {
        case "image":
          image = `${event.image} (${event.file})`;
          stage = "";
          return;
        case "stage":
          stage = stageText(event);
          return draw("", true);
        case "progress":
          return draw(progressText(event), event.done === event.total);
        case "note":
          clear();
          return console.note(`${event.text}\n`);
        case "published":
          return;
      }
    },
    end: clear,
  };
}

function stageText(event: Extract<BuildEvent, { kind: "stage" }>): string {
  return event.platform === undefined ? event.stage : `${event.stage} ${event.platform}`;
}

function progressText({ done, total, unit }: Extract<BuildEvent, { kind: "progress" }>): string {
  if (unit === "layers") return `${done}/${total} layers`;
  return `${(done / MiB).toFixed(1)} of ${(total / MiB).toFixed(1)} MiB`;
}

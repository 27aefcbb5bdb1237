// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

const TRY_MS = 2_000;
const PAUSE_MS = 200;

const PATIENCE_MS = 60_000;

/** Asks again until the answer is 200 and as it should be. A server that is starting may take a connection and say nothing. */
export async function untilOk(url: string | URL, isFine: (body: string) => boolean = () => true): Promise<string> {
  const end = Date.now() + PATIENCE_MS;
  for (let last = "nothing"; ; await sleep(PAUSE_MS)) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TRY_MS) });
      const body = await response.text();
      if (response.status === 200 && isFine(body)) return body;
      last = `${response.status} ${body.slice(0, 200)}`;
    } catch (error) {
      last = String(error);
    }
    if (Date.now() > end)
      throw new Error(`${String(url)} does not answer as it should within ${PATIENCE_MS} ms: ${last}`);
  }
}

// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

const TRY_MS = 2_000;
const PAUSE_MS = 200;

/** Asks again until the answer is 200. A server that is starting may take a connection and say nothing. */
export async function untilOk(url: string | URL, timeoutMs = 60_000): Promise<Response> {
  const end = Date.now() + timeoutMs;
  for (let last = "nothing"; ; await sleep(PAUSE_MS)) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(TRY_MS) });
      if (response.status === 200) return response;
      last = String(response.status);
    } catch (error) {
      last = String(error);
    }
    if (Date.now() > end) throw new Error(`${String(url)} does not answer 200 within ${timeoutMs} ms: ${last}`);
  }
}

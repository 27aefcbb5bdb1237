// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { bytesOfStream, streamOf } from "../../test/support/bytes.js";
import { HOUR_MS, testClock } from "../../test/support/clock.js";
import { createMemoryBlobStore } from "./memory-blob-store.js";

it("the time of a blob is that of the clock given", async () => {
  const clock = testClock();
  const blobs = createMemoryBlobStore(clock.now);
  const times: Date[] = [clock.now()];
  await blobs.put(streamOf("first"));
  clock.advance(HOUR_MS);
  times.push(clock.now());
  await blobs.put(streamOf("second"));
  const found: Date[] = [];
  for await (const { storedAt } of blobs.list()) found.push(storedAt);
  expect(found).toEqual(times);
});

it("what is stored does not change with the buffer that it came from", async () => {
  const blobs = createMemoryBlobStore(testClock().now);
  const chunk = Buffer.from("before");
  const { digest } = await blobs.put(
    (async function* () {
      yield chunk;
    })(),
  );
  chunk.write("after!");
  expect((await bytesOfStream(blobs.read(digest))).toString()).toBe("before");
});

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A number that outlives the program. */
export interface Counter {
  /** Adds one, and tells the new number. */
  increase(): Promise<number>;
}

/** Opens the counter that a folder holds; the folder is made when it is absent. */
export async function openCounter(folder: string): Promise<Counter> {
  const path = join(folder, "visits");
  await mkdir(folder, { recursive: true });
  let value = Number(await readFile(path, "utf8").catch(() => "0"));
  let written: Promise<void> = Promise.resolve();
  return {
    async increase() {
      value += 1;
      const own = value;
      written = written.then(() => save(path, own));
      await written;
      return own;
    },
  };
}

async function save(path: string, value: number): Promise<void> {
  await writeFile(`${path}.new`, String(value));
  await rename(`${path}.new`, path);
}

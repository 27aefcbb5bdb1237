import type { CommandContext } from "./context.js";
export async function runDemo(_flags: object, _context: CommandContext): Promise<0> {
  return 0;
}

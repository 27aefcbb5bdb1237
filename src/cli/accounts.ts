// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { readPassword } from "../host/terminal.js";
import {
  ACTIONS,
  addUser,
  createToken,
  listTokens,
  listUsers,
  removeUser,
  revokeToken,
  type Action,
} from "../registry/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import { parseDurationMs } from "./quantities.js";

export interface UserFlags {
  readonly admin?: boolean;
  readonly passwordStdin?: boolean;
}

export interface TokenFlags {
  readonly user: string;
  readonly scope: string;
  readonly repository: string;
  readonly expires?: string;
  readonly json?: boolean;
}

export async function runUserAdd(name: string, flags: UserFlags, context: CommandContext): Promise<ExitCode> {
  const password = await readPassword({ prompt: `Password for ${name}: `, isPiped: flags.passwordStdin === true });
  return withStore(context, async ({ db, now }) => {
    await addUser(db, { name, password, isAdmin: flags.admin === true }, now());
    context.console.note(`added ${flags.admin === true ? "the administrator" : "the user"} ${name}\n`);
    return EXIT.ok;
  });
}

export async function runUserList(flags: { readonly json?: boolean }, context: CommandContext): Promise<ExitCode> {
  return withStore(context, async ({ db }) => {
    const users = await listUsers(db);
    const lines = users.map(
      (user) => `${user.name}${user.isAdmin ? " (administrator)" : ""}, since ${user.createdAt.slice(0, 10)}\n`,
    );
    context.console.print(flags.json === true ? `${JSON.stringify({ users }, undefined, 2)}\n` : lines.join(""));
    return EXIT.ok;
  });
}

export async function runUserRemove(name: string, context: CommandContext): Promise<ExitCode> {
  return withStore(context, async ({ db }) => {
    await removeUser(db, name);
    context.console.note(`removed ${name} and all tokens of that user\n`);
    return EXIT.ok;
  });
}

export async function runTokenCreate(flags: TokenFlags, context: CommandContext): Promise<ExitCode> {
  return withStore(context, async ({ db, now }) => {
    const expiresAt =
      flags.expires === undefined ? undefined : new Date(now().getTime() + parseDurationMs(flags.expires, "--expires"));
    const request = {
      user: flags.user,
      actions: parseActions(flags.scope),
      repositoryPattern: flags.repository,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const { id, token } = await createToken(db, request, now());
    if (flags.json === true)
      context.console.print(`${JSON.stringify({ id, token, expiresAt: expiresAt?.toISOString() ?? null })}\n`);
    else context.console.print(`${token}\n`);
    context.console.note(`token ${id} of ${flags.user}; it is shown only now\n`);
    return EXIT.ok;
  });
}

export async function runTokenList(flags: { readonly json?: boolean }, context: CommandContext): Promise<ExitCode> {
  return withStore(context, async ({ db }) => {
    const tokens = await listTokens(db);
    const lines = tokens.map(
      (token) =>
        `${token.id}  ${token.user}  ${token.actions.join(",")} on ${token.repositoryPattern}  expires ${token.expiresAt?.slice(0, 10) ?? "never"}  used ${token.lastUsedAt?.slice(0, 10) ?? "never"}\n`,
    );
    context.console.print(flags.json === true ? `${JSON.stringify({ tokens }, undefined, 2)}\n` : lines.join(""));
    return EXIT.ok;
  });
}

export async function runTokenRevoke(id: string, context: CommandContext): Promise<ExitCode> {
  return withStore(context, async ({ db }) => {
    await revokeToken(db, id);
    context.console.note(`revoked ${id}; bearer tokens made with it end within five minutes\n`);
    return EXIT.ok;
  });
}

function parseActions(text: string): readonly Action[] {
  const wanted = text.split(",").map((part) => part.trim());
  const unknown = wanted.find((part) => !(ACTIONS as readonly string[]).includes(part));
  if (unknown !== undefined)
    throw new BasaltError("USAGE", `unknown scope ${JSON.stringify(unknown)}; known: ${ACTIONS.join(", ")}`);
  return ACTIONS.filter((action) => wanted.includes(action));
}

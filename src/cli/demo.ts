// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { importFeeds, openAdvisories } from "../advisories/index.js";
import { BasaltError } from "../errors.js";
import { compareScans, formatCompareOverview, notes, scanImage, type ImageScan } from "../scan/index.js";
import { ownPlatform } from "../host/machine.js";
import { openImage } from "../transfer/index.js";
import { addUser, createToken, listUsers } from "../registry/index.js";
import { packageRoot } from "../host/paths.js";
import { build } from "../pipeline.js";
import type { RunningServer } from "../server.js";
import { openSigner } from "../sign/index.js";
import type { Store } from "../store/index.js";
import { findDefinitions } from "../definition/index.js";
import { buildOptions } from "./build.js";
import { withStore, type CommandContext } from "./context.js";
import { buildApps, type BuiltApps } from "./demo-apps.js";
import { EXIT, type ExitCode } from "./exit.js";
import { createProgress, type Progress } from "./progress.js";
import { DEFAULT_LISTEN } from "./public-url.js";
import { listen, parsePort, untilAborted, workerCommand } from "./serve.js";
import { createSteps, type Steps } from "./steps.js";

export interface DemoFlags {
  readonly reference?: string;
  readonly feeds?: string;
  readonly once?: boolean;
  readonly port?: string;
}

const SILENT: Progress = { onEvent: () => undefined, end: () => undefined };
const IMAGE = "node:22";
const BUILDER = "node:22-dev";
const REFERENCE = "reference/node:22";
const USER = "demo";

/** `basalt demo`: build, publish, scan, compare, serve. */
export async function runDemo(flags: DemoFlags, context: CommandContext): Promise<ExitCode> {
  return withStore(context, async (store) => {
    const steps = createSteps(context.console, context.host.now);
    const reference = flags.reference ?? REFERENCE;
    await buildImages(
      flags.reference === undefined ? [IMAGE, BUILDER, REFERENCE] : [IMAGE, BUILDER],
      steps,
      store,
      context,
    );
    await prepareAdvisories(flags, steps, context);
    const server = await steps.run(
      "start the server",
      async () => serve(flags, store, context),
      (running) => `at ${running.publicUrl.href}`,
    );
    try {
      const token = await steps.run(
        "make a user and a token",
        async () => makeToken(store),
        () => USER,
      );
      await showComparison({ image: IMAGE, reference }, steps, store, context);
      const registry = server.publicUrl.host;
      const apps = await steps.attempt("build the example app on both and push it", async () =>
        buildApps(
          { registry, image: IMAGE, builder: BUILDER, reference, credentials: { user: USER, password: token } },
          context.host,
        ),
      );
      if (apps !== undefined) await showApps(apps, steps, store, context);
      context.console.print(closing(server.publicUrl, token));
      if (flags.once === true) {
        context.console.note("the server has ended; basalt serve starts it again\n");
        return EXIT.ok;
      }
      context.console.note("serving until Ctrl-C\n");
      await untilAborted(context.signal);
      return EXIT.ok;
    } finally {
      await server.close();
    }
  });
}

/** The hardened image for all its platforms; what is only compared or built with, for this machine's. */
async function buildImages(
  names: readonly string[],
  steps: Steps,
  store: Store,
  context: CommandContext,
): Promise<void> {
  const { host } = context;
  const signer = await openSigner(host);
  for (const name of names) {
    const [definition] = await findDefinitions(name, [packageRoot()]);
    if (definition === undefined) throw new Error(`internal: the built-in catalogue has no ${name}`);
    const platforms = name === IMAGE ? definition.platforms : [ownPlatform()];
    // Without a terminal the steps alone say enough.
    const progress = context.console.isLive ? createProgress(context.console, host.now) : SILENT;
    await steps.run(
      `build ${name}`,
      async () => {
        try {
          // The demo is for machines where nothing was installed for it.
          const options = { ...buildOptions(context, progress.onEvent), platforms };
          return await build(definition, options, { host, store, signer });
        } finally {
          progress.end();
        }
      },
      (built) => `${platforms.join(" and ")}, ${built.digest.slice(0, 19)}`,
    );
  }
}

async function prepareAdvisories(flags: DemoFlags, steps: Steps, context: CommandContext): Promise<void> {
  const { host } = context;
  const { feeds } = flags;
  if (feeds !== undefined) {
    const count = async (): Promise<number> =>
      (await importFeeds([feeds], { isComplete: false }, host)).feeds.reduce((sum, feed) => sum + feed.records, 0);
    await steps.run(`import advisory feeds from ${feeds}`, count, (records) => `${records} records`);
    return;
  }
  const advisories = await openAdvisories(host.home.advisories);
  const isEmpty = advisories.feeds.length === 0;
  advisories.close();
  if (isEmpty)
    await steps.attempt("fetch the public advisory feeds", async () => (await import("./db.js")).fetchFeeds(context));
}

async function serve(flags: DemoFlags, store: Store, context: CommandContext): Promise<RunningServer> {
  const port = flags.port === undefined ? DEFAULT_LISTEN.port : parsePort(flags.port);
  const options = {
    host: DEFAULT_LISTEN.host,
    anonymousPull: true,
    mirrors: [],
    version: context.version,
    worker: workerCommand(context.host),
  };
  try {
    return await listen({ ...options, port }, store, context);
  } catch (error) {
    // A run that only measures needs a port for a moment, not that one.
    if (flags.once === true && flags.port === undefined && error instanceof BasaltError && error.code === "PORT_IN_USE")
      return listen({ ...options, port: 0 }, store, context);
    throw error;
  }
}

async function makeToken({ db, now }: Store): Promise<string> {
  const users = await listUsers(db);
  // Nobody needs this password: the token is what one logs in with.
  if (!users.some((user) => user.name === USER))
    await addUser(db, { name: USER, password: randomBytes(24).toString("base64url"), isAdmin: false }, now());
  const expiresAt = new Date(now().getTime() + 24 * 60 * 60 * 1000);
  return (await createToken(db, { user: USER, actions: ["pull", "push"], repositoryPattern: "*", expiresAt }, now()))
    .token;
}

async function showComparison(
  { image, reference }: { readonly image: string; readonly reference: string },
  steps: Steps,
  store: Store,
  context: CommandContext,
): Promise<void> {
  const scans = await steps.run(
    `scan ${image} and ${reference}`,
    async () => scanAll([image, reference], store, context),
    () => "",
  );
  printComparison(scans, context);
}

async function showApps(apps: BuiltApps, steps: Steps, store: Store, context: CommandContext): Promise<void> {
  const scans = await steps.run(
    "scan the two apps",
    async () => scanAll([apps.hardened, apps.ordinary], store, context),
    () => "",
  );
  printComparison(scans, context);
}

async function scanAll(
  images: readonly string[],
  store: Store,
  { host }: CommandContext,
): Promise<readonly ImageScan[]> {
  const advisories = await openAdvisories(host.home.advisories);
  const scans: ImageScan[] = [];
  try {
    for (const image of images) {
      const reader = await openImage(image, { host, store });
      try {
        scans.push(await scanImage(reader, { platform: ownPlatform(), advisories, store }));
      } finally {
        await reader.close();
      }
    }
  } finally {
    advisories.close();
  }
  return scans;
}

function printComparison([analyzed, comparison]: readonly ImageScan[], { console }: CommandContext): void {
  if (analyzed === undefined || comparison === undefined)
    throw new Error("internal: a comparison of fewer than two images");
  console.print(`\n${formatCompareOverview(compareScans(analyzed, comparison), console.colors)}\n`);
  for (const scan of [analyzed, comparison])
    console.print(notes(scan).replaceAll(/^ {2}i /gm, `  i ${scan.reference}: `));
  console.print("\n");
}

function closing(url: URL, token: string): string {
  return [
    `  docker login ${url.host} -u ${USER} -p ${token}`,
    `  docker pull ${url.host}/${IMAGE}`,
    "",
    `  catalogue  ${url.href}`,
    `  image      ${new URL("/images/node", url).href}`,
    `  compare    ${new URL(`/compare?image=${IMAGE}&to=${REFERENCE}`, url).href}`,
    "",
  ]
    .map((line) => `${line}\n`)
    .join("");
}

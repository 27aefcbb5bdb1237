// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { isTag, parseImageReference, type ImageReference, type Tag } from "../formats/image-reference.js";
import { ownPlatform } from "../host/machine.js";
import type { Store } from "../store/index.js";
import {
  copyImage,
  createArchiveWriter,
  createLayoutWriter,
  createRegistryWriter,
  createStoreWriter,
  openImage,
  requireRemote,
  type ImageReader,
  type ImageWriter,
} from "../transfer/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";

/** Where a copy goes, and what it is called there. */
interface Target {
  readonly writer: ImageWriter;
  readonly tags: readonly Tag[];
  /** For the line that is printed. */
  readonly name: string;
}

/** `basalt push IMAGE HOST/REPO[:TAG]`: with signatures and attestations. */
export async function runPush(image: string, to: string, context: CommandContext): Promise<ExitCode> {
  return copy(image, { to: `registry://${to.replace(/^registry:\/\//, "")}`, withReferrers: true }, context);
}

/** `basalt pull HOST/REPO[:TAG] [NAME]`: into the store. */
export async function runPull(image: string, name: string | undefined, context: CommandContext): Promise<ExitCode> {
  const from = parseImageReference(image.replace(/^registry:\/\//, ""));
  const { host: _host, digest: _digest, ...local } = from;
  const reference: ImageReference = name === undefined ? local : parseImageReference(name);
  if (reference.host !== undefined)
    throw new BasaltError("USAGE", `${name} names a registry, and a pull ends in the store`);
  const to = `${reference.repository}:${reference.tag ?? "latest"}`;
  return copy(`registry://${image.replace(/^registry:\/\//, "")}`, { to, withReferrers: true }, context);
}

/** `basalt copy SRC DST`. */
export async function runCopy(
  from: string,
  to: string,
  flags: { readonly referrers?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  return copy(from, { to, withReferrers: flags.referrers === true }, context);
}

async function copy(
  from: string,
  options: { readonly to: string; readonly withReferrers: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  return withStore(context, async (store) => {
    const reader = await openImage(from, { host: context.host, store });
    let target: Target | undefined;
    try {
      target = await openTarget(options.to, reader, store, context);
      await copyImage(reader, target.writer, { tags: target.tags, withReferrers: options.withReferrers });
      context.console.print(`${target.name} ${reader.root.digest}\n`);
      return EXIT.ok;
    } finally {
      await target?.writer.close();
      await reader.close();
    }
  });
}

async function openTarget(text: string, reader: ImageReader, store: Store, { host }: CommandContext): Promise<Target> {
  const match = /^([a-z][a-z-]*):(?:\/\/)(.+)$/s.exec(text);
  const rest = match?.[2] ?? "";
  const tag = defaultTag(reader);
  switch (match?.[1]) {
    case "oci-dir":
      return { writer: createLayoutWriter(rest), tags: [tag], name: text };
    case "archive":
      return {
        writer: await createArchiveWriter(rest, { engineNames: [], enginePlatform: ownPlatform() }),
        tags: [tag],
        name: text,
      };
    case "registry":
      return remoteTarget(parseImageReference(rest), tag, host);
    case undefined: {
      const reference = parseImageReference(text);
      if (reference.host !== undefined) return remoteTarget(reference, tag, host);
      const name = reference.tag ?? tag;
      return {
        writer: await createStoreWriter(reference.repository, store),
        tags: [name],
        name: `${reference.repository}:${name}`,
      };
    }
    default:
      throw new BasaltError(
        "USAGE",
        `images cannot be written to ${match?.[1]}://; known: registry://, oci-dir://, archive://, or a name in the store`,
      );
  }
}

async function remoteTarget(reference: ImageReference, tag: Tag, host: CommandContext["host"]): Promise<Target> {
  const remote = requireRemote(reference);
  const name = remote.tag ?? tag;
  return {
    writer: await createRegistryWriter(remote, host),
    tags: [name],
    name: `${remote.host}/${remote.repository}:${name}`,
  };
}

/** The tag of the source's name, else `latest`. */
function defaultTag(reader: ImageReader): Tag {
  const text = /:([^/:@]+)(?:@.*)?$/.exec(reader.name)?.[1] ?? "latest";
  return isTag(text) ? text : ("latest" as Tag);
}

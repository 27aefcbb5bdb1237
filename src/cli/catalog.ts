// SPDX-License-Identifier: Apache-2.0
import { openAdvisories } from "../advisories/index.js";
import { getImage, listImages, type CatalogDeps, type ImageDetail, type ImageSummary } from "../catalog/index.js";
import { formatTable, sizeText, countsText, PLAIN } from "../scan/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import { publicHost } from "./public-url.js";

/** `basalt catalog list`. */
export async function runCatalogList(
  flags: { readonly search?: string; readonly json?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  return withCatalog(context, async (deps) => {
    const images = await listImages(flags.search === undefined ? {} : { search: flags.search }, deps);
    context.console.print(
      flags.json === true ? `${JSON.stringify({ images }, undefined, 2)}\n` : formatList(images, flags.search),
    );
  });
}

/** `basalt catalog get NAME`. */
export async function runCatalogGet(
  name: string,
  flags: { readonly json?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  return withCatalog(context, async (deps) => {
    const image = await getImage(name, deps);
    context.console.print(flags.json === true ? `${JSON.stringify(image, undefined, 2)}\n` : formatImage(image));
  });
}

async function withCatalog(context: CommandContext, work: (deps: CatalogDeps) => Promise<void>): Promise<ExitCode> {
  const { host } = context;
  return withStore(context, async (store) => {
    const advisories = await openAdvisories(host.home.advisories);
    try {
      await work({
        store,
        advisories: () => Promise.resolve(advisories),
        publicHost: () => publicHost(host),
        mayPull: () => true,
      });
    } finally {
      advisories.close();
    }
    return EXIT.ok;
  });
}

function formatList(images: readonly ImageSummary[], search: string | undefined): string {
  if (images.length === 0 && search !== undefined) return `no image fits ${JSON.stringify(search)}\n`;
  if (images.length === 0) return "the store has no images; basalt build makes some, basalt demo shows how\n";
  const rows = images.map((image) => [
    image.name,
    image.latest?.tag ?? "",
    countsText(image.latest?.platform?.vulnerabilities ?? undefined, PLAIN).trim(),
    image.shortDescription,
  ]);
  return formatTable({ head: ["Image", "Tag", "Vulnerabilities", "Description"], rows }, "");
}

function formatImage(image: ImageDetail): string {
  const rows = image.tags.flatMap((version) =>
    version.platforms.map((platform) => [
      version.tags.slice(0, 3).join(", ") + (version.tags.length > 3 ? `, and ${version.tags.length - 3} more` : ""),
      platform.platform,
      version.user,
      version.shell === "" ? "none" : version.shell,
      String(platform.packages ?? "?"),
      sizeText(platform.sizeBytes),
      countsText(platform.vulnerabilities ?? undefined, PLAIN).trim(),
    ]),
  );
  const tools =
    image.tools.length === 0 ? "" : `\nTools included: ${image.tools.map((tool) => tool.name).join(", ")}\n`;
  const pull = image.pull === undefined ? "" : `\n  ${image.pull.login}\n  ${image.pull.command}\n`;
  return `${image.displayName}: ${image.shortDescription}\n${pull}${tools}\n${formatTable({ head: ["Tags", "Platform", "User", "Shell", "Packages", "Size", "Vulnerabilities"], rows }, "")}`;
}

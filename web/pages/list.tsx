// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";
import type { ImageSummary, Status } from "../api.js";
import { CountChips } from "../parts/counts.js";
import { Logo } from "../parts/logo.js";
import { imagePath } from "../paths.js";
import { categoryText, dayText, sizeText } from "../words.js";

export interface ListProps {
  readonly images: readonly ImageSummary[];
  readonly search: string;
  readonly category: string;
  readonly status: Status | undefined;
}

const SECTIONS = [
  ["hardened", "Hardened images", "Built here from open definitions, signed, with SBOM and provenance"],
  ["reference", "Ordinary images", "What the hardened ones replace, for comparison; not meant to be run"],
  ["pushed", "Pushed to this registry", "Images that people and programs pushed"],
] as const;

export function ListPage({ images, search, category, status }: ListProps): VNode {
  const categories = [...new Set(images.flatMap((image) => image.categories))].toSorted();
  return (
    <>
      <section class="hero">
        <h1>Hardened container images</h1>
        <p>
          Minimal, non-root, signed. Each comes with what is in it, where it came from, and what is known against it.
        </p>
        <DataAge status={status} />
      </section>
      {search === "" && category === "" ? null : (
        <p class="filters">
          {images.length} {images.length === 1 ? "image" : "images"}
          {search === "" ? "" : ` for “${search}”`}
          {category === "" ? "" : ` in ${categoryText(category)}`} · <a href="/">show all</a>
        </p>
      )}
      {categories.length < 2 ? null : (
        <nav class="categories">
          {categories.map((name) => (
            <a
              key={name}
              class={name === category ? "chip category current" : "chip category"}
              href={`/?category=${encodeURIComponent(name)}`}
            >
              {categoryText(name)}
            </a>
          ))}
        </nav>
      )}
      {images.length === 0 ? <Empty isFiltered={search !== "" || category !== ""} /> : null}
      {SECTIONS.map(([origin, title, text]) => (
        <Section key={origin} title={title} text={text} images={images.filter((image) => image.origin === origin)} />
      ))}
    </>
  );
}

function Section({
  title,
  text,
  images,
}: {
  readonly title: string;
  readonly text: string;
  readonly images: readonly ImageSummary[];
}): VNode | null {
  if (images.length === 0) return null;
  return (
    <section class="images">
      <h2>{title}</h2>
      <p class="muted">{text}</p>
      <div class="cards">
        {images.map((image) => (
          <Card key={image.name} image={image} />
        ))}
      </div>
    </section>
  );
}

function Card({ image }: { readonly image: ImageSummary }): VNode {
  const { latest } = image;
  const platform = latest?.platform;
  return (
    <a class="card" href={imagePath(image.name)}>
      <div class="card-head">
        <Logo image={image} />
        <div>
          <h3>{image.displayName}</h3>
          <span class="mono muted">{latest === undefined ? image.name : `${image.name}:${latest.tag}`}</span>
        </div>
        {image.isFeatured ? <span class="chip featured">Featured</span> : null}
      </div>
      <p>{image.shortDescription}</p>
      <div class="card-foot">
        <CountChips counts={platform?.vulnerabilities} />
        <span class="muted">
          {platform === undefined ? "" : `${sizeText(platform.sizeBytes)} · ${platform.packages ?? "?"} packages`}
        </span>
      </div>
    </a>
  );
}

function DataAge({ status }: { readonly status: Status | undefined }): VNode | null {
  if (status === undefined) return null;
  const feed = status.feeds.find((candidate) => candidate.kind === "debian-tracker");
  if (feed === undefined)
    return (
      <p class="notice">
        There are no advisory data yet, so vulnerabilities are unknown. Run <code>basalt db update</code> or{" "}
        <code>basalt db import</code>.
      </p>
    );
  return <p class="muted">Vulnerabilities by advisory data as of {dayText(feed.asOf)}.</p>;
}

function Empty({ isFiltered }: { readonly isFiltered: boolean }): VNode {
  if (isFiltered) return <p class="empty">No image fits.</p>;
  return (
    <div class="empty">
      <p>There are no images yet.</p>
      <pre>
        <code>basalt build node</code>
      </pre>
    </div>
  );
}

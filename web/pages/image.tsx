// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";
import type { ImageDetail, ImageVersion } from "../api.js";
import { renderMarkdown } from "../markdown.js";
import { Copyable } from "../parts/copyable.js";
import { CountChips } from "../parts/counts.js";
import { Logo } from "../parts/logo.js";
import { Tabs } from "../parts/tabs.js";
import { imagePath, tagPath } from "../paths.js";
import { categoryText, dayText, isRoot, predicateText, sizeText, userText } from "../words.js";

export interface ImageProps {
  readonly image: ImageDetail;
  readonly tab: string;
}

export function ImagePage({ image, tab }: ImageProps): VNode {
  const tabs = [
    ...(image.overview === "" ? [] : [{ id: "overview", title: "Overview" }]),
    ...(image.guides === "" ? [] : [{ id: "guides", title: "Guides" }]),
    { id: "tags", title: "Tags", count: image.tags.length },
  ];
  const current = tabs.find((candidate) => candidate.id === tab)?.id ?? tabs[0]?.id ?? "tags";
  const latest = image.tags[0];
  return (
    <>
      <section class="title">
        <Logo image={image} />
        <div>
          <h1>{image.displayName}</h1>
          <p>{image.shortDescription}</p>
          <p class="badges">
            {image.categories.map((name) => (
              <a key={name} class="chip category" href={`/?category=${encodeURIComponent(name)}`}>
                {categoryText(name)}
              </a>
            ))}
            {image.homeUrl === undefined || !/^https?:\/\//i.test(image.homeUrl) ? null : (
              <a href={image.homeUrl}>{image.homeUrl.replace(/^https?:\/\//, "")}</a>
            )}
          </p>
        </div>
      </section>
      <Tabs tabs={tabs} current={current} href={(id) => `${imagePath(image.name)}?tab=${id}`} />
      <div class={current === "tags" ? "wide" : "columns"}>
        <div class="content">
          {current === "overview" ? <Markdown text={image.overview} /> : null}
          {current === "guides" ? <Markdown text={image.guides} /> : null}
          {current === "tags" ? <TagsTable image={image} /> : null}
        </div>
        {current === "tags" ? null : (
          <aside>
            <HowToPull image={image} />
            <Tools image={image} />
            {latest === undefined ? null : <Facts image={image} version={latest} />}
          </aside>
        )}
      </div>
    </>
  );
}

function Markdown({ text }: { readonly text: string }): VNode {
  return <article class="markdown" dangerouslySetInnerHTML={{ __html: renderMarkdown(text) }} />;
}

function HowToPull({ image }: { readonly image: ImageDetail }): VNode | null {
  if (image.pull === undefined) return null;
  return (
    <section class="panel">
      <h2>Use this image</h2>
      <Copyable text={image.pull.login} />
      <Copyable text={image.pull.command} />
      {image.latest === undefined ? null : <Copyable text={`FROM ${image.pull.command.replace("docker pull ", "")}`} />}
    </section>
  );
}

function Tools({ image }: { readonly image: ImageDetail }): VNode | null {
  if (image.tools.length === 0) return null;
  return (
    <section class="panel">
      <h2>Tools included</h2>
      <dl class="tools">
        {image.tools.map((tool) => (
          <div key={tool.name}>
            <dt>{tool.name}</dt>
            <dd>{tool.description}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Facts({ image, version }: { readonly image: ImageDetail; readonly version: ImageVersion }): VNode {
  const platform = version.platforms[0];
  const tag = version.tags[0] ?? "";
  return (
    <section class="panel">
      <h2>{`${image.name}:${tag}`}</h2>
      <dl class="facts">
        <dt>Vulnerabilities</dt>
        <dd>
          <a href={`${tagPath(image.name, tag)}?tab=vulnerabilities`}>
            <CountChips counts={platform?.vulnerabilities} />
          </a>
        </dd>
        <dt>Packages</dt>
        <dd>
          <a href={tagPath(image.name, tag)}>{platform?.packages ?? "unknown"}</a>
        </dd>
        <dt>Size</dt>
        <dd>{platform === undefined ? "–" : `${sizeText(platform.sizeBytes)} compressed`}</dd>
        <dt>User</dt>
        <dd>{userText(version.user)}</dd>
        <dt>Shell</dt>
        <dd>{version.shell === "" ? "none" : version.shell}</dd>
        <dt>Package manager</dt>
        <dd>{version.packageManager === "" ? "none" : version.packageManager}</dd>
        <dt>Platforms</dt>
        <dd>{version.platforms.map((item) => item.platform).join(", ")}</dd>
        <dt>Evidence</dt>
        <dd>
          {[...(version.isSigned ? ["Signature"] : []), ...version.attestations.map(predicateText)].join(", ") ||
            "none"}
        </dd>
        {version.endOfLife === undefined ? null : (
          <>
            <dt>Supported until</dt>
            <dd>{version.endOfLife}</dd>
          </>
        )}
      </dl>
      {image.replaces === undefined ? null : (
        <p>
          <a href={`/compare?image=${image.name}:${tag}&to=${image.replaces}`}>Compare with the ordinary image</a>
        </p>
      )}
    </section>
  );
}

function TagsTable({ image }: { readonly image: ImageDetail }): VNode {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Image version</th>
            <th>Distribution</th>
            <th>Package manager</th>
            <th>Shell</th>
            <th>User</th>
            <th>Platforms</th>
            <th>Size</th>
            <th>Last pushed</th>
            <th>Vulnerabilities</th>
          </tr>
        </thead>
        <tbody>
          {image.tags.map((version) => (
            <TagRow key={version.digest} name={image.name} version={version} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TagRow({ name, version }: { readonly name: string; readonly version: ImageVersion }): VNode {
  const platform = version.platforms[0];
  const first = version.tags[0] ?? "";
  return (
    <tr>
      <td class="version">
        <a class="strong" href={tagPath(name, first)}>
          {version.title}
        </a>
        <div class="tag-list">
          {version.tags.map((tag) => (
            <code key={tag}>{tag}</code>
          ))}
        </div>
      </td>
      <td>{version.distro || "–"}</td>
      <td>{version.packageManager || "–"}</td>
      <td>{version.shell || "–"}</td>
      <td>{isRoot(version.user) ? <span class="chip root">root</span> : userText(version.user)}</td>
      <td>{version.platforms.map((item) => item.platform.replace("linux/", "")).join(", ")}</td>
      <td class="number">{platform === undefined ? "–" : sizeText(platform.sizeBytes)}</td>
      <td>
        <time dateTime={version.pushedAt}>{dayText(version.pushedAt)}</time>
      </td>
      <td>
        <a href={`${tagPath(name, first)}?tab=vulnerabilities`}>
          <CountChips counts={platform?.vulnerabilities} />
        </a>
      </td>
    </tr>
  );
}

// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren, VNode } from "preact";
import { Mark } from "./parts/logo.js";

export interface LayoutProps {
  readonly title: string;
  readonly version: string;
  readonly search?: string;
  readonly children: ComponentChildren;
}

/** What every page has around it. */
export function Layout({ title, version, search = "", children }: LayoutProps): VNode {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title === "" ? "Basalt" : `${title} · Basalt`}</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/style.css" />
        <script src="/assets/client.js" defer />
      </head>
      <body>
        <header class="top">
          <div class="bar">
            <a class="brand" href="/">
              <Mark />
              <span>Basalt</span>
            </a>
            <form class="search" action="/" role="search">
              <input
                type="search"
                name="q"
                value={search}
                placeholder="Search images and tools"
                aria-label="Search images and tools"
              />
            </form>
            <nav class="links">
              <a href="/">Catalogue</a>
              <a href="/compare">Compare</a>
              <a href="/migrate">Migrate</a>
              <a href="/api/v1/openapi.json">API</a>
            </nav>
          </div>
        </header>
        <main>{children}</main>
        <footer>
          <span>Basalt {version}</span>
          <a href="/keys/">Signing keys</a>
        </footer>
      </body>
    </html>
  );
}

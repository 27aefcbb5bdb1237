// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";

export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly count?: number;
}

/** Tabs that are plain links: every one has an address. */
export function Tabs({
  tabs,
  current,
  href,
}: {
  readonly tabs: readonly Tab[];
  readonly current: string;
  readonly href: (id: string) => string;
}): VNode {
  return (
    <nav class="tabs">
      {tabs.map((tab) => (
        <a key={tab.id} href={href(tab.id)} aria-current={tab.id === current ? "page" : undefined}>
          {tab.title}
          {tab.count === undefined ? null : <span class="tab-count">{tab.count}</span>}
        </a>
      ))}
    </nav>
  );
}

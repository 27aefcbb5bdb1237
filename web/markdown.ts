// SPDX-License-Identifier: Apache-2.0
import MarkdownIt from "markdown-it";

// Texts come with images and may be anybody's: no HTML of theirs reaches the page.
const markdown = new MarkdownIt({ html: false, linkify: true, typographer: false });

/** Markdown as HTML that is safe to show. */
export function renderMarkdown(text: string): string {
  return markdown.render(text);
}

// SPDX-License-Identifier: Apache-2.0

/** Where an image's page is. A folder called `tags` must not look like the list of tags. */
export function imagePath(name: string): string {
  return `/images/${/(?:^|\/)tags(?:\/|$)/.test(name) ? encodeURIComponent(name) : name}`;
}

/** Where one of its versions is. */
export function tagPath(name: string, tag: string): string {
  return `${imagePath(name)}/tags/${tag}`;
}

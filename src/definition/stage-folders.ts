// SPDX-License-Identifier: Apache-2.0

/** `${source.dir}`: where a stage's downloads are, and its steps begin. Definitions of the public catalogue write it out as well. */
export const SOURCE_FOLDER = "/src";
/** `${target.dir}`: where steps put what outputs take. */
export const TARGET_FOLDER = "/target";

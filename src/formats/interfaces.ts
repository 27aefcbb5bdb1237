// SPDX-License-Identifier: Apache-2.0

/** Programs that take commands from people, by their names; the one that says most comes first. */
export const SHELLS = ["bash", "dash", "busybox", "zsh", "ksh", "mksh", "fish", "tcsh", "ash", "sh"] as const;

/** Programs that install packages of a distribution. */
export const PACKAGE_MANAGERS = ["apt", "apt-get", "apk", "dpkg"] as const;

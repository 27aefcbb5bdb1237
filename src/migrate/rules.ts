// SPDX-License-Identifier: Apache-2.0

/** Every rule of the migration, and what it is about. docs/migrate.md is made from this table. */
export const RULES = {
  "base-image": "an ordinary base image becomes the hardened one of the same program and version",
  "base-version": "the catalogue has another version of the program than the one asked for",
  "base-unknown": "a base image that Basalt has nothing for stays as it is",
  "base-digest": "a digest of the ordinary image does not name the hardened one",
  "base-distribution": "the hardened image is made of another distribution than the ordinary one",
  "base-scratch": "a program on an empty image gets certificates, time zones and a user",
  "stage-split": "what needs a shell runs in a build stage; the last stage only has what runs",
  "stage-build": "a build stage runs on the -dev variant, so that what it makes fits the runtime image",
  "stage-parent": "the last stage no longer stands on a build stage",
  artifacts: "what the program needs is copied out of the build stage",
  "packages-run": "packages that the program needs at run time become a customization of the image",
  "packages-provided": "packages that the image has already, or that nothing needs at run time, are left out",
  "packages-names": "packages are installed by the names that Debian gives them",
  "packages-unknown": "a package that Basalt knows nothing about",
  "user-create": "accounts are not made in a Dockerfile: the image has a user without rights",
  "user-numeric": "the user is a number, so that an orchestrator can tell that it is not root",
  "user-root": "the program does not run as root",
  owner: "files that the program writes belong to its user",
  "writable-path": "a folder that the program writes to is made in the build stage and belongs to its user",
  "port-low": "a port below 1024 is for root only in many places",
  "health-check": "a health check runs a program that the image has",
  "shell-form": "a command that is text needs a shell; a list does not",
  "start-script": "the image has no package manager: what its start script runs is started itself",
  "start-wrapper": "a wrapper around the program is not needed",
  "start-inherited": "what the ordinary image started by itself is written down",
  "shell-needed": "the program is started by a shell script",
  venv: "Python packages are installed in a folder that can be copied",
  environment: "variables that only building needs stay in the build stage",
  secret: "a secret in a Dockerfile is in every image that is made with it",
  "install-locked": "packages are installed as the lock file says",
  onbuild: "instructions that are kept for images that are made from this one",
  syntax: "another program than Docker's own reads this Dockerfile",
} as const;

export type RuleId = keyof typeof RULES;

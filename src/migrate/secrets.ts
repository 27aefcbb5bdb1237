// SPDX-License-Identifier: Apache-2.0
import { wordsOf } from "../formats/dockerfile/grammar.js";
import type { Instruction } from "../formats/dockerfile/instruction.js";
import type { Notes } from "./notes.js";
import { hasVariable } from "./variables.js";

const NAMES =
  /(?:^|_)(?:PASS|PASSWD|PASSWORD|PASSPHRASE|SECRET|SECRETS|TOKEN|API_?KEY|APIKEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH_?KEY|ENCRYPTION_KEY)(?:_BASE|_KEY|_ID)?$/i;
const HARMLESS_VALUES = /^(?:|true|false|0|1|none|null|yes|no|\/\S*)$/i;
/** Values that say by themselves what they are: keys of clouds and forges, PEM, URLs with passwords. */
const VALUES =
  /\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{30,}|xox[abpr]-[A-Za-z0-9-]{10,}|sk_live_[A-Za-z0-9]{16,})|-----BEGIN [A-Z ]*PRIVATE KEY|:\/\/[^\s/:@$]+:[^\s/@$]+@/;
const FILES =
  /(?:^|\/)(?:\.npmrc|\.pypirc|\.netrc|\.env(?:\.[a-z]+)?|id_rsa|id_ed25519|id_ecdsa|credentials(?:\.json)?|[^/]*\.pem|[^/]*\.p12|[^/]*\.pfx|service-account[^/]*\.json)$/;

/** Says where secrets get into the image. Changes nothing: only a person knows where they come from. */
export function findSecrets(instructions: readonly Instruction[], notes: Notes): void {
  for (const instruction of instructions) {
    const { keyword, pairs, args, heredocs } = instruction;
    if (keyword === "ENV" || keyword === "ARG")
      for (const [name, value = ""] of pairs) {
        const isNamed = NAMES.test(name) && (keyword === "ARG" || !(HARMLESS_VALUES.test(value) || hasVariable(value)));
        if (isNamed || VALUES.test(value))
          notes.find(
            "check",
            "secret",
            instruction,
            `${name} is kept in the image's history for everyone who can pull it: ${keyword === "ARG" ? "mount it with RUN --mount=type=secret" : "set it when the container starts, or mount it as a file"}`,
          );
      }
    else if (keyword === "COPY" || keyword === "ADD")
      for (const source of wordsOf(instruction).slice(0, -1))
        if (FILES.test(source))
          notes.find(
            "check",
            "secret",
            instruction,
            `${source} often holds secrets, which everyone who can pull the image can read: mount it with RUN --mount=type=secret`,
          );
    if (keyword === "RUN" && [args, ...heredocs.map(({ content }) => content)].some((text) => VALUES.test(text)))
      notes.find(
        "check",
        "secret",
        instruction,
        "the command has a secret in it, which stays in the image's history: mount it with RUN --mount=type=secret",
      );
  }
}

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { readPackageCommand } from "./package-commands.js";
import { fromScript, fromWords } from "./run-commands.js";

function readAll(script: string): readonly string[] {
  return fromScript(script).commands.flatMap((command) => {
    const found = readPackageCommand(command);
    if (found === undefined) return [];
    const names = [...found.packages, ...(found.hasUnknown ? ["…"] : [])].join(" ");
    return [`${found.manager} ${found.action}: ${names}`.trim()];
  });
}

describe("calls of package managers", () => {
  it.each([
    ["apt-get update && apt-get install -y curl git", ["apt update:", "apt install: curl git"]],
    ["apt install --no-install-recommends -y -o Dpkg::Use-Pty=0 curl", ["apt install: curl"]],
    ["apt-get -qq -t bookworm-backports install golang", ["apt install: golang"]],
    ["DEBIAN_FRONTEND=noninteractive apt-get install -y tzdata", ["apt install: tzdata"]],
    ["sudo -E apt-get install -y curl", ["apt install: curl"]],
    ["env A=1 apt-get install curl", ["apt install: curl"]],
    [
      "apt-get install curl=7.88.1-10+deb12u5 libssl3=3.0.* vim/bookworm g++ libstdc++6 gcc:amd64",
      ["apt install: curl libssl3 vim g++ libstdc++6 gcc"],
    ],
    ["apt-get install -y ./tool.deb", ["apt install: …"]],
    ['apt-get install -y "python${V}" curl', ["apt install: curl …"]],
    ["apt-get install -y $PACKAGES", ["apt install: …"]],
    ["apt-get -s dist-upgrade | grep Inst", []],
    ["apt-get purge -y --auto-remove gcc && apt-get clean", ["apt remove: gcc", "apt clean:"]],
    ["echo curl | xargs apt-get install -y", ["apt install: …"]],
    ["add-apt-repository ppa:a/b && apt-get update", ["apt repository:", "apt update:"]],
    ["dpkg -i tool.deb", ["apt install: …"]],
    ["dpkg -l", []],
    ["apk add --no-cache --virtual .build-deps gcc musl-dev", ["apk install: gcc musl-dev"]],
    ["apk add -U --repository https://a.example/edge curl~=8 nodejs>20 tool@edge", ["apk install: curl nodejs tool"]],
    ["apk --update --no-cache add curl && apk del .build-deps", ["apk install: curl", "apk remove: .build-deps"]],
    [
      "yum -y install --setopt=tsflags=nodocs java-21-openjdk-headless && yum clean all",
      ["dnf install: java-21-openjdk-headless", "dnf clean: all"],
    ],
    ["microdnf install -y --nodocs --enablerepo baseos curl", ["dnf install: curl"]],
    ["dnf groupinstall 'Development Tools'", ["dnf install: @development-tools"]],
    ["rpm -ivh https://a.example/b.rpm", ["dnf install: …"]],
    ['if [ -n "$A" ]; then apt-get update; apt-get install -y a; fi', ["apt update:", "apt install: a"]],
    ["bash -c 'apt-get install -y curl'", ["apt install: curl"]],
    ["/usr/bin/apt-get install -y curl", ["apt install: curl"]],
    ["pip install flask && npm install", []],
    ["apt-get", []],
    ["apt-cache search a", []],
  ])("%s", (script, expected) => {
    expect(readAll(script)).toEqual(expected);
  });

  it("may be lists of words", () => {
    const [command] = fromWords(["apt-get", "install", "-y", "curl"]).commands;
    expect(command === undefined ? undefined : readPackageCommand(command)).toMatchObject({
      action: "install",
      packages: ["curl"],
    });
  });
});

// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  createArchiveWriter,
  createLayoutWriter,
  createRegistryWriter,
  createStoreWriter,
  openArchive,
  openArchiveImage,
  openFolder,
  openLayoutImage,
  openRegistryImage,
  openStoreImage,
} from "../../src/transfer/index.js";
import { testHost } from "../support/host.js";
import { repository } from "../support/images.js";
import { addAccount, startRegistry } from "../support/registry.js";
import { memoryStore } from "../support/store.js";
import { temporaryFolder } from "../support/temporary.js";
import { describeImageEndpoint } from "./image-endpoint.js";

const COPY = repository("copies/app");

describeImageEndpoint("store", async () => {
  const store = await memoryStore();
  return {
    createWriter: () => createStoreWriter(COPY, store),
    open: (choice) => openStoreImage({ repository: COPY, ...choice }, "copies/app", store),
    isAtomic: true,
  };
});

describeImageEndpoint("OCI layout", async () => {
  const folder = join(temporaryFolder(), "layout");
  return {
    createWriter: () => Promise.resolve(createLayoutWriter(folder)),
    open: (choice) => openLayoutImage(openFolder(folder), choice),
    isAtomic: true,
  };
});

describeImageEndpoint("archive", async () => {
  const file = join(temporaryFolder(), "image.tar");
  const host = testHost();
  return {
    createWriter: () => createArchiveWriter(file, { engineNames: ["copies/app:1.0"], enginePlatform: "linux/amd64" }),
    open: async (choice) => openArchiveImage(await openArchive(file, host), choice),
    isAtomic: true,
  };
});

describeImageEndpoint("registry", async () => {
  const registry = await startRegistry();
  const host = testHost();
  const config = join(host.env["DOCKER_CONFIG"] ?? "", "config.json");
  const auth = (await addAccount(registry, { name: "copier" })).slice("Basic ".length);
  mkdirSync(dirname(config), { recursive: true });
  writeFileSync(config, JSON.stringify({ auths: { [registry.address]: { auth } } }));
  const reference = { host: registry.address, repository: COPY };
  return {
    createWriter: () => createRegistryWriter(reference, host),
    open: (choice) => openRegistryImage({ ...reference, ...choice }, "copies/app", host),
    isAtomic: false,
  };
});

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { isIndexType, isManifestType, layerCompression, MANIFEST_ACCEPT, MEDIA_TYPES } from "./media-types.js";

describe("layers", () => {
  const cases = [
    { mediaType: "application/vnd.oci.image.layer.v1.tar", compression: "none" },
    { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", compression: "gzip" },
    { mediaType: "application/vnd.oci.image.layer.v1.tar+zstd", compression: "zstd" },
    { mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar", compression: "none" },
    { mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", compression: "gzip" },
    { mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", compression: "zstd" },
    { mediaType: "application/vnd.docker.image.rootfs.diff.tar", compression: "none" },
    { mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", compression: "gzip" },
    { mediaType: "application/vnd.docker.image.rootfs.diff.tar.zstd", compression: "zstd" },
    { mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", compression: "gzip" },
    { mediaType: "application/vnd.in-toto+json", compression: undefined },
    { mediaType: "application/vnd.oci.image.layer.v1.tar+xz", compression: undefined },
    { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip; x=1", compression: undefined },
    { mediaType: "APPLICATION/VND.OCI.IMAGE.LAYER.V1.TAR", compression: undefined },
    { mediaType: "constructor", compression: undefined },
    { mediaType: "", compression: undefined },
  ];
  it.each(cases)("$mediaType: $compression", ({ mediaType, compression }) => {
    expect(layerCompression(mediaType)).toBe(compression);
  });
});

it("a type is that of an index, of a manifest, or of neither", () => {
  const kinds = Object.values(MEDIA_TYPES).map((type) => [isIndexType(type), isManifestType(type)]);
  expect(kinds.filter(([isIndex]) => isIndex)).toHaveLength(2);
  expect(kinds.filter(([, isManifest]) => isManifest)).toHaveLength(2);
  expect(kinds.some(([isIndex, isManifest]) => isIndex && isManifest)).toBe(false);
});

it("a client accepts every manifest that it can read", () => {
  const readable = Object.values(MEDIA_TYPES).filter((type) => isIndexType(type) || isManifestType(type));
  expect(MANIFEST_ACCEPT.split(", ").toSorted()).toEqual(readable.toSorted());
});

// SPDX-License-Identifier: Apache-2.0

/** Media types that registries and clients know. Source: OCI image-spec, media-types.md; Docker image manifest v2, schema 2. */
export const MEDIA_TYPES = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layerTar: "application/vnd.oci.image.layer.v1.tar",
  layerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  layerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  empty: "application/vnd.oci.empty.v1+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayerGzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  inToto: "application/vnd.in-toto+json",
  dsse: "application/vnd.dsse.envelope.v1+json",
  sigstoreBundle: "application/vnd.dev.sigstore.bundle.v0.3+json",
  /** Type of a manifest that signs another one, which is its subject. */
  cosignSignature: "application/vnd.dev.cosign.artifact.sig.v1+json",
  simpleSigning: "application/vnd.dev.cosign.simplesigning.v1+json",
} as const;

/** What a client accepts when it asks for a manifest. */
export const MANIFEST_ACCEPT = [
  MEDIA_TYPES.index,
  MEDIA_TYPES.manifest,
  MEDIA_TYPES.dockerIndex,
  MEDIA_TYPES.dockerManifest,
].join(", ");

export function isIndexType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.index || mediaType === MEDIA_TYPES.dockerIndex;
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.manifest || mediaType === MEDIA_TYPES.dockerManifest;
}

/** How a layer is compressed; undefined for something that is no layer of files. */
export function layerCompression(mediaType: string): "none" | "gzip" | "zstd" | undefined {
  const base = mediaType.replace("nondistributable.", "");
  if (
    base === MEDIA_TYPES.layerGzip ||
    base === MEDIA_TYPES.dockerLayerGzip ||
    base === "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
  )
    return "gzip";
  if (base === MEDIA_TYPES.layerZstd || base === "application/vnd.docker.image.rootfs.diff.tar.zstd") return "zstd";
  if (base === MEDIA_TYPES.layerTar || base === "application/vnd.docker.image.rootfs.diff.tar") return "none";
  return undefined;
}

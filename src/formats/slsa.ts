// SPDX-License-Identifier: Apache-2.0

/** Something a build used or made. Source: in-toto attestation framework, spec/v1/resource_descriptor.md. */
export interface ResourceDescriptor {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly downloadLocation?: string;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/** Source: SLSA v1.0, provenance/v1. */
export interface SlsaProvenance {
  readonly buildDefinition: {
    readonly buildType: string;
    readonly externalParameters: Readonly<Record<string, unknown>>;
    readonly internalParameters: Readonly<Record<string, unknown>>;
    readonly resolvedDependencies: readonly ResourceDescriptor[];
  };
  readonly runDetails: {
    readonly builder: { readonly id: string; readonly version: Readonly<Record<string, string>> };
    readonly metadata: { readonly startedOn?: string; readonly finishedOn?: string };
  };
}

/** What a Basalt build is: see docs/provenance.md. */
export const BASALT_BUILD_TYPE = "urn:basalt:build-type:image:1";

/** A builder that nobody gave a name: a machine on which somebody called `basalt build`. */
export const LOCAL_BUILDER_ID = "urn:basalt:builder:local";

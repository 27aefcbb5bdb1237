// SPDX-License-Identifier: Apache-2.0

/** CycloneDX 1.6 in JSON, as far as Basalt writes it. Source: CycloneDX 1.6, bom-1.6.schema.json. */
export interface CycloneDxBom {
  readonly $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json";
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly serialNumber: string;
  readonly version: 1;
  readonly metadata: {
    readonly timestamp: string;
    readonly tools: { readonly components: readonly CycloneDxComponent[] };
    readonly component: CycloneDxComponent;
  };
  readonly components: readonly CycloneDxComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  /** What is all there is. */
  readonly compositions: readonly {
    readonly aggregate: "complete" | "incomplete";
    readonly assemblies: readonly string[];
  }[];
}

export interface CycloneDxComponent {
  readonly type: "application" | "container" | "file" | "library" | "operating-system" | "platform";
  readonly "bom-ref"?: string;
  readonly supplier?: { readonly name: string };
  readonly publisher?: string;
  readonly name: string;
  readonly version?: string;
  readonly hashes?: readonly { readonly alg: "SHA-1" | "SHA-256" | "SHA-512"; readonly content: string }[];
  readonly licenses?: readonly CycloneDxLicense[];
  readonly cpe?: string;
  readonly purl?: string;
  readonly externalReferences?: readonly { readonly type: "distribution" | "vcs"; readonly url: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
  readonly components?: readonly CycloneDxComponent[];
  readonly evidence?: { readonly occurrences: readonly { readonly location: string }[] };
}

export type CycloneDxLicense =
  | { readonly license: { readonly id: string } }
  | { readonly license: { readonly name: string } }
  | { readonly expression: string };

// SPDX-License-Identifier: Apache-2.0
import type { ByteStream } from "../../formats/bytes.js";
import type { RepositoryName } from "../../formats/image-reference.js";
import type { Store } from "../../store/index.js";
import type { Visitor } from "../auth/access.js";

export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

export type Method = (typeof METHODS)[number];

/** A request to one repository, already allowed. */
export interface RegistryRequest {
  readonly method: Method;
  readonly repository: RepositoryName;
  /** Tag, digest or upload id, where the path has one. */
  readonly reference: string;
  readonly query: URLSearchParams;
  readonly header: (name: string) => string | undefined;
  readonly body: ByteStream;
  readonly visitor: Visitor;
}

export interface RegistryResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Not sent, and a stream not begun, where only the headers were asked for. */
  readonly body?: Buffer | ByteStream;
}

/** What handlers work with. */
export interface RegistryDeps {
  readonly store: Store;
  /** Called when an image became visible under a tag or digest. */
  readonly onPushed: (repository: RepositoryName, digest: string) => Promise<void>;
}

export type Handler = (request: RegistryRequest, deps: RegistryDeps) => Promise<RegistryResponse>;

// SPDX-License-Identifier: Apache-2.0
import { BasaltError, type ErrorCode } from "../../errors.js";
import type { RegistryResponse } from "./exchange.js";

/** What clients understand. Source: OCI distribution-spec, "Error Codes". */
type RegistryCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "UNAUTHORIZED"
  | "DENIED"
  | "UNSUPPORTED"
  | "TOOMANYREQUESTS"
  | "UNKNOWN";

const ANSWERS: Readonly<Partial<Record<ErrorCode, readonly [status: number, code: RegistryCode]>>> = {
  ACCESS_DENIED: [403, "DENIED"],
  BLOB_DIGEST_MISMATCH: [400, "DIGEST_INVALID"],
  BLOB_IN_USE: [405, "UNSUPPORTED"],
  BLOB_UNKNOWN: [404, "BLOB_UNKNOWN"],
  DIGEST_INVALID: [400, "DIGEST_INVALID"],
  DISK_FULL: [507, "UNKNOWN"],
  LOGIN_REFUSED: [401, "UNAUTHORIZED"],
  MANIFEST_INVALID: [400, "MANIFEST_INVALID"],
  MANIFEST_REFERENCE_UNKNOWN: [404, "MANIFEST_BLOB_UNKNOWN"],
  MANIFEST_UNKNOWN: [404, "MANIFEST_UNKNOWN"],
  REFERENCE_INVALID: [400, "NAME_INVALID"],
  REPOSITORY_UNKNOWN: [404, "NAME_UNKNOWN"],
  SIZE_LIMIT_EXCEEDED: [413, "SIZE_INVALID"],
  UPLOAD_OUT_OF_ORDER: [416, "BLOB_UPLOAD_INVALID"],
  UPLOAD_UNKNOWN: [404, "BLOB_UPLOAD_UNKNOWN"],
};

/** An error as clients of a registry read it. The only place that chooses a registry's HTTP status. */
export function toErrorResponse(error: unknown): RegistryResponse {
  if (!(error instanceof BasaltError)) return errorResponse(500, "UNKNOWN", "the registry failed; its log says why");
  const [status, code] = ANSWERS[error.code] ?? [500, "UNKNOWN"];
  const isOurs = status === 500;
  return errorResponse(status, code, isOurs ? "the registry failed; its log says why" : error.message, error.code);
}

export function errorResponse(
  status: number,
  code: RegistryCode,
  message: string,
  basaltCode?: ErrorCode,
): RegistryResponse {
  const detail = basaltCode === undefined ? {} : { detail: { code: basaltCode } };
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify({ errors: [{ code, message, ...detail }] })),
  };
}

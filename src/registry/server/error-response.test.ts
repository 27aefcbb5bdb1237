// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { BasaltError, type ErrorCode } from "../../errors.js";
import { errorResponse, toErrorResponse } from "./error-response.js";

it.each([
  { code: "ACCESS_DENIED", status: 403, said: "DENIED" },
  { code: "BLOB_DIGEST_MISMATCH", status: 400, said: "DIGEST_INVALID" },
  { code: "BLOB_IN_USE", status: 405, said: "UNSUPPORTED" },
  { code: "BLOB_UNKNOWN", status: 404, said: "BLOB_UNKNOWN" },
  { code: "DIGEST_INVALID", status: 400, said: "DIGEST_INVALID" },
  { code: "DISK_FULL", status: 507, said: "UNKNOWN" },
  { code: "LOGIN_REFUSED", status: 401, said: "UNAUTHORIZED" },
  { code: "MANIFEST_INVALID", status: 400, said: "MANIFEST_INVALID" },
  { code: "MANIFEST_REFERENCE_UNKNOWN", status: 404, said: "MANIFEST_BLOB_UNKNOWN" },
  { code: "MANIFEST_UNKNOWN", status: 404, said: "MANIFEST_UNKNOWN" },
  { code: "REFERENCE_INVALID", status: 400, said: "NAME_INVALID" },
  { code: "REPOSITORY_UNKNOWN", status: 404, said: "NAME_UNKNOWN" },
  { code: "SIZE_LIMIT_EXCEEDED", status: 413, said: "SIZE_INVALID" },
  { code: "UPLOAD_OUT_OF_ORDER", status: 416, said: "BLOB_UPLOAD_INVALID" },
  { code: "UPLOAD_UNKNOWN", status: 404, said: "BLOB_UPLOAD_UNKNOWN" },
] as const)("$code is answered with $status and $said, and what happened", ({ code, status, said }) => {
  const response = toErrorResponse(new BasaltError(code, "what happened"));
  expect(response.status).toBe(status);
  expect(response.headers?.["content-type"]).toBe("application/json");
  expect(bodyOf(response)).toEqual({ errors: [{ code: said, message: "what happened", detail: { code } }] });
});

it.each([
  { summary: "a mistake of the program", error: new Error("internal: /secret/path") },
  { summary: "an error that no client causes", error: new BasaltError("DATABASE_UNUSABLE", "/secret/path") },
  { summary: "something that is no error", error: "/secret/path" },
  { summary: "nothing", error: undefined },
])("of $summary clients learn only that there was one", ({ error }) => {
  const response = toErrorResponse(error);
  expect(response.status).toBe(500);
  expect(bodyOf(response)).toMatchObject({ errors: [{ code: "UNKNOWN" }] });
  expect(JSON.stringify(bodyOf(response))).not.toContain("secret");
});

it("an answer without a code of ours has no detail", () => {
  expect(bodyOf(errorResponse(404, "UNSUPPORTED", "nothing here"))).toEqual({
    errors: [{ code: "UNSUPPORTED", message: "nothing here" }],
  });
  const code: ErrorCode = "BLOB_UNKNOWN";
  expect(bodyOf(errorResponse(404, "BLOB_UNKNOWN", "gone", code))).toMatchObject({ errors: [{ detail: { code } }] });
});

function bodyOf(response: ReturnType<typeof toErrorResponse>): unknown {
  if (!Buffer.isBuffer(response.body)) throw new Error("an error is no stream");
  return JSON.parse(response.body.toString("utf8"));
}

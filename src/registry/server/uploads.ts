// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { parseDigest } from "../../formats/digest.js";
import { beginUpload, forgetUpload, openLease, requireUpload } from "../../store/index.js";
import { adoptBlob, mountBlob } from "./blobs.js";
import type { RegistryDeps, RegistryRequest, RegistryResponse } from "./exchange.js";

/** POST of an upload: mounts, takes a blob in one request, or begins a session. Source: OCI distribution-spec, "Pushing blobs". */
export async function startUpload(request: RegistryRequest, deps: RegistryDeps): Promise<RegistryResponse> {
  const mount = request.query.get("mount");
  if (mount !== null && (await mountBlob(request, deps))) return created(request, mount);
  const digest = request.query.get("digest");
  if (digest !== null && mount === null) return takeWhole(request, digest, deps);
  const id = await beginUpload(deps.store, request.repository);
  return { status: 202, headers: sessionHeaders(request, id, 0) };
}

/** GET of a session: how much has arrived. */
export async function getUpload(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  await requireUpload(store.db, request.repository, request.reference);
  const sizeBytes = await store.blobs.uploads.sizeBytes(request.reference);
  return { status: 204, headers: sessionHeaders(request, request.reference, sizeBytes) };
}

/** PATCH: adds a chunk. */
export async function appendUpload(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  await requireUpload(store.db, request.repository, request.reference);
  const sizeBytes = await store.blobs.uploads.append(
    request.reference,
    chunkRange(request)?.offset,
    checkedBody(request),
  );
  return { status: 202, headers: sessionHeaders(request, request.reference, sizeBytes) };
}

/** PUT: adds the last chunk, if there is one, and makes the upload a blob. */
export async function finishUpload(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  const text = request.query.get("digest");
  if (text === null) throw new BasaltError("DIGEST_INVALID", "the upload is finished without ?digest=");
  const digest = parseDigest(text);
  const { uploads } = store.blobs;
  await requireUpload(store.db, request.repository, request.reference);
  const hasBody = request.header("content-length") !== "0";
  if (hasBody) await uploads.append(request.reference, chunkRange(request)?.offset, checkedBody(request));
  // The lease keeps the blob until it stands in the repository, its fresh entry there until its manifest arrives.
  const lease = await openLease(store.db, `upload ${digest}`, store.now);
  try {
    await lease.pin(digest);
    await uploads.finish(request.reference, digest);
    await adoptBlob(store, request.repository, digest);
    await forgetUpload(store.db, request.reference);
  } finally {
    await lease.release();
  }
  return created(request, digest);
}

/** DELETE: gives a session up. */
export async function abandonUpload(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  await requireUpload(store.db, request.repository, request.reference);
  await store.blobs.uploads.sizeBytes(request.reference);
  await store.blobs.uploads.abandon(request.reference);
  await forgetUpload(store.db, request.reference);
  return { status: 204 };
}

async function takeWhole(request: RegistryRequest, text: string, { store }: RegistryDeps): Promise<RegistryResponse> {
  const digest = parseDigest(text);
  const lease = await openLease(store.db, `upload ${digest}`, store.now);
  try {
    await lease.pin(digest);
    await store.blobs.put(checkedBody(request), digest);
    await adoptBlob(store, request.repository, digest);
  } finally {
    await lease.release();
  }
  return created(request, digest);
}

function created(request: RegistryRequest, digest: string): RegistryResponse {
  const location = `/v2/${request.repository}/blobs/${digest}`;
  return { status: 201, headers: { location, "docker-content-digest": digest, "content-length": "0" } };
}

/** The state stands in the path, so that clients which drop the query go on working. */
function sessionHeaders(request: RegistryRequest, id: string, sizeBytes: number): Readonly<Record<string, string>> {
  return {
    location: `/v2/${request.repository}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, sizeBytes - 1)}`,
    "docker-upload-uuid": id,
    "content-length": "0",
  };
}

/** Where a chunk begins and how long it is, if it says so: `Content-Range: 0-1023`, or as HTTP has it with `bytes` and a total. */
function chunkRange(request: RegistryRequest): { readonly offset: number; readonly sizeBytes: number } | undefined {
  const header = request.header("content-range");
  if (header === undefined) return undefined;
  const match = /^(?:bytes[ =])?([0-9]+)-([0-9]+)(?:\/.*)?$/.exec(header);
  const lengthText = request.header("content-length");
  const sizeBytes = Number(match?.[2]) - Number(match?.[1]) + 1;
  if (match === null || sizeBytes <= 0 || (lengthText !== undefined && Number(lengthText) !== sizeBytes)) {
    throw new BasaltError(
      "UPLOAD_OUT_OF_ORDER",
      `Content-Range ${JSON.stringify(header)} does not fit the ${lengthText ?? "unknown number of"} bytes sent`,
    );
  }
  return { offset: Number(match[1]), sizeBytes };
}

/** A body that breaks off must not look like a short chunk, and nothing beyond its end is taken. */
async function* checkedBody(request: RegistryRequest): AsyncGenerator<Uint8Array> {
  const announced = request.header("content-length") ?? chunkRange(request)?.sizeBytes;
  let receivedBytes = 0;
  const requireSize = (isWrong: boolean): void => {
    if (isWrong)
      throw new BasaltError(
        "UPLOAD_OUT_OF_ORDER",
        `the request announced ${announced} bytes and sent ${receivedBytes}`,
      );
  };
  for await (const chunk of request.body) {
    receivedBytes += chunk.byteLength;
    requireSize(receivedBytes > Number(announced));
    yield chunk;
  }
  requireSize(announced !== undefined && receivedBytes !== Number(announced));
}

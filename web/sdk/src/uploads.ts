/** Uploads of files. */

import { ChatError, unavailable } from "./errors.ts";
import { asProblem, type Http } from "./http.ts";
import type { Attachment } from "./types.ts";

export interface UploadOptions {
  /** From 0 to 1. */
  readonly onProgress?: (part: number) => void;
  readonly signal?: AbortSignal;
}

/** Uses `XMLHttpRequest` in browsers, because `fetch` does not report the progress of an upload. */
export async function upload(
  http: Http,
  file: File | Blob,
  token: () => Promise<string | null>,
  { onProgress, signal }: UploadOptions,
): Promise<Attachment> {
  const body = new FormData();
  body.append("file", file, file instanceof File ? file.name : "file");
  if (!globalThis.XMLHttpRequest) {
    const attachment = await http.request<Attachment>("POST", "/attachments", {
      body,
      signal,
      timeout: null,
    });
    onProgress?.(1);
    return attachment;
  }
  const url = http.url("/attachments");
  return http.addresses.localise(
    await sendWithProgress(url, await token(), body, onProgress, signal),
  );
}

function sendWithProgress(
  url: string,
  token: string | null,
  body: FormData,
  onProgress: UploadOptions["onProgress"],
  signal: AbortSignal | undefined,
): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.responseType = "json";
    if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(total ? loaded / total : 0);
    request.onload = () => {
      const { status, response } = request;
      if (status < 300 && response) resolve(response);
      else reject(asProblem(status, response, request.getResponseHeader("Retry-After")));
    };
    request.onerror = () => reject(unavailable("the server did not answer"));
    request.onabort = () => reject(new ChatError("unavailable", "the upload was stopped"));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    if (signal?.aborted) request.abort();
    else request.send(body);
  });
}

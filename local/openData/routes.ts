import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { bucket, listingPage, pageOf, xmlText } from "./listing";
import { describeFile, type Source } from "./source";

/** Path of the counties file, as at data.sfgov.org. */
const countiesPath = "/resource/wamw-vt4s.csv";

/** Parameters that would change S3's response and that the pipeline doesn't use. */
const unsupported = ["list-type", "delimiter", "encoding-type"];

function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) }).end(text);
}

/** Sends an error in S3's format. */
function sendError(response: ServerResponse, status: number, code: string, message: string, key?: string): void {
  const keyElement = key === undefined ? "" : `<Key>${xmlText(key)}</Key>`;
  const error = `<Error><Code>${code}</Code><Message>${xmlText(message)}</Message>${keyElement}</Error>`;
  sendText(response, status, "application/xml", `<?xml version="1.0" encoding="UTF-8"?>\n${error}`);
}

async function sendFile(request: IncomingMessage, response: ServerResponse, type: string, path: string): Promise<void> {
  const { lastModified, content } = await describeFile("", path);
  response.writeHead(200, {
    "content-type": type,
    "content-length": content.size,
    etag: `"${content.md5}"`,
    "last-modified": lastModified.toUTCString(),
  });
  if (request.method === "HEAD") response.end();
  else await pipeline(createReadStream(path), response);
}

/**
 * Sends a page of the bucket's listing. A page with a single object, which is how a client looks up one month,
 * generates it first: like S3's, it always has ETag and Size. A page with several objects generates none, which could
 * take minutes, and has ETag and Size for existing ones only.
 */
async function sendListing(response: ServerResponse, source: Source, parameters: URLSearchParams): Promise<void> {
  const refused = unsupported.find((name) => parameters.has(name));
  if (refused) return sendError(response, 501, "NotImplemented", `The parameter ${refused} is not implemented.`);
  const maxKeys = parameters.get("max-keys") || "1000";
  if (!/^\d+$/.test(maxKeys))
    return sendError(
      response,
      400,
      "InvalidArgument",
      `max-keys is '${maxKeys}': it must be a whole number of at least 0.`,
    );
  const asked = parameters.get("prefix") ?? "";
  const query = { prefix: asked, marker: parameters.get("marker") ?? "", maxKeys: Number(maxKeys) };
  const { keys, truncated } = pageOf(source.keys(), query);
  if (keys.length === 1) await source.fileOf(keys[0]!);
  const objects = [];
  for (const key of keys) objects.push(await source.describe(key));
  sendText(response, 200, "application/xml", listingPage(objects, truncated, query));
}

/** The key in a path; undefined for an invalid URL. */
function keyOf(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname.slice(`/${bucket}/`.length));
  } catch {
    return undefined;
  }
}

async function answer(source: Source, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [pathname, query] = request.url!.split("?", 2) as [string, string | undefined];
  if (request.method !== "GET" && request.method !== "HEAD")
    return sendText(response, 405, "text/plain", "GET and HEAD only\n");
  if (pathname === "/health") return sendText(response, 200, "text/plain", "ready\n");
  if (pathname === countiesPath) return sendFile(request, response, "text/csv; charset=utf-8", source.counties);
  if (pathname === `/${bucket}` || pathname === `/${bucket}/`)
    return sendListing(response, source, new URLSearchParams(query));
  const key = pathname.startsWith(`/${bucket}/`) ? keyOf(pathname) : undefined;
  // only a listed key ever becomes a path
  if (key === undefined || !source.keys().includes(key))
    return sendError(response, 404, "NoSuchKey", "The specified key does not exist.", key ?? pathname);
  const type = key.endsWith(".zip") ? "application/zip" : "application/octet-stream";
  return sendFile(request, response, key.endsWith(".html") ? "text/html" : type, await source.fileOf(key));
}

/** Answers a request from the source; a failure is logged on standard error and answered with 500. */
export async function handle(source: Source, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    await answer(source, request, response);
  } catch (error) {
    // the client is gone
    if (response.destroyed) return;
    console.error(`${request.method} ${request.url}: ${String(error)}`);
    if (response.headersSent) response.destroy();
    else sendError(response, 500, "InternalError", "The open-data server failed: see its log.");
  }
}

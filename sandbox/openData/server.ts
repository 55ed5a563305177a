import { readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";
import { bucket, listingPage, xmlText } from "./listing";
import { folderSource, generatedSource, type Source } from "./source";

// Serves the published files on 127.0.0.1 under the paths of the two sources:
//   server.ts --port P --data-dir D (--trips N | --folder F)

/** Path of the counties file, as at data.sfgov.org. */
const countiesPath = "/resource/wamw-vt4s.csv";

function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) }).end(text);
}

function sendFile(request: IncomingMessage, response: ServerResponse, type: string, path: string): void {
  const { size, mtime } = statSync(path);
  response.writeHead(200, { "content-type": type, "content-length": size, "last-modified": mtime.toUTCString() });
  response.end(request.method === "HEAD" ? undefined : readFileSync(path));
}

function sendListing(response: ServerResponse, source: Source, query: URLSearchParams): void {
  const maxKeys = Number(query.get("max-keys") ?? 1000);
  const page = { prefix: query.get("prefix") ?? "", marker: query.get("marker") ?? "", maxKeys };
  sendText(response, 200, "application/xml", listingPage(source.objects(), page));
}

/** S3's answer for a key that is not there. */
function sendNoSuchKey(response: ServerResponse, key: string): void {
  const message = "The specified key does not exist.";
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>${message}</Message><Key>${xmlText(key)}</Key></Error>`;
  sendText(response, 404, "application/xml", body);
}

function answer(source: Source, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  if (request.method !== "GET" && request.method !== "HEAD")
    return sendText(response, 405, "text/plain", "GET and HEAD only\n");
  if (pathname === "/health") return sendText(response, 200, "text/plain", "ready\n");
  if (pathname === countiesPath) return sendFile(request, response, "text/csv; charset=utf-8", source.counties);
  if (pathname === `/${bucket}` || pathname === `/${bucket}/`) return sendListing(response, source, searchParams);
  const key = decodeURIComponent(pathname.slice(bucket.length + 2));
  const file = pathname.startsWith(`/${bucket}/`) ? source.fileOf(key) : undefined;
  if (file === undefined) return sendNoSuchKey(response, key);
  return sendFile(request, response, "application/zip", file);
}

function main(): void {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { port: text, "data-dir": text, trips: text, folder: text } });
  const port = Number(values.port);
  const source = values.folder
    ? folderSource(values.folder)
    : generatedSource(values["data-dir"]!, Number(values.trips));
  const server = createServer((request, response) => {
    try {
      answer(source, request, response);
    } catch (error) {
      console.error(`${request.method} ${request.url}: ${String(error)}`);
      sendText(response, 500, "text/plain", "the open-data server failed: see its log\n");
    }
  });
  server.on("error", (error) => fail(`port ${port} of 127.0.0.1 cannot be used: ${error.message}`));
  server.listen(port, "127.0.0.1");
  process.on("SIGTERM", () => process.exit(0));
}

function fail(reason: string): never {
  console.error(`open data: ${reason}`);
  process.exit(1);
}

try {
  main();
} catch (error) {
  fail((error as Error).message);
}

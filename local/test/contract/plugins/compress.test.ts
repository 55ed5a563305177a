import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { strToU8, zipSync } from "fflate";
import { pluginLab, type PluginLab } from "../../../lab/pluginLab";

const csv = Array.from({ length: 3000 }, (_, i) => `${i},${(i * 2654435761) % 4294967296}`).join("\n");

const zip = (files: Record<string, string>) =>
  Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]))));

const trips = zip({ "trips.csv": csv });

/** The archive with other bytes from a position on. */
function changed(position: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(trips);
  copy.set(bytes, position);
  return copy;
}

describe("io.kestra.plugin.compress.ArchiveDecompress", () => {
  let lab: PluginLab;
  let server: Server;
  let archive: Buffer;

  before(async () => {
    lab = await pluginLab();
    server = createServer((_, answer) => answer.end(archive));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });

  after(() => server.close());

  function unpack(served: Buffer) {
    archive = served;
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/trips.zip`;
    const from = "{{ outputs.download.uri }}";
    return lab.run(
      { id: "download", type: "io.kestra.plugin.core.http.Download", uri, failOnEmptyResponse: false },
      { id: "unzip", type: "io.kestra.plugin.compress.ArchiveDecompress", algorithm: "ZIP", from },
    );
  }

  const unpacked: Record<string, [Buffer, Record<string, string>]> = {
    "every file by its name in the archive, those of macOS too, and no folder": [
      zip({ "202401 trips.csv": csv, "__MACOSX/._202401 trips.csv": "fork", "folder/": "" }),
      { "202401 trips.csv": csv, "__MACOSX/._202401 trips.csv": "fork" },
    ],
    "nothing from an empty file": [Buffer.alloc(0), {}],
    "nothing from a short file that isn't a ZIP": [Buffer.from("<html>404"), {}],
    "content that doesn't match its CRC": [changed(14, 1, 0, 0, 0), { "trips.csv": csv }],
    "the last of two entries with one base name, under both names": [
      zip({ "a/trips.csv": "1", "b/trips.csv": "2" }),
      { "a/trips.csv": "2", "b/trips.csv": "2" },
    ],
  };
  for (const [what, [served, expected]] of Object.entries(unpacked))
    it(`unpacks ${what}`, async () => {
      const outcome = await unpack(served);
      assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
      const files = Object.entries(outcome.outputsOf("unzip").files as Record<string, string>);
      const contents = files.map(async ([name, uri]) => [name, await outcome.read(uri)] as const);
      assert.deepEqual(Object.fromEntries(await Promise.all(contents)), expected);
    });

  const refused: Record<string, [Buffer, string[]]> = {
    "a long file that isn't a ZIP": [
      Buffer.from("<html>" + " ".repeat(2000)),
      ["Cannot find zip signature within the file"],
    ],
    "a ZIP that ends in its content": [trips.subarray(0, trips.length / 2), ["Truncated ZIP file"]],
    "a ZIP that ends in the name of its first entry, without a message": [trips.subarray(0, 34), []],
    "an encrypted entry": [changed(6, 1, 0), ["Unable to read entry 'trips.csv'"]],
    "an entry that leaves the folder": [
      zip({ "../../trips.csv": csv }),
      ["Path traversal attempt detected in archive entry: ../../trips.csv"],
    ],
  };
  for (const [what, [served, errors]] of Object.entries(refused))
    it(`fails for ${what}`, async () => {
      const outcome = await unpack(served);
      assert.deepEqual([outcome.state, outcome.errors], ["FAILED", errors]);
    });
});

import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pluginLab, type Outcome, type PluginLab } from "../../../lab/pluginLab";
import { zipArchive } from "./zipArchive";

const csv = Array.from({ length: 3000 }, (_, i) => `${i},${(i * 2654435761) % 4294967296}`).join("\n");

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

  function unpack(served: Buffer, algorithm = "ZIP"): Promise<Outcome> {
    archive = served;
    const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/trips.zip`;
    return lab.run(
      { id: "download", type: "io.kestra.plugin.core.http.Download", uri, failOnEmptyResponse: false },
      {
        id: "unzip",
        type: "io.kestra.plugin.compress.ArchiveDecompress",
        algorithm,
        from: "{{ outputs.download.uri }}",
      },
    );
  }

  async function assertFails(served: Buffer, ...errors: string[]): Promise<void> {
    const outcome = await unpack(served);
    assert.equal(outcome.state, "FAILED");
    assert.deepEqual(outcome.errors, errors);
  }

  it("lists every file by its name in the archive, those of macOS too, and no folder", async () => {
    const outcome = await unpack(
      zipArchive({ "202401 trips.csv": csv, "__MACOSX/._202401 trips.csv": "fork", "folder/": "" }),
    );
    assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
    const files = outcome.outputsOf("unzip").files as Record<string, string>;
    assert.deepEqual(Object.keys(files).sort(), ["202401 trips.csv", "__MACOSX/._202401 trips.csv"]);
    assert.match(files["202401 trips.csv"]!, /\/202401_trips\.csv$/);
    assert.equal(await outcome.read(files["202401 trips.csv"]), csv);
    assert.equal(await outcome.read(files["__MACOSX/._202401 trips.csv"]), "fork");
  });

  it("fails for a long file that is no ZIP", () =>
    assertFails(Buffer.from("<html>" + " ".repeat(2000)), "Cannot find zip signature within the file"));

  for (const [name, served] of Object.entries({
    "an empty file": Buffer.alloc(0),
    "a short file that is no ZIP": Buffer.from("<html>404"),
  })) {
    it(`takes ${name} for an archive without files`, async () => {
      const outcome = await unpack(served);
      assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
      assert.deepEqual(outcome.outputsOf("unzip"), { files: {} });
    });
  }

  it("fails for a ZIP that ends in its content", async () => {
    const whole = zipArchive({ "trips.csv": csv });
    await assertFails(whole.subarray(0, whole.length / 2), "Truncated ZIP file");
  });

  it("fails without a message for a ZIP that ends in the name of its first entry", () =>
    assertFails(zipArchive({ "trips.csv": csv }).subarray(0, 34)));

  it("takes content that doesn't match its CRC", async () => {
    const changed = zipArchive({ "trips.csv": csv });
    changed.writeUInt32LE(1, 14); // its CRC
    const outcome = await unpack(changed);
    assert.equal(outcome.state, "SUCCESS", outcome.errors.join());
    const { "trips.csv": file } = outcome.outputsOf("unzip").files as Record<string, string>;
    assert.equal(await outcome.read(file), csv);
  });

  it("fails for an encrypted entry", async () => {
    const encrypted = zipArchive({ "trips.csv": csv });
    encrypted.writeUInt16LE(1, 6); // its flags
    await assertFails(encrypted, "Unable to read entry 'trips.csv'");
  });

  it("refuses an entry that leaves the folder", () =>
    assertFails(
      zipArchive({ "../../trips.csv": csv }),
      "Path traversal attempt detected in archive entry: ../../trips.csv",
    ));

  it("keeps the last of two entries with one base name, under both names", async () => {
    const outcome = await unpack(zipArchive({ "a/trips.csv": "1", "b/trips.csv": "2" }));
    const files = outcome.outputsOf("unzip").files as Record<string, string>;
    assert.deepEqual(Object.keys(files).sort(), ["a/trips.csv", "b/trips.csv"]);
    assert.equal(files["a/trips.csv"], files["b/trips.csv"]);
    assert.equal(await outcome.read(files["a/trips.csv"]), "2");
  });

  it("refuses another format", async () => {
    const outcome = await unpack(zipArchive({ "trips.csv": csv }), "TAR");
    assert.deepEqual(outcome.errors, ["Property algorithm: TAR can't be unpacked on this local Kestra. Use ZIP"]);
  });
});

import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pluginLab, type Outcome, type PluginLab } from "./support/pluginLab";
import { zipArchive } from "./support/zipArchive";

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
      { id: "download", type: "io.kestra.plugin.core.http.Download", uri },
      {
        id: "unzip",
        type: "io.kestra.plugin.compress.ArchiveDecompress",
        algorithm,
        from: "{{ outputs.download.uri }}",
      },
    );
  }

  async function assertRefused(served: Buffer, reason: string): Promise<void> {
    const outcome = await unpack(served);
    assert.equal(outcome.state, "FAILED");
    const file = String(outcome.outputsOf("download").uri);
    assert.deepEqual(outcome.errors, [
      `Archive ${file} can't be unpacked: ${reason}. Look at the file, or download it again`,
    ]);
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

  it("refuses a file that is no ZIP", () =>
    assertRefused(Buffer.from("<html>" + " ".repeat(2000)), "Cannot find zip signature within the file"));

  it("refuses a short file that is no ZIP", () =>
    assertRefused(Buffer.from("<html>404"), "it holds no file, or is no ZIP archive"));

  it("refuses a ZIP that ends too early", async () => {
    const whole = zipArchive({ "trips.csv": csv });
    await assertRefused(whole.subarray(0, whole.length / 2), "Truncated ZIP file");
  });

  it("refuses a ZIP with a changed byte", async () => {
    const changed = zipArchive({ "trips.csv": csv });
    changed.writeUInt32LE(1, 14); // its CRC
    await assertRefused(changed, "the checksum of entry trips.csv is wrong");
  });

  it("refuses an entry that leaves the folder", () =>
    assertRefused(zipArchive({ "../../trips.csv": csv }), "entry ../../trips.csv leaves the archive's folder"));

  it("refuses two entries of which the plugin would lose one", () =>
    assertRefused(
      zipArchive({ "a/trips.csv": "1", "b/trips.csv": "2" }),
      "two entries are named trips.csv in different folders, of which the plugin keeps one",
    ));

  it("refuses another format", async () => {
    const outcome = await unpack(zipArchive({ "trips.csv": csv }), "TAR");
    assert.deepEqual(outcome.errors, ["Property algorithm: TAR can't be unpacked on this local Kestra. Use ZIP"]);
  });
});

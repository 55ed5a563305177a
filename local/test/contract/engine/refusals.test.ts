import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, KestraHost, type HostOptions } from "../../../lab/kestraHost";

describe("Kestra host: refusals to start", () => {
  /** Starts a host that must end by itself, with code 1 and one line on stderr; the line. */
  async function refusal(options: HostOptions, prepare?: (host: KestraHost) => unknown): Promise<string> {
    const host = await KestraHost.create(options);
    try {
      await prepare?.(host);
      assert.equal(await host.bootInVain(), 1);
      assert.match(host.stderr, /^Kestra can't start: [^\n]+\n$/);
      return host.stderr;
    } finally {
      await host.dispose();
    }
  }

  const key = "kestra.server.basic-auth";

  it("names the key of a weak password, and never the password", async () => {
    for (const weak of ["0123456789abcdef0123", `Aa1${"x".repeat(254)}`]) {
      const line = await refusal({ configuration: { [`${key}.password`]: weak } });
      assert.ok(line.includes(`${key}.password breaks Kestra's rule`), line);
      assert.ok(!line.includes(weak), line);
    }
  });

  const wrong: [string, string | undefined, RegExp][] = [
    [`${key}.password`, undefined, /basic-auth\.password is not set/],
    [`${key}.username`, "admin", /basic-auth\.username isn't an e-mail address/],
    ["micronaut.server.host", "0.0.0.0", /micronaut\.server\.host is '0\.0\.0\.0'/],
    ["micronaut.server.port", "eighty", /micronaut\.server\.port is 'eighty'/],
    ["kestra.storage.type", "s3", /kestra\.storage\.type=s3/],
  ];
  for (const [name, value, message] of wrong)
    it(`names ${name}, which is ${value}`, async () => {
      assert.match(await refusal({ configuration: { [name]: value } }), message);
    });

  it("names a configuration file that is missing or broken", async () => {
    assert.match(await refusal({ env: { MICRONAUT_CONFIG_FILES: "/no/such/file.yml" } }), /\/no\/such\/file\.yml/);
    const broken = (host: KestraHost) => writeFileSync(join(host.folder, "broken.yml"), "kestra: [unclosed\n");
    assert.match(await refusal({ env: { MICRONAUT_CONFIG_FILES: "broken.yml" } }, broken), /broken\.yml\): line 2/);
  });

  it("names a taken port", async () => {
    const other = createServer();
    const occupy = (host: KestraHost) =>
      new Promise<void>((listening) => other.listen(host.managementPort, "127.0.0.1", listening));
    try {
      assert.match(await refusal({}, occupy), /port \d+ \(endpoints\.all\.port\) is taken/);
    } finally {
      other.close();
    }
  });

  it("names the class that makes the plugin scan incomplete", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kestra-plugins-"));
    try {
      mkdirSync(join(folder, "META-INF/services"), { recursive: true });
      writeFileSync(join(folder, "META-INF/services/io.kestra.core.models.Plugin"), "example.DoesNotExist\n");
      const line = await refusal({ classPath: [folder] });
      assert.match(line, /the plugin scan is incomplete: \d+ types are .*, among them example\.DoesNotExist/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("says that a second host can't open the first one's database", async () => {
    const first = await KestraHost.start();
    try {
      const url = `jdbc:h2:file:${first.folder}/data/kestra;TIME ZONE=UTC;DB_CLOSE_ON_EXIT=FALSE`;
      const line = await refusal({ configuration: { "datasources.h2.url": url } });
      assert.match(line, /datasources\.h2\.url is in use by another process/);
      await eventually(async () => (await first.ask(`${first.managementUrl}/health`)).status === 200 || undefined);
    } finally {
      await first.dispose();
    }
  });
});

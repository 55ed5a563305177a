import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { KestraClient } from "../../../kestra/client/client";
import { getFlow } from "../../../kestra/client/flows";
import { getKv } from "../../../kestra/client/kv";
import { getFile } from "../../../kestra/client/namespaceFiles";
import { KestraHost, password, username } from "../../../local/lab/kestraHost";

const namespace = "bay-wheels";

describe("the import by hand, by the commands of docs/by-hand.md", () => {
  let host: KestraHost;
  let folder: string;

  before(async () => {
    host = await KestraHost.start();
    folder = mkdtempSync(join(tmpdir(), "bay-wheels-by-hand-"));
  });
  after(async () => {
    await host.dispose();
    rmSync(folder, { recursive: true });
  });

  it("brings flows, entries and files as the program does", async () => {
    const blocks = [...readFileSync("docs/by-hand.md", "utf8").matchAll(/^```bash\n(.*?)^```/gms)].map(
      ([, code]) => code!,
    );
    assert.equal(blocks.length, 3);
    const commands = blocks
      .join("")
      .replace("http://127.0.0.1:8080", host.url)
      .replace("admin@bay-wheels.local:the password", `${username}:${password}`);
    for (const name of ["flows", "dbt"]) symlinkSync(resolve(name), join(folder, name));
    const key = { type: "service_account", private_key: "worth\nnothing" };
    writeFileSync(join(folder, "key.json"), JSON.stringify(key, null, 2));
    execFileSync("bash", ["-euo", "pipefail", "-c", commands], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });

    assert.deepEqual(readdirSync(folder).sort(), ["dbt", "flows", "key.json"]);
    const client = new KestraClient({ kind: "address", url: host.url, username, password });
    const flows = readdirSync("flows").filter((file) => file.endsWith(".yaml"));
    for (const file of flows) {
      const flow = await getFlow(client, namespace, file.replace(".yaml", ""));
      assert.equal(flow?.source.trimEnd(), readFileSync(join("flows", file), "utf8").trimEnd());
    }
    const entry = (name: string) => getKv(client, namespace, name);
    assert.deepEqual(await entry("GCP_CREDS"), { ...(await entry("GCP_CREDS")), type: "JSON", value: key });
    assert.equal((await entry("GCP_BUCKET_NAME"))?.value, "my-project-bay-wheels");
    const used = new Set(
      [...flows, "sql/counties_table.sql"].flatMap((file) =>
        [...readFileSync(join("flows", file), "utf8").matchAll(/kv\('(\w+)'/g)].map(([, name]) => name!),
      ),
    );
    // flow 05 sets the first itself, without the second there is no alert, and the third has a default
    for (const name of ["LATEST_LOAD", "ALERT_WEBHOOK", "BIGQUERY_MAX_BYTES_BILLED"]) used.delete(name);
    for (const name of used) assert.ok(await entry(name), `no KV entry ${name}`);
    for (const path of ["dbt_project.yml", "profiles.yml", "models/core/dim_stations.sql"]) {
      const content = await getFile(client, namespace, path);
      assert.equal(content?.toString(), readFileSync(join("dbt", path), "utf8"));
    }
    const texts = flows.flatMap((file) => [
      ...readFileSync(join("flows", file), "utf8").matchAll(/read\('([\w./]+)'\)/g),
    ]);
    assert.ok(texts.length > 9);
    for (const [, path] of texts) {
      const content = await getFile(client, namespace, path!);
      assert.equal(content?.toString(), readFileSync(join("flows", path!), "utf8"), path);
    }
    assert.equal(await getFile(client, namespace, "requirements.txt"), undefined);
  });
});

import assert from "node:assert/strict";
import { strToU8, zipSync } from "fflate";
import { stringify } from "yaml";
import { namespace } from "../../../kestra/pipeline/pipeline";
import { header, ride } from "../../support/publisher";
import { HostileSource } from "./support/hostileSource";
import { register } from "../../../local/lab/kestraHost";
import { MonthLab, type Run } from "./support/monthLab";
import { pluginLab, serviceAccountKey } from "../../../local/lab/pluginLab";

/** Stands before the key, where its readers skip it. */
const canary = "CanaryOfTheKey";
const columns = "the_geom,objectid,fipsstco,county";
const fips = ["06001", "06013", "06041", "06055", "06075", "06081", "06085", "06095", "06097"];
const outline = '"POLYGON ((-122 37, -122 38, -121 38, -122 37))"';

/** What a source could publish: templates that read the key, and one that can't be parsed. */
const readsKey = "{{kv('GCP_CREDS').private_key}}";
const unparsable = "{%if%}";
/** Both: where it's rendered, the rendering fails, and the text doesn't come out as it went in. */
const text = `${unparsable}${readsKey}`;

const showsKey = (text: string) => text.includes(canary);

describe("text from outside that is a template", () => {
  let lab: MonthLab;
  const source = new HostileSource();
  const runs: Run[] = [];

  before(async () => {
    lab = await MonthLab.start("hostile");
    const key = JSON.parse(serviceAccountKey()) as { private_key: string };
    await lab.setKey(JSON.stringify({ ...key, private_key: `${canary}\n${key.private_key}` }));
    await source.start();
    await lab.setKv("TRIPS_URL", source.tripsUrl);
    await lab.setKv("COUNTIES_URL", source.countiesUrl);
  });
  after(async () => {
    lab.stop();
    source.stop();
    await lab.setKey(serviceAccountKey());
  });

  /** Runs a flow to its end; its state, the label `reason` and its last line. */
  const run = async (flow: string, inputs: Record<string, string> = {}) => {
    const ended = await lab.run(flow, inputs);
    runs.push(ended);
    const { state, labelled, logs } = ended;
    // not by the assertions to come, which print what they compare
    assert.ok(!showsKey(JSON.stringify(ended)), `${flow} shows the key`);
    return { state: state.current, reason: labelled.reason ?? "", said: logs.at(-1)?.message ?? "" };
  };
  const counties = () => run("02_gcp_load_bay_area_county");
  const load = () => run("04_gcp_load_month", { month: "2021-01" });
  const publish = (files: Record<string, string>, etag = "1", headers: Record<string, string> = {}) => {
    const name = "202101-baywheels-tripdata.csv.zip";
    source.list({ [name]: etag });
    const entries = Object.entries(files).map(([entry, text]) => [entry, strToU8(text)] as const);
    source.object(name, { body: zipSync(Object.fromEntries(entries)), headers: { etag: `"${etag}"`, ...headers } });
  };

  it("comes out as it is, in the header of the counties", async () => {
    source.counties({ body: `the_geom,${text}\n${outline},x\n` });
    const { state, reason, said } = await counties();
    assert.equal(state, "FAILED");
    const expected = `the file lacks these columns: objectid, fipsstco, county. It has: the_geom,${text.toLowerCase()}`;
    assert.equal(reason.slice(0, 100), expected.slice(0, 100));
    const start = `The counties were not loaded; the existing table is unchanged. ${source.countiesUrl}: `;
    assert.ok(said.startsWith(start + expected), said);
  });

  it("is a county's name, and a column's", async () => {
    const lines = fips.map((number) => `${outline},1,${number},${text},`);
    source.counties({ body: [`${columns},${text}`, ...lines].join("\n") });
    const { state, said } = await counties();
    assert.equal(state, "SUCCESS", said);
    assert.deepEqual(await lab.rows("select distinct county from {bay_area_county_ext}"), [[text]]);
  });

  it("comes out as it is, as a county's number", async () => {
    source.counties({ body: `${columns}\n${outline},1,${text},Alameda\n` });
    const { state, said } = await counties();
    assert.equal(state, "FAILED");
    assert.ok(said.includes(`: the file has unknown FIPS codes: ${text.slice(0, 20)}.`), said);
  });

  it("is the name of a CSV's folder, of a column and of a station, and an ETag", async () => {
    const row = ride("a", "2021-01-05 08:00:00", "2021-01-05 08:10:00").replace("A St", text);
    publish({ [`${text}/a.csv`]: `${header},${text}\n${row},\n${text}\n` }, text);
    const first = await load();
    assert.equal(first.state, "SUCCESS", first.reason);
    assert.match(first.said, /: 1 of 2 rows; rejected: 1 malformed$/);
    assert.deepEqual(await lab.rows("select start_station_name from {baywheels_tripdata}"), [[text]]);
    assert.deepEqual(await lab.rows("select etag from {baywheels_loads}"), [[text]]);
    const second = await load();
    assert.ok(second.said.includes(`has not changed since it was loaded (ETag ${text})`), second.said);
  });

  it("comes out as it is, in the names of two CSVs", async () => {
    publish({ [`${text}/a.csv`]: "", "b.csv": "" });
    const { state, said } = await load();
    assert.equal(state, "FAILED");
    assert.match(said, /: the archive must contain exactly one CSV file, with a unique name, but contains /);
    assert.ok(said.includes(`${text}/a.csv`), said);
  });

  // Kestra keeps no file with braces in its name
  it("comes out as it is, in the name of a CSV and of a download", async function () {
    this.timeout("1m");
    publish({ [`${text}.csv`]: "" });
    const entry = await load();
    assert.equal(entry.state, "FAILED");
    assert.ok(entry.said.includes(`${text}.csv`), entry.said);
    publish({}, "1", { "content-disposition": `attachment; filename="${text}.zip"` });
    const download = await load();
    assert.equal(download.state, "FAILED");
    assert.match(download.said, /Illegal character in path/);
  });

  it("comes out as it is, as a CSV's header", async () => {
    publish({ "a.csv": `${header.replace("ride_id", text)}\nx\n` });
    const { state, said } = await load();
    assert.equal(state, "FAILED");
    assert.ok(said.includes(`: the CSV lacks these columns: ride_id. It has: ${text},`), said);
    publish({ "a.csv": `${text}\n` });
    assert.ok((await load()).said.includes(`none of the 1 rows of the CSV is a header: malformed: ${text}.`));
  });

  // where it does not come out, each part alone
  for (const part of [readsKey, unparsable]) {
    it(`is no object's name: ${part}`, async () => {
      source.list({ [`202101-${part}-tripdata.csv.zip`]: part });
      const { state, said } = await load();
      assert.equal(state, "WARNING");
      assert.match(said, /^Month 2021-01 is not published/);
    });

    it(`is the body of an error: ${part}`, async function () {
      this.timeout("2m");
      source.counties({ status: 400, body: part });
      source.refuseListing({ status: 400, body: part });
      const [first, second] = await Promise.all([
        counties(),
        run("05_gcp_load_data_scheduled", { month: "2021-01", build: "false" }),
      ]);
      assert.equal(first.state, "FAILED");
      assert.match(first.said, /^The counties were not loaded; the existing table is unchanged\. .*400/s);
      assert.equal(second.state, "FAILED");
      assert.match(second.said, /^Not loaded: /);
      runs.push({ ...runs[0]!, id: /execution (\w+)/.exec(second.said)![1]! });
      publish({});
      source.object("202101-baywheels-tripdata.csv.zip", { status: 400, body: part });
      const third = await load();
      assert.equal(third.state, "FAILED");
      assert.match(third.said, /^Month 2021-01 was not loaded; .*400/s);
    });
  }

  // a suite of its own, since mocha runs tests before the suites beside them
  describe("when all has run", () => {
    it("is the key that a flow shows which reads it", async () => {
      const { host } = await pluginLab();
      const format = readsKey;
      const reader = {
        id: "reader",
        namespace,
        tasks: [{ id: "read", type: "io.kestra.plugin.core.debug.Return", format }],
      };
      await register(host, stringify(reader));
      const shown = await lab.shown(await lab.run("reader"));
      await host.send("DELETE", `/flows/${namespace}/reader`);
      assert.ok(showsKey(shown));
    });

    it("shows the key in no execution, log, label, output, table or object", async function () {
      this.timeout("2m");
      assert.equal(runs.length, 10 + 2 * 5);
      const { storage } = await pluginLab();
      const tables = (await lab.rows("select table_name from hostile.INFORMATION_SCHEMA.TABLES")).flat();
      assert.ok(tables.length >= 5, tables.join());
      const texts = await Promise.all([
        ...runs.map((each) => lab.shown(each)),
        ...tables.map(async (table) => JSON.stringify(await lab.rows(`select * from {${table}}`))),
        fetch(`${storage.url}/storage/v1/b/lab/o`).then((answer) => answer.text()),
      ]);
      assert.equal(texts.filter(showsKey).length, 0, `of ${texts.length} texts`);
    });
  });
});

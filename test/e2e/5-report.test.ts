import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseHTML } from "linkedom";
import type { Browser } from "puppeteer-core";
import { collect } from "../../cli/report/collect";
import { decimal, longMonth, percent, whole } from "../../cli/report/text";
import { analyze } from "../../local/oracles/zetasql/zetaSql";
import { startBrowser } from "../support/browser";
import { lookAt, views } from "../support/reportPage";
import { stack, type Stack } from "../support/stack";
import { renderedStatements } from "../support/statements";

/** What is used of a parsed page: this project has no browser's types. */
interface Element {
  textContent: string;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Element[];
}

/** The facts by month, without the marts. */
const monthsOfFacts = `
  with counted as (
    select month,
      count(*) as trips,
      countif(rideable_type = 'electric_bike') as electric,
      countif(member_casual = 'member') as members,
      count(start_station_id) as starts,
      count(end_station_id) as ends,
      count(duration_seconds) as timed,
      count(distance_km) as measured
    from {facts_baywheels_trips}
    group by month
  ),
  medians as (
    select distinct month,
      percentile_cont(duration_seconds, 0.5) over (partition by month) / 60 as minutes,
      percentile_cont(distance_km, 0.5) over (partition by month) as km
    from {facts_baywheels_trips}
  )
  select format_date('%Y-%m', c.month) as month, trips, electric, members, starts, ends, timed, measured, minutes, km
  from counted as c
  join medians as m on m.month = c.month
  where c.month in (select source_month from {built_loads})
  order by 1`;

describe("npm run report", () => {
  let local: Stack;
  let printed: string;
  let page: Element;
  let facts: Record<string, string | null>[];
  const file = () => local.workspace.path(".local/report.html");
  const rowsOf = (id: string) =>
    [...page.querySelectorAll(`#${id} details tbody tr`)].map((row) =>
      [...row.querySelectorAll("th, td")].map(({ textContent }) => textContent.trim()),
    );
  const number = (text: string) => Number(text.replaceAll(",", ""));
  const sum = (values: (string | null | undefined)[]) =>
    values.reduce((total, value) => total + number(value ?? "0"), 0);

  before(async function () {
    this.timeout("10m");
    local = await stack();
    printed = await local.workspace.succeed("report");
    page = (parseHTML(readFileSync(file(), "utf8")) as unknown as { document: Element }).document;
    facts = await local.rows(monthsOfFacts);
  });

  it("writes one file of less than 500 KB within 15 s, and prints its path", () => {
    const [, months, seconds] = /^\.local\/report\.html$[^]*^\d+ KB, (\d+) months, (\d+\.\d) s$/m.exec(printed)!;
    assert.equal(Number(months), facts.length);
    assert.ok(Number(seconds) < 15, seconds);
    assert.ok(statSync(file()).size < 500_000);
  });

  it("has the newest month's figures, as the facts that the truth check compared have them", () => {
    const tiles = [...page.querySelectorAll(".tiles dd b")].map(({ textContent }) => textContent);
    const { month, trips, electric, members, minutes, km } = facts.at(-1)!;
    assert.equal(page.querySelector("#tiles-h")!.textContent, longMonth(month!));
    const share = (part: string | null | undefined) => percent(Number(part) / Number(trips));
    const [found, expected] = [
      tiles.filter((_, i) => i !== 1),
      [whole(Number(trips)), share(electric), share(members)],
    ];
    assert.deepEqual(found.slice(0, 3), expected);
    // the mart has medians with two decimals of minutes, three of kilometres
    const near = (value: string | null | undefined) =>
      [-0.005, 0, 0.005].map((noise) => decimal(Number(value) + noise));
    assert.ok(near(minutes).includes(found[3]!), `${found[3]}, ${minutes}`);
    assert.ok(near(km).includes(found[4]!), `${found[4]}, ${km}`);
  });

  it("has every whole month once, and no trip of another one", () => {
    const expected = facts.map(({ month, trips }) => [month, whole(Number(trips))]);
    assert.deepEqual(
      rowsOf("trips").map((row) => row.slice(0, 2)),
      expected,
    );
    const trips = sum(facts.map((row) => row.trips));
    for (const id of ["bikes", "riders", "hours"])
      assert.equal(sum(rowsOf(id).flatMap((row) => row.slice(1))), trips, id);
    assert.equal(sum(rowsOf("growth").map((row) => row[1])), trips);
    assert.equal(sum(rowsOf("duration").map((row) => row[1])), sum(facts.map(({ timed }) => timed)));
    assert.equal(sum(rowsOf("distance").map((row) => row[1])), sum(facts.map(({ measured }) => measured)));
    const stations = rowsOf("map");
    assert.equal(sum(stations.map((row) => row[2])), sum(facts.map(({ starts }) => starts)));
    assert.equal(sum(stations.map((row) => row[3])), sum(facts.map(({ ends }) => ends)));
  });

  it("has the rejected rows of the loads", async () => {
    const loads = await local.rows(
      `select format_date('%Y-%m', source_month) as month, rows_in_file, rows_rejected from {baywheels_loads}
       where source_month in (select source_month from {built_loads}) order by 1`,
    );
    const found = rowsOf("rejected").map(([month, all, ...reasons]) => [month, number(all!), sum(reasons)]);
    assert.deepEqual(
      found,
      loads.map((row) => [row.month, Number(row.rows_in_file), Number(row.rows_rejected)]),
    );
  });

  it("says that months are generated, and which load isn't built yet", async function () {
    this.timeout("3m");
    assert.match(page.querySelector(".banner")!.textContent, /months of stack 'local' are generated/);
    const { month } = facts.at(-1)!;
    await local.succeed("04_gcp_load_month", { month: month!, reload: "true" });
    await local.workspace.succeed("report", "--from", month!, "--out", "other/one.html");
    const html = readFileSync(local.workspace.path("other/one.html"), "utf8");
    const other = (parseHTML(html) as unknown as { document: Element }).document;
    assert.match(other.querySelector(".facts")!.textContent, /not built yet[A-Z][a-z]{2} \d{4}/);
    assert.equal([...other.querySelectorAll("#trips details tbody tr")].length, 1);
  });

  it("opens the report with the system's own program", async () => {
    const bin = local.workspace.path(".local/bin");
    const opened = local.workspace.path(".local/opened");
    mkdirSync(bin);
    for (const program of ["open", "xdg-open"])
      writeFileSync(join(bin, program), `#!/bin/sh\necho "$@" > ${opened}\n`, { mode: 0o755 });
    const { PATH } = process.env;
    process.env.PATH = [bin, PATH].join(delimiter);
    await local.workspace.succeed("report", "--open");
    process.env.PATH = PATH;
    while (!existsSync(opened) || statSync(opened).size === 0) await setTimeout(50);
    assert.equal(readFileSync(opened, "utf8"), ".local/report.html\n");
  });

  it("refuses a range without months, and says which there are", async () => {
    const { code, output } = await local.workspace.npm("report", "--to", "2018-01");
    assert.equal(code, 1);
    const [first, last] = [facts[0]!.month, facts.at(-1)!.month];
    assert.match(
      output,
      new RegExp(`^No month until 2018-01 is loaded and built: stack 'local' has ${first} to ${last}\\.$`, "m"),
    );
  });

  describe("in Chromium", () => {
    let browser: Browser;
    before(async () => (browser = await startBrowser()));
    after(() => browser?.close());
    for (const view of views)
      it(`is readable, accessible and silent at ${view.width} px, ${view.scheme}`, async () => {
        const { noise, overflow, badTexts, overlaps, violations } = await lookAt(browser, file(), view);
        assert.deepEqual([noise, overflow, badTexts, overlaps, violations], [[], 0, [], [], []]);
      });
  });

  it("asks what BigQuery accepts, of the marts and not the facts, by months that are constants", async function () {
    this.timeout("5m");
    const { project, dataset } = local.warehouse;
    const asked: { name: string; sql: string }[] = [];
    await collect({
      ...{ stack: "local", dataset, generated: true },
      ask: (name, sql) => {
        asked.push({ name, sql: sql.replace(/\{(\w+)\}/g, `\`${project}.${dataset}.$1\``) });
        return local.rows(sql);
      },
    });
    const rendered = await renderedStatements(local.warehouse.url, project);
    // the analyzer names a view's columns after those that they come from: the view as its contract states it
    const contract = rendered.find(
      ({ name, sql }) => name.endsWith(".mart_quality_by_month") && sql.includes("cast(null"),
    );
    const view = `create or replace table \`${project}.${dataset}.mart_quality_by_month\` as ${contract!.sql}`;
    const statements = [...rendered, { name: "mart_quality_by_month", sql: view }];
    const names = new Set(asked.map(({ name }) => name));
    const analyses = (await analyze(project, [...statements, ...asked])).filter(({ name }) => names.has(name));
    assert.equal(analyses.length, 9);
    assert.deepEqual(
      analyses.flatMap(({ findings }) => findings),
      [],
    );
    const scans = analyses.flatMap(({ name, scans }) => scans.map((scan) => ({ name, ...scan })));
    const facts = scans.filter(({ table }) => /\.(facts_baywheels_trips|baywheels_tripdata)$/.test(table));
    assert.deepEqual(facts, []);
    const whole = scans.filter(({ partitions }) => partitions !== null && partitions.bounds === null);
    // views see through: one row per month and county; the rejected rows
    const allowed = /\.(mart_trips_by_month|baywheels_tripdata_rejected)$/;
    assert.deepEqual(
      whole.map(({ name, table }) => `${name}: ${table}`).filter((each) => !allowed.test(each)),
      [],
    );
    assert.ok(scans.some(({ table, partitions }) => table.endsWith(".mart_stations_by_month") && partitions?.bounds));
  });
});

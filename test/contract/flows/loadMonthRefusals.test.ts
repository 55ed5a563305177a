import assert from "node:assert/strict";
import { strToU8, zipSync } from "fflate";
import { header, ride } from "../../support/publisher";
import { serve, type Served } from "../../support/serve";
import { MonthLab } from "./support/monthLab";

const good = (day: string) => ride(`ride of ${day}`, `${day} 08:00:00`, `${day} 08:10:00`);

describe("the loading flows on a source that is broken, late or gone", () => {
  let lab: MonthLab;
  const loaded = async () =>
    (await lab.rows("select format_date('%Y-%m', source_month) as month from {baywheels_loads} order by 1")).flat();

  before(async () => {
    lab = await MonthLab.start("load_refusals");
    lab.publisher.publish("202101", header, good("2021-01-05"));
    await lab.load("2021-01");
  });
  after(() => lab.stop());

  const whole = zipSync({ "202101-baywheels-tripdata.csv": strToU8(`${header}\n`) });
  const archive = (fault: string) => {
    const remedy = "download it to check whether the published file is intact";
    const said = `the archive 202101-baywheels-tripdata.csv.zip ${fault}; ${remedy}`;
    return new RegExp(`^${said.replace(/[.()]/g, "\\$&")}$`);
  };
  const csv = (text: string) => zipSync({ "x.csv": strToU8(text) });
  const other = (entries: string) =>
    new RegExp(
      `^the archive must contain exactly one CSV file, with a unique name, but contains ${entries}\\. Only the publisher can fix that$`,
    );
  /** The archive with the bit of its entries that says they are encrypted. */
  const encrypted = (content: Uint8Array) => {
    const changed = Buffer.from(content);
    for (const [signature, flags] of [
      ["PK\u0003\u0004", 6],
      ["PK\u0001\u0002", 8],
    ] as const)
      changed[changed.indexOf(signature) + flags]! |= 1;
    return changed;
  };
  const broken: [string, Uint8Array, RegExp][] = [
    [
      "no zip",
      strToU8("PK\u0003\u0004 this is no zip"),
      /^the file is empty or not a ZIP archive; download it to check whether the published file is intact$/,
    ],
    [
      "a page",
      strToU8("<html>".repeat(50)),
      archive("could not be unpacked (Cannot find zip signature within the file)"),
    ],
    [
      "a zip that is cut in its CSV",
      whole.subarray(0, whole.length / 2),
      archive("could not be unpacked (Truncated ZIP file)"),
    ],
    ["a zip that is cut in its head", whole.subarray(0, 34), archive("is truncated or not a ZIP archive")],
    [
      "a zip with two files of the CSV's name",
      zipSync({ "a/x.csv": strToU8(`${header}\n`), "__MACOSX/x.csv": strToU8("") }),
      other("(a/x.csv, __MACOSX/x.csv|__MACOSX/x.csv, a/x.csv)"),
    ],
    [
      "a zip with two CSVs",
      zipSync({ "a.csv": strToU8(`${header}\n`), "b.CSV": strToU8("") }),
      other("(a.csv, b.CSV|b.CSV, a.csv)"),
    ],
    ["a zip without a CSV", zipSync({ "readme.txt": strToU8("") }), other("readme.txt")],
    [
      "a zip that is encrypted",
      encrypted(zipSync({ "x.csv": strToU8(`${header}\n`) })),
      /^the archive 202101-baywheels-tripdata\.csv\.zip is encrypted or uses an unsupported compression method \(.*x\.csv.*\); only the publisher can fix that$/,
    ],
    [
      "a zip with a CSV whose name can't be stored",
      zipSync({ "x[1].csv": strToU8(`${header}\n`) }),
      /^the archive 202101-baywheels-tripdata\.csv\.zip contains a file whose name Kestra can't store \(.*x\[1\]\.csv.*\); only the publisher can rename it$/,
    ],
    [
      "a CSV that lacks a column",
      csv(`${header.replace("end_lat", "end_latitude")}\n${good("2021-01-05")}\n`),
      /^the CSV lacks these columns: end_lat\. It has: ride_id,.*,end_latitude,end_lng,member_casual$/,
    ],
    ["an empty CSV", csv(""), /^the CSV is empty$/],
    ["a CSV of blank lines", csv("\n \n\n"), /^the CSV is empty$/],
    ["a CSV without rows", csv(`${header}\n`), /^the CSV has a header but no rows$/],
    [
      "a CSV without a header",
      csv(`${good("2021-01-05")}\n`),
      /^none of the 1 rows of the CSV is a header: malformed: ride of 2021-01-05,classic_bike,/,
    ],
    [
      "a CSV with two headers",
      csv(`${header}\n${good("2021-01-05")}\n${header}\n`),
      /^the CSV has 2 header rows instead of one$/,
    ],
    [
      "a CSV that names a column twice",
      csv(`${header},Start_Lat\n${good("2021-01-05")},37\n`),
      /^the CSV has these columns more than once: start_lat$/,
    ],
    [
      "a CSV with semicolons",
      csv(`${header}\n${good("2021-01-05")}\n`.replaceAll(",", ";")),
      /^the CSV separates its columns with semicolons, not commas$/,
    ],
    [
      "a CSV with tabs",
      csv(`${header}\n${good("2021-01-05")}\n`.replaceAll(",", "\t")),
      /^the CSV separates its columns with tabs, not commas$/,
    ],
    [
      "a CSV of another year",
      csv(`${header}\n${good("2020-01-05")}\n`),
      /^none of the 1 rows of the CSV is a trip of that month: bad timestamp: ride of 2020-01-05,classic_bike,/,
    ],
  ];
  for (const [what, object, reason] of broken)
    it(`names ${what} and its object, in the log and in a label, and leaves the tables as they were`, async () => {
      const before = await lab.trips();
      lab.publisher.put("202101-baywheels-tripdata.csv.zip", object);
      const { said, reason: label } = await lab.refusal("2021-01");
      const [, shown] =
        /^Month 2021-01 was not loaded; its existing rows are unchanged\. http:\S+\/baywheels-data\/202101-baywheels-tripdata\.csv\.zip: (.*)\. Once that is fixed, run 05_gcp_load_data_scheduled with month 2021-01$/.exec(
          said,
        ) ?? [];
      assert.ok(shown !== undefined, said);
      assert.match(shown, reason);
      assert.equal(shown.slice(0, 100), label.slice(0, 100));
      assert.deepEqual(await lab.trips(), before);
    });

  it("loads a repaired file, and goes on behind a month that is broken, and names both it and the missing ones", async () => {
    lab.publisher.publish("202101", header, good("2021-01-06"));
    lab.publisher.put("202102-baywheels-tripdata.csv.zip", strToU8("no zip"));
    lab.publisher.publish("202104", header, good("2021-04-05"));
    await lab.load("2021-01");
    const run = await lab.run("05_gcp_load_data_scheduled", { build: "false" });
    assert.equal(run.state.current, "FAILED");
    const errors = run.logs.filter(({ level }) => level === "ERROR").map(({ message }) => message);
    assert.equal(errors.length, 1);
    assert.match(
      errors[0]!,
      /^Not loaded: 2021-02 \(execution \w+\)\. For the reason and what to do, see the log of each of these executions of 04_gcp_load_month$/,
    );
    assert.deepEqual(await loaded(), ["2021-01", "2021-04"]);
    lab.publisher.publish("202102", header, good("2021-02-05"));
    const next = await lab.run("05_gcp_load_data_scheduled", { build: "false" });
    assert.equal(next.state.current, "SUCCESS");
    assert.deepEqual(await loaded(), ["2021-01", "2021-02", "2021-04"]);
  });

  it("is followed by a build, by hand as well, unless that is not wanted", async () => {
    const builds = async (inputs: Record<string, string>) => {
      const { logs } = await lab.run("05_gcp_load_data_scheduled", { month: "2021-04", ...inputs });
      return logs.filter(({ message }) => message.includes('flowId="06_gcp_dbt"')).length;
    };
    assert.deepEqual([await builds({}), await builds({ build: "false" })], [1, 0]);
  });

  it("names the unpublished months between, once, and says that nothing is new", async () => {
    const { logs, labelled } = await lab.run("04_gcp_load_month");
    assert.deepEqual(
      logs.map(({ message }) => message),
      [
        "Nothing new to load: every month published since the oldest loaded one is loaded. Not published: 2021-03",
      ],
    );
    assert.equal(labelled.result, "nothing new");
  });

  it("loads a month that appears 40 days late at the next run, without being asked for it", async () => {
    // as the runs of 15 April and 15 May when March appears on 10 May: the flow looks at what is listed, not at a date
    assert.equal((await lab.run("05_gcp_load_data_scheduled", { build: "false" })).state.current, "SUCCESS");
    assert.deepEqual(await loaded(), ["2021-01", "2021-02", "2021-04"]);
    lab.publisher.publish("202103", header, good("2021-03-05"));
    assert.equal((await lab.run("05_gcp_load_data_scheduled", { build: "false" })).state.current, "SUCCESS");
    assert.deepEqual(await loaded(), ["2021-01", "2021-02", "2021-03", "2021-04"]);
  });

  it("names a month that was changed since it was loaded", async () => {
    lab.publisher.publish("202102", header, good("2021-02-06"));
    const { logs } = await lab.run("04_gcp_load_month");
    assert.equal(
      logs.at(-1)!.message,
      "Nothing new to load: every month published since the oldest loaded one is loaded. Changed since they were loaded: 2021-02. To reload a month, run 05_gcp_load_data_scheduled with it as input month",
    );
  });

  it("refuses a listing of more than one page", async () => {
    const many = Array.from({ length: 1001 }, (_, i) => `209901-tripdata-${i}.zip`);
    for (const name of many) lab.publisher.put(name, strToU8(""));
    const { state, logs } = await lab.run("04_gcp_load_month");
    for (const name of many) lab.publisher.withdraw(name);
    assert.equal(state.current, "FAILED");
    assert.match(logs.at(-1)!.message, /the listing has more than one page, and only the first can be read/);
  });

  it("ends with a warning, not a failure, for a month that is not published", async () => {
    const { state, logs, labelled } = await lab.run("04_gcp_load_month", { month: "2021-07" });
    assert.equal(state.current, "WARNING");
    assert.equal(labelled.result, "not published");
    assert.match(
      logs.at(-1)!.message,
      /^Month 2021-07 is not published at http:\S+: no object is named 202107-…tripdata…\.zip\. Months usually appear there a few days after they end\. Once this one does, the schedule loads it$/,
    );
    // older than the oldest loaded month: the schedule never looks for it
    assert.match(
      (await lab.run("04_gcp_load_month", { month: "2020-07" })).logs.at(-1)!.message,
      / Once this one does, run 05_gcp_load_data_scheduled with month 2020-07$/,
    );
    assert.equal(
      (await lab.run("05_gcp_load_data_scheduled", { month: "2021-07", build: "false" })).state.current,
      "WARNING",
    );
  });

  describe("over a source that fails", () => {
    let flaky: Served;
    let failures: number;

    before(async () => {
      flaky = await serve((request, response) => {
        if (failures-- > 0) return response.writeHead(503).end();
        return response.writeHead(307, { location: `${lab.publisher.tripsUrl}${request.url!}` }).end();
      });
    });
    after(async () => {
      flaky.stop();
      await lab.setKv("TRIPS_URL", lab.publisher.tripsUrl);
    });

    it("tries again, and loads", async () => {
      failures = 2;
      await lab.setKv("TRIPS_URL", flaky.url);
      const run = await lab.run("04_gcp_load_month", { month: "2021-01", reload: "true" });
      assert.equal(run.state.current, "SUCCESS", JSON.stringify(run.logs));
      assert.ok(failures < 0);
    });

    it("reports the last reason, not one that a retry fixed", async () => {
      failures = 1;
      lab.publisher.put("202105-baywheels-tripdata.csv.zip", strToU8("no zip"));
      const { said } = await lab.refusal("2021-05");
      assert.match(said, /zip/i);
      assert.doesNotMatch(said, /503/);
      lab.publisher.withdraw("202105-baywheels-tripdata.csv.zip");
    });

    it("names the address when it stays gone, and the month that could not be found out", async () => {
      await lab.setKv("TRIPS_URL", "http://127.0.0.1:1/baywheels-data");
      const { logs } = await lab.run("05_gcp_load_data_scheduled", { build: "false" });
      assert.match(logs.at(-1)!.message, /^Not loaded: the next month \(execution \w+\)\. /);
      assert.match(
        (await lab.refusal("2021-01")).said,
        /^Month 2021-01 was not loaded; its existing rows are unchanged\. http:\/\/127\.0\.0\.1:1\/baywheels-data\/: .*(refused|connect)/i,
      );
    });
  });

  it("loads one month at a time", async () => {
    const runs = await Promise.all(
      ["2021-01", "2021-02"].map((month) => lab.run("04_gcp_load_month", { month, reload: "true" })),
    );
    const spans = runs.map(({ state: { histories } }) => {
      const began = histories.find(({ state }) => state === "RUNNING")!;
      return [Date.parse(began.date), Date.parse(histories.at(-1)!.date)] as const;
    });
    const [first, second] = spans.sort(([a], [b]) => a - b) as [(typeof spans)[0], (typeof spans)[0]];
    assert.ok(first[1] <= second[0], JSON.stringify(spans));
  });
});

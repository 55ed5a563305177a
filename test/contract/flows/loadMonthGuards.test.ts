import assert from "node:assert/strict";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { header, ride } from "../../support/publisher";
import { MonthLab } from "./support/monthLab";

/** Rides of a month, one a day: their ids begin with the text. */
const rides = (text: string, month: string, count: number, at = "08:00:00") =>
  Array.from({ length: count }, (_, i) => {
    const day = `${month}-${String((i % 28) + 1).padStart(2, "0")}`;
    return ride(`${text}${i}`, `${day} ${at}`, `${day} 23:00:00`);
  });

describe("a month's file", () => {
  let lab: MonthLab;
  const load = async (yyyymm: string, content: string | Uint8Array, more: Record<string, string> = {}) => {
    const csv = typeof content === "string" ? strToU8(content) : content;
    lab.publisher.put(`${yyyymm}-baywheels-tripdata.csv.zip`, zipSync({ "x.csv": csv }));
    const month = `${yyyymm.slice(0, 4)}-${yyyymm.slice(4)}`;
    return lab.run("04_gcp_load_month", { month, ...more });
  };
  const said = (run: Awaited<ReturnType<typeof load>>) => run.logs.at(-1)!.message;
  const ids = async (month: string) =>
    (
      await lab.rows(`select ride_id from {baywheels_tripdata} where source_month = '${month}-01' order by ride_id`)
    ).flat();

  before(async () => {
    lab = await MonthLab.start("guards");
  });
  after(() => lab.stop());

  describe("that would do harm is refused before anything changes, unless it is accepted:", () => {
    const good = [header, ...rides("a", "2025-02", 40)].join("\n");
    const harmful: [string, string, RegExp][] = [
      [
        "dates of another form",
        good.replaceAll(/2025-02-(\d\d) (\d\d:\d\d):00/g, (at, day, time) =>
          day === "01" ? at : `2/${day}/2025 ${time}`,
        ),
        /: 38 of the 40 rows of the CSV would be rejected, more than 10%: 38 bad timestamp \(bad timestamp: a1,classic_bike,/,
      ],
      [
        "another month's rides",
        [header, ...rides("a", "2025-02", 15), ...rides("b", "2025-01", 25)].join("\n"),
        /: 25 of the 40 rides start in another month, more than half; the first one starts at 2025-01-01 08:00:00\. /,
      ],
      [
        "far fewer rides than before",
        [header, ...rides("a", "2025-02", 31)].join("\n"),
        /: the file has 31 trips, fewer than 80% of the 40 of the previous load\. /,
      ],
    ];
    harmful.push([
      "a few rides, where there were many",
      [header, ...rides("a", "2025-02", 5)].join("\n"),
      /: the file has 5 trips, fewer than 80% of the 40 of the previous load\. /,
    ]);
    before(async () => {
      const run = await load("202502", good);
      assert.equal(run.state.current, "SUCCESS", said(run));
    });
    for (const [what, content, reason] of harmful)
      it(what, async () => {
        const before = await ids("2025-02");
        const loads = await lab.rows("select * except (touched_months) from {baywheels_loads}");
        const refused = await load("202502", content);
        assert.equal(refused.state.current, "FAILED");
        assert.match(said(refused), reason);
        assert.match(said(refused), /If this is expected, set input accept to load it\. Once that is fixed, run 05_/);
        assert.deepEqual(await ids("2025-02"), before);
        assert.deepEqual(await lab.rows("select * except (touched_months) from {baywheels_loads}"), loads);
      });
    it("all of them are loaded when it is accepted, where a ride is left", async () => {
      const [, others, fewer] = harmful.map(([, content]) => content);
      for (const [content, count] of [
        [others, 40],
        [fewer, 31],
      ] as const) {
        const run = await load("202502", content!, { accept: "true" });
        assert.equal(run.state.current, "SUCCESS", said(run));
        assert.equal((await ids("2025-02")).length, count);
      }
    });
    it("none of them, with fewer than 20 rows, or at the limit", async () => {
      const few = [header, ...rides("a", "2025-04", 2), ...Array.from({ length: 17 }, () => "x")].join("\n");
      assert.match(said(await load("202504", few)), /: 2 of 19 rows; rejected: 17 malformed$/);
      const many = [...rides("a", "2025-06", 9), ...rides("b", "2025-05", 9), "x", "y"].join("\n");
      assert.match(said(await load("202506", `${header}\n${many}`)), /: 18 of 20 rows; rejected: 2 malformed$/);
    });
  });

  describe("is read", () => {
    const row = (id: string) => ride(id, "2023-07-05 08:00:00", "2023-07-05 08:10:00");
    const shuffled = header.split(",").reverse();
    const reversed = row("a").split(",").reverse().join(",");
    const files: [string, string | Uint8Array][] = [
      ["with a byte order mark and CRLF", `\uFEFF${header}\r\n${row("a")}\r\n`],
      [
        "with names in quotes, in capitals and with blanks around",
        `${header
          .toUpperCase()
          .split(",")
          .map((name) => `" ${name} "`)
          .join(",")}\n${row("a")}`,
      ],
      ["with columns in another order and one more", `${[...shuffled, "weather"].join(",")}\n${reversed},fog\n`],
      ["with blank lines in front, behind and between", `\n  \n${header}\n\n${row("a")}\n\n\n`],
      ["with lines that end with CR", `${header}\r${row("a")}\r`],
    ];
    for (const [what, content] of files)
      it(what, async () => {
        const run = await load("202307", content, { reload: "true" });
        assert.equal(run.state.current, "SUCCESS", said(run));
        assert.match(said(run), /: 1 of 1 rows; rejected: none$/);
        const columns = "ride_id, cast(started_at as string) as s, start_station_id, end_lng, member_casual";
        assert.deepEqual(
          await lab.rows(`select ${columns} from {baywheels_tripdata} where source_month = '2023-07-01'`),
          [["a", "2023-07-05 08:00:00", "SF-A1", "-122.42", "member"]],
        );
      });

    it("with words for nothing, blanks around ids, bytes that aren't UTF-8, a line end within quotes", async () => {
      const at = "2023-07-05 08:00:00,2023-07-05 08:10:00";
      const words = ["nan", "None", "N/A", "\\N", "null", "-", "inf", "NULL", ""];
      const lines = [
        ...words.map((word, i) => `w${i},${word},${at},${word},${word},B,SF-B1,${word},${word},37.78,-122.42,${word}`),
        ...words.map((word) => `${word},classic_bike,${at},A,SF-A1,B,SF-B1,37.77,-122.41,37.78,-122.42,member`),
        ` spaces ,classic_bike,${at}, A St , SF-A1 ,B,SF-B1, 37.77 ,-122.41,37.78,-122.42, member `,
        `"two`,
        `lines",classic_bike,${at},A,SF-A1,B,SF-B1,37.77,-122.41,37.78,-122.42,member`,
      ];
      const text = Buffer.from([header, ...lines, row("byte").replace("A St", "Caf\u0001 St")].join("\n"));
      text[text.indexOf(1)] = 0xe9;
      const run = await load(
        "202308",
        Buffer.from(text.toString("latin1").replaceAll("2023-07", "2023-08"), "latin1"),
        { accept: "true" },
      );
      assert.match(said(run), /: 11 of 22 rows; rejected: 11 malformed$/);
      const rows =
        await lab.rows(`select ride_id, rideable_type, start_station_name, start_station_id, start_lat, member_casual
        from {baywheels_tripdata} where source_month = '2023-08-01' order by ride_id`);
      assert.deepEqual(rows.slice(0, 2), [
        ["byte", "classic_bike", "Caf\uFFFD St", "SF-A1", "37.77", "member"],
        ["spaces", "classic_bike", "A St", "SF-A1", "37.77", "member"],
      ]);
      for (const [id, ...values] of rows.slice(2)) assert.deepEqual(values, [null, null, null, null, null], id!);
    });

    it("with CR line ends and many rows at no more than 4 kB of an execution for its header", async function () {
      this.timeout("3m");
      const lines = Array.from({ length: 30_000 }, (_, i) =>
        ride(`r${i}`, "2023-07-05 08:00:00", "2023-07-05 08:10:00"),
      );
      const run = await load("202307", [header, ...lines].join("\r"), { reload: "true" });
      assert.equal(run.state.current, "SUCCESS", said(run));
      const long = `${header},${"x".repeat(5_000_000)}\n${ride("a", "2023-09-05 08:00:00", "2023-09-05 08:10:00")}`;
      const refused = await load("202309", long.replace("end_lat", "end_latitude"));
      assert.match(said(refused), /the CSV lacks these columns: end_lat\. It has: ride_id,/);
      const plain = await load("202309", `${header.replace("end_lat", "end_latitude")}\nx`);
      const small = await load("202309", `${header}\n${ride("a", "2023-09-05 08:00:00", "2023-09-05 08:10:00")}`);
      const size = async (each: typeof run) => (await lab.shown(each)).length;
      assert.ok((await size(refused)) - (await size(plain)) < 4096);
      assert.ok((await size(run)) - (await size(small)) < 4096);
    });
  });

  it("is found by any name, the newest of several, which the log names", async () => {
    const archive = (id: string) =>
      zipSync({ "x.csv": strToU8(`${header}\n${ride(id, "2024-04-05 08:00:00", "2024-04-05 08:10:00")}\n`) });
    const names = [
      "202404 BayWheels-TripData.ZIP",
      "202404_baywheels_tripdata.csv.zip",
      "202404-baywheels-tripdata.csv.zip",
    ];
    for (const [i, name] of names.entries()) {
      lab.publisher.put(name, archive(`ride ${i}`));
      utimesSync(join(lab.publisher.folder, "baywheels-data", name), 1_700_000_000 - i * 60, 1_700_000_000 - i * 60);
    }
    for (const [i, name] of names.entries()) {
      const { state, logs } = await lab.run("04_gcp_load_month", { month: "2024-04" });
      assert.equal(state.current, "SUCCESS", JSON.stringify(logs));
      assert.ok(
        logs.at(-1)!.message.startsWith(`Month 2024-04 is loaded from ${name}: 1 of 1 rows`),
        logs.at(-1)!.message,
      );
      assert.deepEqual(await ids("2024-04"), [`ride ${i}`]);
      const others = names.slice(i + 1).join(", ");
      assert.deepEqual(
        logs.slice(0, -1).map(({ message }) => message),
        others === "" ? [] : [`Month 2024-04 has several objects. Loading the newest one, ${name}; ignoring ${others}`],
      );
      lab.publisher.withdraw(name);
    }
  });

  it("shares a ride with the next file, which starts it up to a month further", async () => {
    // the older file has it at the end of the month after it, the newer one at the start of the next
    await load("202401", `${header}\n${ride("far", "2024-02-29 23:50:00", "2024-03-01 00:10:00")}`);
    await load("202402", `${header}\n${ride("far", "2024-03-31 23:50:00", "2024-04-01 00:10:00")}`);
    const far = () => lab.trips().then((all) => all.filter((trip) => trip.startsWith("far ")));
    assert.deepEqual(await far(), ["far 2024-03-31 2024-02-01 2024-01-01"]);
    await lab.load("2024-01", { reload: "true" });
    assert.deepEqual(await far(), ["far 2024-03-31 2024-02-01 2024-01-01"]);
    await load("202402", `${header}\n${ride("other", "2024-02-05 23:50:00", "2024-02-06 00:10:00")}`);
    assert.deepEqual(await far(), ["far 2024-03-31 2024-01-01"]);
    await lab.load("2024-01", { reload: "true" });
    assert.deepEqual(await far(), ["far 2024-02-29 2024-01-01"]);
  });
});

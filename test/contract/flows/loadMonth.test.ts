import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { header, ride } from "../../support/publisher";
import { MonthLab } from "./support/monthLab";

const md5 = (content: string | Uint8Array) => createHash("md5").update(content).digest("hex");

/** Ends of a trip as the file's last columns. */
const places = (start: string, end: string) => `,,,,,${start},${end},casual`;

describe("04_gcp_load_month", () => {
  let lab: MonthLab;
  const rejected = (month: string) =>
    lab.rows(`select reason, raw from {baywheels_tripdata_rejected} where source_month = '${month}-01' order by raw`);
  const reasons = async (month: string) =>
    (await rejected(month)).map(([reason, raw]) => `${raw!.split(",")[0]}: ${reason}`);
  const loadOf = async (month: string, columns: string) =>
    (await lab.rows(`select ${columns} from {baywheels_loads} where source_month = '${month}-01'`))[0];

  const touched = async (month: string) =>
    (
      await lab.rows(`select format_date('%Y-%m', month) as month from {baywheels_loads} cross join unnest(touched_months) as month
      where source_month = '${month}-01' order by month`)
    ).join(" ");

  before(async () => {
    lab = await MonthLab.start("load_month");
  });
  after(() => lab.stop());

  it("accounts for every row, by reason: quoted or not, from a CSV of any name", async () => {
    const good = [
      ride("plain", "2021-01-05 08:00:00", "2021-01-05 08:10:00"),
      `"quoted","electric_bike","2021-01-05 08:00:00.123","2021-01-05 08:10:00.500","A ""new"", St","SF-A1","","","37.77","-122.41","37.78","-122.42","member"`,
      `mixed,,2021-01-31 23:50:00,2021-02-01 00:10:00,"A St",SF-A1,NULL,NULL,"37.77",-122.41,,,NULL`,
      `${ride("surplus", "2021-01-06 08:00:00", "2021-01-06 08:10:00")},"",`,
      `no end,electric_bike,2021-01-06 08:00:00,2021-01-06 08:10:00${places("37.77,-122.41", "0,0")}`,
    ];
    const bad: [string, string][] = [
      ["malformed", ride("A St", "2021-01-05 08:00:00", "2021-01-05 08:10:00").replace("A St", "A St,x")],
      ["malformed", "short,classic_bike,2021-01-05 08:00:00,2021-01-05 08:10:00,A St,SF-A1"],
      ["malformed", ride('open"', "2021-01-05 08:00:00", "2021-01-05 08:10:00")],
      // BigQuery drops what is behind the byte 1, and keeps NUL
      ["malformed", `"two\u0000`],
      [
        "malformed",
        `lines",classic_bike,2021-01-05 08:00:00,2021-01-05 08:10:00,,,,,37.77,-122.41,37.78,-122.42,member`,
      ],
      ["malformed", `${ride("more", "2021-01-06 08:00:00", "2021-01-06 08:10:00")},,x`],
      ["malformed", ride("", "2021-01-05 08:00:00", "2021-01-05 08:10:00")],
      ["bad timestamp", ride("no day", "2021-01-32 08:00:00", "2021-01-05 08:10:00")],
      ["bad timestamp", ride("no end", "2021-01-05 08:00:00", "NULL")],
      ["bad timestamp", ride("long ago", "1970-01-01 00:00:00", "1970-01-01 00:10:00")],
      ["bad timestamp", ride("far ahead", "2021-03-01 00:00:00", "2021-03-01 00:10:00")],
      ["end before start", ride("back", "2021-01-05 08:00:00", "2021-01-05 07:59:59.999")],
      ["over 24 h", ride("long", "2021-01-05 08:00:00", "2021-01-06 08:00:00.001")],
      ["over 24 h", ride("for ever", "2021-01-05 08:00:00", "9999-12-31 23:59:59")],
      ["no coordinates", `nowhere,electric_bike,2021-01-05 08:00:00,2021-01-05 08:10:00${places("37.77,", "0,0")}`],
      [
        "outside the Bay Area",
        `away,electric_bike,2021-01-05 08:00:00,2021-01-05 08:10:00${places("37.77,-122.41", "45.5,-122.6")}`,
      ],
      ["duplicate", ride("plain", "2021-01-05 08:00:00", "2021-01-05 08:11:00")],
    ];
    const text = [...good, "", ...bad.map(([, row]) => row.replace("\0", "\0\u0001dropped")), "   "];
    // an external table has no order: the header may be anywhere, here behind a blank line
    const lines = ["", `\uFEFF${header}`, ...text];
    const archive = zipSync({
      "Trips of January.csv": strToU8(`${lines.join("\r\n")}\r\n`),
      "__MACOSX/._x.csv": strToU8("fork"),
    });
    lab.publisher.put("202101-baywheels-tripdata.csv.zip", archive);
    assert.match(
      await lab.load("2021-01", { accept: "true" }),
      /^Month 2021-01 is loaded from 202101-baywheels-tripdata\.csv\.zip: 5 of 22 rows; rejected: 4 bad timestamp, 1 duplicate, 1 end before start, 7 malformed, 1 no coordinates, 1 outside the Bay Area, 2 over 24 h$/,
    );
    assert.deepEqual(
      await rejected("2021-01"),
      bad.toSorted(([, a], [, b]) => (a < b ? -1 : 1)),
    );
    assert.deepEqual(
      await lab.rows(`select ride_id, rideable_type, cast(started_at as string) as started, start_station_name, end_station_id, end_lat,
        member_casual, to_hex(unique_row_id) as id from {baywheels_tripdata} order by ride_id`),
      [
        ["mixed", null, "2021-01-31 23:50:00", "A St", null, null, null, md5("mixed")],
        ["no end", "electric_bike", "2021-01-06 08:00:00", null, null, "0.0", "casual", md5("no end")],
        ["plain", "classic_bike", "2021-01-05 08:00:00", "A St", "SF-B1", "37.78", "member", md5("plain")],
        ["quoted", "electric_bike", "2021-01-05 08:00:00.123", 'A "new", St', null, "37.78", "member", md5("quoted")],
        ["surplus", "classic_bike", "2021-01-06 08:00:00", "A St", "SF-B1", "37.78", "member", md5("surplus")],
      ],
    );
    assert.deepEqual(
      await loadOf(
        "2021-01",
        "object_name, size_bytes, etag, rows_in_file, rows_loaded, rows_rejected, array_to_string(array(select cast(month as string) from unnest(touched_months) as month), ' ') as months, seconds > 0 as lasted, published_at > timestamp '2020-01-01' as dated",
      ),
      [
        "202101-baywheels-tripdata.csv.zip",
        String(archive.length),
        md5(archive),
        "22",
        "5",
        "17",
        "2021-01-01",
        "true",
        "true",
      ],
    );
  });

  it("skips an object that has not changed, saying so, and loads it when asked to or when it has", async () => {
    const before = await loadOf("2021-01", "execution_id");
    assert.match(
      await lab.load("2021-01"),
      /^Month 2021-01 is skipped: 202101-baywheels-tripdata\.csv\.zip has not changed since it was loaded \(ETag [0-9a-f]{32}\)\. To load it anyway, set input reload$/,
    );
    assert.deepEqual(await loadOf("2021-01", "execution_id"), before);
    const trips = await lab.trips();
    assert.match(await lab.load("2021-01", { reload: "true", accept: "true" }), /^Month 2021-01 is loaded/);
    assert.notDeepEqual(await loadOf("2021-01", "execution_id"), before);
    assert.deepEqual(await lab.trips(), trips);
    assert.equal((await rejected("2021-01")).length, 17);
  });

  it("makes the main table equal to a corrected file: moved, vanished and new rides", async () => {
    lab.publisher.publish(
      "202101",
      header,
      ride("plain", "2021-01-09 08:00:00", "2021-01-09 08:10:00"),
      ride("new", "2020-12-31 23:55:00", "2021-01-01 00:05:00"),
    );
    await lab.load("2021-01", { accept: "true" });
    assert.deepEqual(await lab.trips(), ["new 2020-12-31 2021-01-01", "plain 2021-01-09 2021-01-01"]);
    assert.deepEqual(await rejected("2021-01"), []);
    assert.equal(await touched("2021-01"), "2020-12 2021-01");
  });

  it("keeps a ride that two files bring once, the newer file's, and gives it back when that drops it", async () => {
    const edge = (start: string) => ride("edge", `${start}:00`, "2021-02-01 00:20:00");
    lab.publisher.publish("202101", header, edge("2021-01-31 23:50"));
    await lab.load("2021-01");
    lab.publisher.publish(
      "202102",
      header,
      edge("2021-02-01 00:10"),
      ride("february", "2021-02-10 08:00:00", "2021-02-10 08:10:00"),
    );
    await lab.load("2021-02");
    const both = ["edge 2021-02-01 2021-02-01 2021-01-01", "february 2021-02-10 2021-02-01"];
    assert.deepEqual(await lab.trips(), both);
    // the month that the ride left is touched too
    assert.equal(await touched("2021-02"), "2021-01 2021-02");
    await lab.load("2021-01", { reload: "true" });
    assert.deepEqual(await lab.trips(), both);
    lab.publisher.publish("202102", header, ride("february", "2021-02-10 08:00:00", "2021-02-10 08:10:00"));
    await lab.load("2021-02");
    await lab.load("2021-01", { reload: "true" });
    assert.deepEqual(await lab.trips(), ["edge 2021-01-31 2021-01-01", "february 2021-02-10 2021-02-01"]);
  });

  it("maps the old schema: no ride id, NULL texts, personal and empty columns", async () => {
    const columns =
      '"duration_sec","start_time","end_time","start_station_id","start_station_name","start_station_latitude","start_station_longitude","end_station_id","end_station_name","end_station_latitude","end_station_longitude","bike_id","user_type","member_birth_year","member_gender","bike_share_for_all_trip",';
    const old = (bike: string, day: string, station: string, type: string) =>
      `600,"2018-05-${day} 08:00:00.1230","2018-05-${day} 08:10:00.1230",12,"A St",37.77,-122.41,${station},37.78,-122.42,${bike},"${type}",1980,"Male","No"`;
    const rows = [
      `${old("1234", "05", '3,"B St"', "Subscriber")},`,
      `${old("1234", "06", 'NULL,"NULL"', "Customer")},`,
      `${old("1234", "05", '3,"B St"', "Subscriber")},`,
      `${old("", "07", '3,"B St"', "Subscriber")},`,
      // the field too many pushes a value into the column without a name
      `${old("1234", "08", '3,"B St",', "Subscriber")},`,
      `${old("1234", "09", '3,"B St"', "Subscriber").replace('"2018-05-09 08:10:00.1230"', "NULL")},`,
    ];
    lab.publisher.put(
      "201805-fordgobike-tripdata.csv.zip",
      zipSync({ "2018.csv": strToU8([columns, ...rows].join("\n")) }),
    );
    await lab.load("2018-05");
    assert.deepEqual(
      (await rejected("2018-05")).map(([reason, raw]) => `${/2018-05-\d+/.exec(raw!)![0]} ${reason}`),
      ["2018-05-05 duplicate", "2018-05-07 malformed", "2018-05-08 malformed", "2018-05-09 bad timestamp"],
    );
    const key = (day: string, type: string) =>
      md5(`1234|2018-05-${day} 08:00:00.1230|2018-05-${day} 08:10:00.1230|600|${type}`);
    assert.deepEqual(
      await lab.rows(`select to_hex(unique_row_id) as id, ride_id, rideable_type, cast(ended_at as string) as ended, start_station_id,
        end_station_id, end_station_name, end_lat, member_casual from {baywheels_tripdata} where source_month = '2018-05-01' order by started_at`),
      [
        [key("05", "Subscriber"), null, null, "2018-05-05 08:10:00.123", "12", "3", "B St", "37.78", "member"],
        [key("06", "Customer"), null, null, "2018-05-06 08:10:00.123", "12", null, null, "37.78", "casual"],
      ],
    );
  });

  it("handles both clock changes", async () => {
    lab.publisher.publish(
      "202411",
      header,
      ride("over the change", "2024-11-03 01:50:00", "2024-11-03 01:10:00"),
      ride("another night", "2024-11-10 01:50:00", "2024-11-10 01:10:00"),
      ride("too early", "2024-11-03 02:10:00", "2024-11-03 01:05:00"),
      // by the clock a day, in truth an hour more; and an hour more by the clock that is a day
      ride("25 hours", "2024-11-02 12:00:00", "2024-11-03 12:00:00"),
      ride("24 hours", "2024-11-02 12:00:00", "2024-11-03 11:00:00"),
    );
    await lab.load("2024-11");
    assert.deepEqual(await reasons("2024-11"), [
      "25 hours: over 24 h",
      "another night: end before start",
      "too early: end before start",
    ]);
    lab.publisher.publish(
      "202503",
      header,
      ride("24 hours", "2025-03-08 12:00:00", "2025-03-09 13:00:00"),
      ride("longer", "2025-03-08 12:00:00", "2025-03-09 13:00:01"),
      ride("forward", "2025-03-09 01:50:00", "2025-03-09 03:10:00"),
      // the clock did not show that hour
      ride("no such start", "2025-03-09 02:30:00", "2025-03-09 03:10:00"),
      ride("no such end", "2025-03-09 01:50:00", "2025-03-09 02:00:00"),
    );
    await lab.load("2025-03");
    assert.deepEqual(await reasons("2025-03"), [
      "longer: over 24 h",
      "no such end: bad timestamp",
      "no such start: bad timestamp",
    ]);
  });

  it("lets the tables of a month expire after 30 days", async () => {
    const rows = await lab.rows(`select table_name, option_value from load_month.INFORMATION_SCHEMA.TABLE_OPTIONS
      where option_name = 'expiration_timestamp' and table_name like '%2021_01%' order by table_name`);
    assert.deepEqual(
      rows.map(([name]) => name),
      ["baywheels_tripdata_2021_01", "baywheels_tripdata_2021_01_ext", "baywheels_tripdata_2021_01_fields"],
    );
    for (const [, value] of rows) {
      const at = Date.parse(/"(.*) UTC"/.exec(value!)![1]!.replace(" ", "T") + "Z");
      assert.ok(Math.abs(at - Date.now() - 30 * 86_400_000) < 3_600_000, value!);
    }
  });

  it("covers the Bay Area's counties by its box", async () => {
    const { countiesCsv } = await import("../../../local/openData/counties");
    const sql = readFileSync(join("flows", "sql", "monthly_table.sql"), "utf8");
    const range = (name: string) =>
      new RegExp(`start_${name} between (\\S+) and ([\\d.-]+)`).exec(sql)!.slice(1).map(Number) as [number, number];
    const [[west, east], [south, north]] = [range("lng"), range("lat")];
    for (const [, lng, lat] of countiesCsv().matchAll(/(-12\d\.\d+) (3\d\.\d+)/g)) {
      assert.ok(west < Number(lng) && Number(lng) < east, lng);
      assert.ok(south < Number(lat) && Number(lat) < north, lat);
    }
  });
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { writeArchive } from "../../sandbox/openData/archive";
import { publishedCatalogue, type PublishedMonth } from "../../sandbox/openData/catalogue";
import { countiesCsv } from "../../sandbox/openData/counties";
import { listingPage, pageOf } from "../../sandbox/openData/listing";
import { isSkipped, wallAfter } from "../../sandbox/openData/pacificClock";
import { kilometres, stations } from "../../sandbox/openData/stations";
import { tripsOf } from "../../sandbox/openData/trips";

const monthOf = (month: string) => publishedCatalogue.find((each) => each.month === month)!;

/** The zip of a generated month. */
async function archiveOf(month: PublishedMonth, trips: number): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "open-data-"));
  try {
    await writeArchive(join(folder, "month.zip"), month, trips);
    assert.deepEqual(readdirSync(folder), ["month.zip"]);
    return readFileSync(join(folder, "month.zip"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Files of a generated month's zip by name. */
const unpacked = async (month: PublishedMonth, trips: number) => unzipSync(await archiveOf(month, trips));

/** Rows of a generated month without its header, values without their quotes. */
async function rowsOf(month: PublishedMonth, trips = 2000): Promise<string[][]> {
  const lines = strFromU8((await unpacked(month, trips))[month.csvName]!)
    .trimEnd()
    .split("\n")
    .slice(1);
  return lines.map((line) => line.replaceAll('"', "").split(","));
}

describe("generated months", () => {
  it("are published under the names of the source, irregular ones too, one month never", () => {
    const names = publishedCatalogue.map(({ objectName }) => objectName);
    assert.equal(names[0], "202211-baywheeels-tripdata.csv.zip");
    assert.ok(names.includes("202503-baywheels-tripdata.zip"));
    assert.equal(names.at(-1), "202609-lyftbikes-tripdata.zip");
    assert.ok(names.includes("202403-baywheels-tripdata.csv.zip"));
    assert.ok(!names.some((name) => name.startsWith("202404")));
  });

  it("are the same bytes at every run and on every machine", async () => {
    const hash = createHash("sha256")
      .update(await archiveOf(monthOf("2026-09"), 2500))
      .digest("hex");
    assert.equal(hash, "671198d602df07b129f9f73afca535a4d8d060cc02d5e47246d60e56e63c82e2");
  });

  it("hold the CSV and macOS's resource fork", async () => {
    const files = await unpacked(monthOf("2026-09"), 100);
    assert.deepEqual(Object.keys(files), ["202609-baywheels-tripdata.csv", "__MACOSX/._202609-baywheels-tripdata.csv"]);
    assert.deepEqual([...files["__MACOSX/._202609-baywheels-tripdata.csv"]!.slice(0, 4)], [0, 5, 22, 7]);
  });

  const styles: [string, RegExp][] = [
    ["2024-01", /^[0-9A-F]{16},[a-z_]+,2024-01-\d\d \d\d:\d\d:\d\d,2024-0[12]-\d\d \d\d:\d\d:\d\d,[^"]*$/],
    ["2026-07", /^"[0-9A-F]{16}","[a-z_]+","2026-07-\d\d \d\d:\d\d:\d\d\.\d{3}",(".*",){8}".*"$/],
    ["2026-08", /^[0-9A-F]{16},[a-z_]+,2026-08-\d\d \d\d:\d\d:\d\d,2026-0[89]-\d\d \d\d:\d\d:\d\d,[^"]*$/],
  ];
  for (const [name, pattern] of styles) {
    it(`write the rows of ${name} in that month's style`, async () => {
      const month = monthOf(name);
      const lines = strFromU8((await unpacked(month, 500))[month.csvName]!)
        .trimEnd()
        .split("\n")
        .slice(4);
      for (const line of lines) assert.match(line, pattern);
    });
  }

  it("hold what the source holds: dockless trips, missing ends, edges of the month, copies", async () => {
    const rows = await rowsOf(monthOf("2026-07"));
    assert.ok(rows.every((row) => row.length === 13));
    const dockless = rows.filter((row) => row[4] === "");
    assert.ok(dockless.length > 0);
    for (const row of dockless) {
      assert.deepEqual([row[1], row[5]], ["electric_bike", ""]);
      assert.match(`${row[8]},${row[9]}`, /^3\d(\.\d{1,2})?,-12\d(\.\d{1,2})?$/);
    }
    assert.ok(rows.some((row) => row[10] === "" && row[11] === ""));
    assert.equal(rows.filter((row) => row[2]!.startsWith("2026-06-30")).length, 3);
    assert.ok(rows.some((row) => row[2]!.startsWith("2026-07-31") && row[3]!.startsWith("2026-08-01")));
    assert.equal(rows.length - new Set(rows.map((row) => row[0])).size, 3);
  });

  it("are about as large as asked for", async () => {
    for (const trips of [300, 3000]) {
      const count = (await rowsOf(monthOf("2026-07"), trips)).length;
      assert.ok(Math.abs(count - trips) <= trips * 0.2, `${count} rows for ${trips}`);
    }
  });
});

describe("generated trips", () => {
  const trips = [...tripsOf("2026-07", 20_000)];

  it("are rides of a plausible length and time, mostly 0.5 to 5 km", () => {
    const places = new Map(stations.map((station) => [station.id, station]));
    const lengths = trips.flatMap(({ start, end }) => {
      const [from, to] = [places.get(start.stationId), places.get(end.stationId)];
      return from && to ? [kilometres(from, to)] : [];
    });
    assert.ok(lengths.filter((length) => length >= 0.5 && length <= 5).length > lengths.length * 0.85);
    for (const { startedAt, endedAt } of trips) {
      const minutes = (endedAt - startedAt) / 60_000;
      assert.ok(minutes > 0.5 && minutes < 120, `${minutes} minutes`);
    }
  });

  it("are more at the hours of commuting than at night, and of members than of others", () => {
    const at = (hour: number) => trips.filter(({ startedAt }) => new Date(startedAt).getUTCHours() === hour).length;
    assert.ok(at(17) > at(12) && at(12) > 5 * at(3));
    const members = trips.filter(({ memberCasual }) => memberCasual === "member").length;
    assert.ok(members > trips.length * 0.55 && members < trips.length * 0.75);
  });

  it("have docked bikes in older months only", () => {
    const docked = (month: string) => [...tripsOf(month, 1000)].some((trip) => trip.rideableType === "docked_bike");
    assert.deepEqual([docked("2023-12"), docked("2024-01")], [true, false]);
  });
});

describe("the wall clock of San Francisco", () => {
  const wall = (text: string) => Date.parse(`${text}Z`);
  const after = (text: string, minutes: number) =>
    new Date(wallAfter(wall(text), minutes * 60_000)).toISOString().slice(0, 16);

  it("skips an hour in March and shows one twice in November", () => {
    assert.equal(after("2025-03-09T01:50", 20), "2025-03-09T03:10");
    assert.equal(after("2025-11-02T01:50", 20), "2025-11-02T01:10");
    assert.equal(after("2025-07-06T01:50", 20), "2025-07-06T02:10");
    assert.deepEqual(
      ["2025-03-09T01:59", "2025-03-09T02:00", "2025-03-09T02:59", "2025-03-09T03:00"].map((text) =>
        isSkipped(wall(text)),
      ),
      [false, true, true, false],
    );
  });

  it("changes when the time zone database says so", () => {
    const zone = new Intl.DateTimeFormat("sv-SE", {
      timeZone: "America/Los_Angeles",
      dateStyle: "short",
      timeStyle: "short",
    });
    for (let year = 2022; year <= 2026; year++) {
      for (const start of [Date.UTC(year, 2, 7, 20), Date.UTC(year, 10, 1, 20)]) {
        const shown = (time: number) => zone.format(time).replace(" ", "T");
        for (let hours = 0; hours < 24 * 9; hours++) {
          const [before, next] = [shown(start + hours * 3_600_000), shown(start + (hours + 1) * 3_600_000)];
          // of an hour that is shown twice, wallAfter takes the first
          if (shown(start + (hours - 1) * 3_600_000) === before) continue;
          assert.equal(after(before, 60), next);
        }
      }
    }
  });

  it("never shows a trip's start in the skipped hour", () => {
    const march = [...tripsOf("2025-03", 30_000)];
    assert.ok(!march.some(({ startedAt, endedAt }) => isSkipped(startedAt) || isSkipped(endedAt)));
  });
});

describe("generated stations", () => {
  /** Outer rings of the counties by name. */
  const outlines = countiesCsv()
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((row) => {
      const rings = [...row.matchAll(/\(\(([^()]+)\)/g)].map(([, ring]) =>
        ring!.split(", ").map((point) => point.split(" ").map(Number) as [number, number]),
      );
      return { name: /,"([^"]+)"$/.exec(row)![1]!, rings };
    });

  function isInside(ring: [number, number][], x: number, y: number): boolean {
    let inside = false;
    for (const [i, [x1, y1]] of ring.entries()) {
      const [x2, y2] = ring.at(i - 1)!;
      if (y1 > y !== y2 > y && x < x1 + ((x2 - x1) * (y - y1)) / (y2 - y1)) inside = !inside;
    }
    return inside;
  }

  it("have their own id and name within their city, and lie in its county", () => {
    const counties: Record<string, string> = {
      SF: "San Francisco",
      OK: "Alameda",
      BK: "Alameda",
      EM: "Alameda",
      SJ: "Santa Clara",
    };
    assert.ok(stations.length >= 150 && stations.length <= 250);
    assert.equal(new Set(stations.map(({ id }) => id)).size, stations.length);
    for (const { id, lat, lng } of stations) {
      assert.match(id, /^(SF-[A-Z]\d+-\d|(OK|BK|EM|SJ)-[A-Z]\d+)$/);
      const county = outlines.find(({ rings }) => rings.some((ring) => isInside(ring, lng, lat)));
      assert.equal(county?.name, counties[id.slice(0, 2)], id);
    }
  });
});

describe("the counties file", () => {
  it("holds the outlines of the nine counties", () => {
    const [head, ...rows] = countiesCsv().trimEnd().split("\n");
    assert.equal(head, '"the_geom","objectid","fipsstco","county"');
    const names = rows.map((row) => /"(\d{5})","([^"]+)"$/.exec(row)?.slice(1).join(" "));
    assert.deepEqual(names, [
      "06001 Alameda",
      "06013 Contra Costa",
      "06041 Marin",
      "06055 Napa",
      "06075 San Francisco",
      "06081 San Mateo",
      "06085 Santa Clara",
      "06095 Solano",
      "06097 Sonoma",
    ]);
    for (const row of rows) assert.match(row, /^"MULTIPOLYGON \(\(\(-12[1-4]\.\d+ 3[6-9]\.\d+, /);
  });
});

describe("the bucket's listing", () => {
  const object = (key: string) => ({ key, lastModified: new Date(0), content: { size: 5, md5: "abc" } });
  const page = (query: object) => {
    const asked = { prefix: "", marker: "", maxKeys: 1000, ...query };
    const { keys, truncated } = pageOf(["a&b.zip", "b.zip", "c.zip"], asked);
    return listingPage(keys.map(object), truncated, asked);
  };
  const keys = (xml: string) => [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key);

  it("tells key, date, hash and size of each object, as XML", () => {
    const contents =
      "<Contents><Key>b.zip</Key><LastModified>1970-01-01T00:00:00.000Z</LastModified><ETag>&quot;abc&quot;</ETag><Size>5</Size></Contents>";
    assert.ok(page({ prefix: "b" }).includes(contents));
    assert.deepEqual(keys(page({ prefix: "a" })), ["a&amp;b.zip"]);
  });

  it("goes on behind the marker, page by page", () => {
    const first = page({ maxKeys: 2 });
    assert.deepEqual(keys(first), ["a&amp;b.zip", "b.zip"]);
    assert.match(first, /<IsTruncated>true</);
    const second = page({ marker: "b.zip", maxKeys: 2 });
    assert.deepEqual(keys(second), ["c.zip"]);
    assert.match(second, /<IsTruncated>false</);
  });

  it("calls a page of no keys complete, and never gives more than a thousand", () => {
    assert.match(page({ maxKeys: 0 }), /<MaxKeys>0<.*<IsTruncated>false</);
    assert.match(page({ maxKeys: 5000 }), /<MaxKeys>1000</);
  });

  it("leaves hash and size out of what is not made yet", () => {
    const asked = { prefix: "", marker: "", maxKeys: 1000 };
    const xml = listingPage([{ key: "a.zip", lastModified: new Date(0) }], false, asked);
    assert.doesNotMatch(xml, /ETag|Size/);
  });
});

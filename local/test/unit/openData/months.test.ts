import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { publishedMonthsOf } from "../../../openData/catalogue";
import { countiesCsv } from "../../../openData/counties";
import { defaultIrregularities, type Irregularities } from "../../../openData/irregularities";
import { listingPage, pageOf, publishedMonths } from "../../../openData/listing";
import { isSkipped, wallAfter } from "../../../openData/pacificClock";
import { kilometres, stations } from "../../../openData/stations";
import { tripsOf } from "../../../openData/trips";
import { bytesOf, GeneratedMonth } from "./generatedMonth";

/** The bytes of a generated month, by default with the default irregularities. */
const archiveOf = (name: string, trips: number, on: Irregularities = defaultIrregularities) =>
  bytesOf(
    publishedMonthsOf(on).find(({ month }) => month === name)!,
    trips,
    on,
  );

const generated = async (month: string, trips: number, on?: Irregularities) =>
  new GeneratedMonth(await archiveOf(month, trips, on), month);

describe("a generated month", () => {
  it("has the same bytes at every run and on every machine", async () => {
    const hash = createHash("sha256")
      .update(await archiveOf("2026-09", 2500))
      .digest("hex");
    assert.equal(hash, "2adc78205871b059f70dc97aba0a5ba5b46b44a9efa239034e95cffc3cd0fcea");
  });

  it("is about as large as asked for", async () => {
    for (const trips of [300, 3000]) {
      const count = (await generated("2026-07", trips)).rows.length;
      assert.ok(Math.abs(count - trips) <= trips * 0.2, `${count} rows for ${trips}`);
    }
  });
});

describe("generated trips", () => {
  const trips = [...tripsOf("2026-07", 20_000)];

  it("have plausible lengths and durations, mostly 0.5 to 5 km", () => {
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
});

describe("the wall clock of San Francisco", () => {
  const wall = (text: string) => Date.parse(`${text}Z`);
  const after = (text: string, minutes: number) =>
    new Date(wallAfter(wall(text), minutes * 60_000)).toISOString().slice(0, 16);

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
          // wallAfter takes the first of two equal hours
          if (shown(start + (hours - 1) * 3_600_000) === before) continue;
          assert.equal(after(before, 60), next);
        }
      }
    }
  });

  it("never shows a trip in the hour that March skips", () => {
    const skipped = ["01:59", "02:00", "02:59", "03:00"].map((time) => isSkipped(wall(`2025-03-09T${time}`)));
    assert.deepEqual(skipped, [false, true, true, false]);
    const march = [...tripsOf("2025-03", 30_000)];
    assert.ok(!march.some(({ startedAt, endedAt }) => isSkipped(startedAt) || isSkipped(endedAt)));
  });
});

it("generated stations have an id of their own", () => {
  assert.ok(stations.length >= 150 && stations.length <= 250);
  assert.equal(new Set(stations.map(({ id }) => id)).size, stations.length);
  for (const { id } of stations) assert.match(id, /^(SF-[A-Z]\d+-\d|(OK|BK|EM|SJ)-[A-Z]\d+)$/);
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
  it("is split into pages of at most a thousand keys, escaped, an empty one being the last", () => {
    const page = (query: object) => {
      const asked = { prefix: "", marker: "", maxKeys: 1000, ...query };
      const { keys, truncated } = pageOf(["a&b.zip", "b.zip", "c.zip"], asked);
      const objects = keys.map((key) => ({ key, lastModified: new Date(0) }));
      const xml = listingPage(objects, truncated, asked);
      const values = [...xml.matchAll(/<(?:MaxKeys|IsTruncated|Key)>([^<]*)</g)];
      return values.map(([, value]) => value).join(" ");
    };
    assert.equal(page({ prefix: "a" }), "1000 false a&amp;b.zip");
    assert.equal(page({ maxKeys: 2 }), "2 true a&amp;b.zip b.zip");
    assert.equal(page({ marker: "b.zip", maxKeys: 2 }), "2 false c.zip");
    assert.equal(page({ maxKeys: 0 }), "0 false");
    assert.equal(page({ maxKeys: 5000 }), "1000 false a&amp;b.zip b.zip c.zip");
  });

  it("is read page by page by publishedMonths", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const marker = new URL(request.url!, "http://127.0.0.1").searchParams.get("marker")!;
      asked.push(marker);
      const names = [`20250${marker === "" ? 1 : 2}-baywheels-tripdata.csv.zip`, "202501-z-tripdata.zip"];
      const contents = names
        .map(
          (name) => `<Contents><Key>${name}</Key><LastModified>2025-06-0${name.length % 9}</LastModified></Contents>`,
        )
        .join("");
      response.end(`<ListBucketResult><IsTruncated>${marker === ""}</IsTruncated>${contents}</ListBucketResult>`);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    try {
      const months = await publishedMonths(`http://127.0.0.1:${(server.address() as AddressInfo).port}/bucket`);
      assert.deepEqual(months, [
        { month: "2025-01", objectName: "202501-baywheels-tripdata.csv.zip" },
        { month: "2025-02", objectName: "202502-baywheels-tripdata.csv.zip" },
      ]);
      assert.deepEqual(asked, ["", "202501-z-tripdata.zip"]);
    } finally {
      server.close();
    }
  });
});

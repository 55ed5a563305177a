import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { strFromU8, unzipSync } from "fflate";
import { archiveOf } from "../../sandbox/openData/archive";
import { publishedCatalogue, type PublishedMonth } from "../../sandbox/openData/catalogue";
import { countiesCsv } from "../../sandbox/openData/counties";
import { listingPage } from "../../sandbox/openData/listing";

const monthOf = (month: string) => publishedCatalogue.find((each) => each.month === month)!;

/** Files of a generated month's zip by name. */
const unpacked = (month: PublishedMonth, trips: number) => unzipSync(archiveOf(month, trips));

/** Rows of a generated month without its header, values without their quotes. */
function rowsOf(month: PublishedMonth, trips = 2000): string[][] {
  const lines = strFromU8(unpacked(month, trips)[month.csvName]!).trimEnd().split("\n").slice(1);
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

  it("are the same bytes at every run and on every machine", () => {
    const hash = createHash("sha256")
      .update(archiveOf(monthOf("2026-09"), 500))
      .digest("hex");
    assert.equal(hash, "d256ea2e938798719406e77ffe90571083a867f187df46e8e7bf977289a8361d");
  });

  it("hold the CSV and macOS's resource fork", () => {
    const files = unpacked(monthOf("2026-09"), 100);
    assert.deepEqual(Object.keys(files), ["202609-baywheels-tripdata.csv", "__MACOSX/._202609-baywheels-tripdata.csv"]);
    assert.deepEqual([...files["__MACOSX/._202609-baywheels-tripdata.csv"]!.slice(0, 4)], [0, 5, 22, 7]);
  });

  const styles: [string, RegExp][] = [
    ["2024-01", /^[0-9A-F]{16},[a-z_]+,2024-01-\d\d \d\d:\d\d:\d\d,2024-0[12]-\d\d \d\d:\d\d:\d\d,[^"]*$/],
    ["2026-07", /^"[0-9A-F]{16}","[a-z_]+","2026-07-\d\d \d\d:\d\d:\d\d\.\d{3}",(".*",){8}".*"$/],
    ["2026-08", /^[0-9A-F]{16},[a-z_]+,2026-08-\d\d \d\d:\d\d:\d\d,2026-0[89]-\d\d \d\d:\d\d:\d\d,[^"]*$/],
  ];
  for (const [name, pattern] of styles) {
    it(`write the rows of ${name} in that month's style`, () => {
      const month = monthOf(name);
      const lines = strFromU8(unpacked(month, 500)[month.csvName]!).trimEnd().split("\n").slice(4);
      for (const line of lines) assert.match(line, pattern);
    });
  }

  it("hold what the source holds: dockless trips, missing ends, edges of the month, copies", () => {
    const rows = rowsOf(monthOf("2026-07"));
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

  it("are about as large as asked for", () => {
    for (const trips of [300, 3000]) {
      const count = rowsOf(monthOf("2026-07"), trips).length;
      assert.ok(Math.abs(count - trips) <= trips * 0.2, `${count} rows for ${trips}`);
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
  const objects = ["a&b.zip", "b.zip", "c.zip"].map(object);
  const page = (query: object) => listingPage(objects, { prefix: "", marker: "", maxKeys: 1000, ...query });
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
});

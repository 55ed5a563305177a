import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { countiesCsv } from "../../../openData/counties";
import { Random } from "../../../openData/random";
import { bigQueryLab, type Cell, type Emulator } from "../../../lab/bigQueryLab";
import { tool } from "../../../lab/localServices";

interface Place {
  lat: number;
  lng: number;
}

/** What S2, which BigQuery uses, computes for a place. */
interface Expected {
  /** Its counties. */
  within: string[];
  /** Metres to the next place. */
  next: number;
}

const placesOf = (count: number, random: Random): Place[] =>
  Array.from({ length: count }, () => ({ lat: random.between(36.9, 38.9), lng: random.between(-123.6, -121.2) }));

describe("geography: the emulator computes what S2 computes", () => {
  const random = new Random(4);
  const outlines = Object.fromEntries(
    countiesCsv()
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => {
        const [, wkt, rest] = /^"([^"]+)",(.*)$/.exec(line)!;
        return [rest!.split(",").at(-1)!.replaceAll(`"`, ""), wkt!];
      }),
  );
  // close to each other as in trips, far away, and near corners of outlines
  const places = [
    ...placesOf(1500, random),
    ...Object.values(outlines).flatMap((wkt) =>
      [...wkt.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, lng, lat]) => ({
        lat: Number(lat) + random.between(-0.01, 0.01),
        lng: Number(lng) + random.between(-0.01, 0.01),
      })),
    ),
    { lat: 0, lng: 0 },
    { lat: 90, lng: 0 },
    { lat: -90, lng: 0 },
    { lat: 0, lng: 180 },
    { lat: 0, lng: -180 },
  ];
  let emulator: Emulator;
  let expected: Expected[];
  let found: Cell[][];

  before(async function () {
    this.timeout("2m");
    emulator = (await bigQueryLab()).patched;
    const python = tool(process.env.ORACLES_PYTHON, "oracles", "bin", "python");
    const request = JSON.stringify({ outlines, places: places.map(({ lat, lng }) => [lat, lng]) });
    expected = JSON.parse(
      execFileSync(python, ["-B", join("local", "oracles", "truth", "within.py")], {
        input: request,
        encoding: "utf8",
        maxBuffer: 1 << 26,
      }),
    ) as Expected[];
    const shapes = Object.entries(outlines).map(([name, wkt]) => `('${name}', '${wkt}')`);
    const points = places.map(({ lat, lng }, i) => {
      const next = places[(i + 1) % places.length]!;
      return `(${i}, ${lat}, ${lng}, ${next.lat}, ${next.lng})`;
    });
    await emulator.rows([
      "create or replace table lab.shapes (name string, wkt string)",
      `insert into lab.shapes (name, wkt) values ${shapes.join(", ")}`,
      "create or replace table lab.places (i int64, lat float64, lng float64, next_lat float64, next_lng float64)",
      `insert into lab.places (i, lat, lng, next_lat, next_lng) values ${points.join(", ")}`,
    ]);
    const result = await emulator.query(
      `with shapes as (select name, st_geogfromtext(wkt, make_valid => true) as outline from lab.shapes),
       inside as (
         select places.i, shapes.name from lab.places as places
         inner join shapes on st_within(st_geogpoint(places.lng, places.lat), shapes.outline)
       )
       select p.i, array_to_string(array(select name from inside where inside.i = p.i order by name), ','),
         st_distance(st_geogpoint(p.lng, p.lat), st_geogpoint(p.next_lng, p.next_lat))
       from lab.places as p order by p.i`,
      { maxResults: 10_000 },
    );
    if (!("rows" in result)) throw new Error(result.message);
    found = result.rows;
  });

  it("the counties of places, also close to a border", () => {
    const differing = found.flatMap(([i, names], index) => {
      const within = expected[index]!.within.join(",");
      return names === within ? [] : [`place ${String(i)}: in ${within}, found in ${String(names)}`];
    });
    assert.deepEqual(differing, []);
    assert.ok(expected.filter(({ within }) => within.length > 0).length > 500);
  });

  it("distances: short ones to a thousandth of a millimetre, long ones to a billionth", () => {
    for (const [index, [, , distance]] of found.entries()) {
      const { next } = expected[index]!;
      const difference = Math.abs(Number(distance) - next);
      assert.ok(difference < Math.max(1e-6, next * 1e-9), `place ${index}: S2 ${next} m, found ${Number(distance)} m`);
    }
  });

  it("no distance from or to an unknown place", async () => {
    const rows = await emulator.rows(
      "select st_distance(st_geogpoint(null, 1.0), st_geogpoint(1.0, 1.0)), st_within(st_geogpoint(1.0, null), st_geogfromtext('POINT(1 1)'))",
    );
    assert.deepEqual(rows, [[null, null]]);
  });
});

import assert from "node:assert/strict";
import { countiesCsv } from "../../../local/openData/counties";
import { MonthLab } from "./support/monthLab";

describe("02_gcp_load_bay_area_county", () => {
  let lab: MonthLab;
  const good = countiesCsv();
  const rows = good.trimEnd().split("\n").slice(1);
  const header = "the_geom,objectid,fipsstco,county";
  const file = (...lines: string[]) => [header, ...lines].join("\n");
  const load = async (csv: string) => {
    lab.publisher.publishCounties(csv);
    const { state, logs } = await lab.run("02_gcp_load_bay_area_county");
    return { state: state.current, said: logs.at(-1)?.message ?? "" };
  };
  const counties = () =>
    lab.rows("select fipsstco, county, length(the_geom) as size from {bay_area_county_ext} order by fipsstco");

  before(async () => {
    lab = await MonthLab.start("counties");
    await lab.setKv("COUNTIES_URL", lab.publisher.countiesUrl);
    assert.equal((await load(good)).state, "SUCCESS");
    assert.equal((await counties()).length, 9);
  });
  after(() => lab.stop());

  const outlineOf = (row: string) => /^"[^"]*"/.exec(row)![0];
  const [alameda, ...others] = rows as [string, ...string[]];
  const wrong: [string, string, RegExp][] = [
    ["without a county", file(...others), /the file has no row for FIPS 06001\./],
    ["with a county twice", file(...rows, alameda), /the file has more than one row for FIPS 06001\./],
    [
      "with a number that lost its zero",
      good.replace(/,"?06001"?,/, ",6001,"),
      /the file has unknown FIPS codes: 6001\./,
    ],
    [
      "with a tenth county",
      file(...rows, alameda.replace("06001", "06087")),
      /the file has unknown FIPS codes: 06087\./,
    ],
    [
      "with an empty outline",
      file(alameda.replace(outlineOf(alameda), '""'), ...others),
      /the file has no valid outline for FIPS 06001\./,
    ],
    [
      "with an outline without an area",
      file(alameda.replace(outlineOf(alameda), '"MULTIPOLYGON EMPTY"'), ...others),
      /the file has no valid outline for FIPS 06001\./,
    ],
    [
      "with an outline that is none",
      file(alameda.replace(outlineOf(alameda), '"MULTIPOLYGON (((1 2"'), ...others),
      /the file has no valid outline for FIPS 06001\./,
    ],
    ["without a name", file(alameda.replace(/"?Alameda"?$/, ""), ...others), /the file has no county name for FIPS 06001\./],
    [
      "without a column",
      good.replace("fipsstco", "fips"),
      /the file lacks these columns: fipsstco\. It has: the_geom,objectid,fips,county\./,
    ],
    [
      "with a page of HTML",
      "<html>\n<body>no</body>",
      /the file lacks these columns: the_geom, objectid, fipsstco, county\. It has: <html>\./,
    ],
  ];
  for (const [what, csv, reason] of wrong)
    it(`refuses a file ${what}, and leaves the table as it is`, async () => {
      const before = await counties();
      const { state, said } = await load(csv);
      assert.equal(state, "FAILED");
      assert.match(said, /^The counties were not loaded; the existing table is unchanged\. http:\S+: /);
      assert.match(said, reason);
      assert.deepEqual(await counties(), before);
    });

  it("takes columns in any order, with others between, a byte order mark, capitals and CRLF", async () => {
    const before = await counties();
    const turned = rows.map((row) => {
      const [, outline, id, fips, county] = /^("[^"]*"),([^,]*),([^,]*),(.*)$/.exec(row)!;
      return [county, "x", fips, outline, id].join(",");
    });
    const { state, said } = await load(['\uFEFFCounty,Note,FIPSSTCO,"The_Geom",objectid', ...turned, ""].join("\r\n"));
    assert.equal(state, "SUCCESS", said);
    assert.deepEqual(await counties(), before);
  });
});

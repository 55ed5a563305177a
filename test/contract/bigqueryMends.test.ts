import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { valueCases } from "./support/bigQueryCases";
import { jobCases } from "./support/bigQueryJobCases";
import { bigQueryLab, type BigQueryLab } from "./support/bigQueryLab";
import { tableCases } from "./support/bigQueryTableCases";

const cases = [...valueCases, ...tableCases, ...jobCases];

describe("BigQuery emulator: each mend gives BigQuery's result, and stock still does not", () => {
  let lab: BigQueryLab;

  before(async () => {
    lab = await bigQueryLab();
  });

  it("has a case for every file of mends/", () => {
    const files = readdirSync("sandbox/bigquery/mends").filter(
      (file) => file.endsWith(".py") && file !== "__init__.py",
    );
    const mends = new Set(cases.map(({ mend }) => `${mend}.py`));
    assert.deepEqual(
      files.filter((file) => !mends.has(file)),
      [],
    );
  });

  for (const mend of new Set(cases.map((each) => each.mend)))
    describe(mend, () => {
      for (const { title, run, expected } of cases.filter((each) => each.mend === mend)) {
        it(title, async () => {
          assert.deepEqual(await run(lab.mended, lab), expected);
        });

        it(`${title}: stock does not`, async () => {
          const stock = await run(lab.stock, lab).catch((error: unknown) => error);
          assert.notDeepEqual(stock, expected, `${mend}.py: this case no longer needs it`);
        });
      }
    });
});

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { valueCases } from "./support/cases";
import { jobCases } from "./support/jobCases";
import { bigQueryLab, type BigQueryLab } from "../../../lab/bigQueryLab";
import { tableCases } from "./support/tableCases";

const cases = [...valueCases, ...tableCases, ...jobCases];

describe("BigQuery emulator: each patch gives BigQuery's result, which stock doesn't give", () => {
  let lab: BigQueryLab;

  before(async () => {
    lab = await bigQueryLab();
  });

  it("has a case for every file of patches/", () => {
    const files = readdirSync("local/bigquery/patches").filter(
      (file) => file.endsWith(".py") && file !== "__init__.py",
    );
    const patches = new Set(cases.map(({ patch }) => `${patch}.py`));
    assert.deepEqual(
      files.filter((file) => !patches.has(file)),
      [],
    );
  });

  for (const patch of new Set(cases.map((each) => each.patch)))
    describe(patch, () => {
      for (const { title, run, expected } of cases.filter((each) => each.patch === patch)) {
        it(title, async () => {
          assert.deepEqual(await run(lab.patched, lab), expected);
          const stock = await run(lab.stock, lab).catch((error: unknown) => error);
          assert.notDeepEqual(stock, expected, `${patch}.py: stock gives the same, so this case doesn't need it`);
        });
      }
    });
});

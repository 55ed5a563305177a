import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { groups, runSideBySide } from "../../../cli/support/testGroups";

/** Mocha's own look-up of the files of a pattern. */
const lookupFiles = createRequire(__filename)("mocha/lib/cli/lookup-files") as (pattern: string) => string[];

/** Files of tests below a folder. */
const filesBelow = (folder: string) =>
  (existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [])
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(folder, file))
    .sort();

describe("the groups that tests run in", () => {
  for (const [suite, all] of Object.entries(groups)) {
    it(`have each file of suite ${suite} once`, () => {
      const found = all.flat().flatMap((pattern) => lookupFiles(pattern));
      assert.deepEqual(
        found.sort(),
        ["local/test", "test"].flatMap((room) => filesBelow(join(room, suite))),
      );
    });
  }

  describe("side by side", () => {
    let folder: string;
    const { log } = console;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "bay-wheels-groups-"));
    });
    afterEach(() => {
      console.log = log;
      rmSync(folder, { recursive: true });
    });

    /** Runs files with these contents, each a group; the exit code, and what was printed. */
    async function ran(...contents: string[]): Promise<[number, string]> {
      const files = contents.map((content, i) => {
        const file = join(folder, `${i}.test.ts`);
        writeFileSync(file, content);
        return [file];
      });
      let printed = "";
      console.log = (line: string) => (printed += `${line}\n`);
      const code = await runSideBySide(files);
      console.log = log;
      return [code, printed];
    }

    // what a test prints may look like totals
    const passing = 'it("passes", () => console.log("5 passed, 5 failed")); it("passes too", () => {});';

    it("end with the totals of all", async () => {
      const [code, printed] = await ran(passing, passing, 'it("is to come");', passing, passing);
      assert.equal(code, 0);
      assert.match(printed, /\n8 passed, 0 failed, 1 skipped\n$/);
      assert.equal(printed.match(/^\d+ passed, 0 failed/gm)?.length, 1);
    });

    it("fail where one fails, or cannot be run at all", async () => {
      const [code, printed] = await ran(passing, 'it("fails", () => { throw new Error("on purpose"); });');
      assert.notEqual(code, 0);
      assert.match(printed, /on purpose/);
      assert.match(printed, /\n2 passed, 1 failed\n$/);
      const [broken, report] = await ran(passing, "throw new Error('before any test');");
      assert.notEqual(broken, 0);
      assert.match(report, /\n2 passed, 1 failed\n$/);
    });
  });
});

import { evaluate, type ReferenceResult } from "../support/zetaSql";
import { functionCases } from "./support/functionCases";
import { bigQueryLab, type Emulator } from "./support/bigQueryLab";
import { assertSame } from "./support/reference";

describe("functions and casts: the emulator gives what ZetaSQL's reference implementation gives", () => {
  const cases = Object.entries(functionCases);
  let emulator: Emulator;
  let expected: ReferenceResult[];

  before(async () => {
    emulator = (await bigQueryLab()).mended;
    expected = await evaluate(cases.map(([, sql]) => ({ sql })));
  });

  for (const [index, [title, sql]] of cases.entries()) {
    it(title, async () => {
      await assertSame(emulator, sql, expected[index]!);
    });
  }
});

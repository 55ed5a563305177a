import { evaluate, type ReferenceResult } from "../../../oracles/zetasql/zetaSql";
import { functionCases } from "../../../oracles/zetasql/functionCases";
import { bigQueryLab, type Emulator } from "../../../lab/bigQueryLab";
import { assertSame } from "../../../oracles/zetasql/reference";

describe("functions and casts: the emulator gives what ZetaSQL's reference implementation gives", () => {
  const cases = Object.entries(functionCases);
  let emulator: Emulator;
  let expected: ReferenceResult[];

  before(async () => {
    emulator = (await bigQueryLab()).patched;
    expected = await evaluate(cases.map(([, sql]) => ({ sql })));
  });

  for (const [index, [title, sql]] of cases.entries()) {
    it(title, async () => {
      await assertSame(emulator, sql, expected[index]!);
    });
  }
});

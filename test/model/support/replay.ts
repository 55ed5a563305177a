import { edited } from "./edits";
import { describeStep, type History, type Up } from "./history";
import { Oracle, type Outcome } from "./oracle";
import { spaces, urnOf, type Identity, type Program } from "./program";
import type { Worlds } from "./world";

/** A stack that a history is played on. */
export interface Stack {
  worlds: Worlds;
  /** Runs a program; a failure of the run is told, not thrown. */
  up(program: Program, how: Up, targets: Set<string> | undefined): Promise<Outcome>;
  /** Requests of the last run that changed something. */
  writes(): string[];
  /** Names of the resources in state. */
  urns(): string[];
  /** Things that state knows. */
  covered(): Set<Identity>;
}

/**
 * Plays a history, and looks at the server after each of its steps. Each `up` that succeeds is followed by one that must write nothing,
 * and the last step by an `up --refresh`; where the server may hold something else then, by two.
 * @param isBrief only the last `up` is followed by another one
 * @throws Error with the steps played, and what is wrong
 */
export async function play(history: History, stack: Stack, { isBrief = false } = {}): Promise<void> {
  const oracle = new Oracle((space) => stack.worlds.namespace(space));
  const played: string[] = [];
  let program = history.start;
  /** True when the server holds just what the program states, as far as state knows. */
  let isSettled = false;
  const fail = (faults: string[]): never => {
    throw new Error(`${faults.join("\n")}\nafter\n${played.map((step) => `  ${step}`).join("\n")}`);
  };
  const run = async (step: Up) => {
    const outcome = await stack.up(program, step, targetsOf(step, program, stack.urns()));
    if (!outcome.succeeded && !step.abort) fail([`up failed: ${outcome.message}`]);
    const faults = oracle.after(program, outcome, await stack.worlds.read(spaces));
    if (faults.length > 0) fail(faults);
    isSettled = outcome.succeeded && !outcome.isPartial && oracle.knowsAll;
    return outcome;
  };
  const runAgain = async (more: Partial<Up>) => {
    played.push("up again");
    await run({ do: "up", edits: [], ...more });
    if (stack.writes().length > 0) fail([`a second up writes: ${stack.writes().join(", ")}`]);
  };
  const runTwice = async (step: Up) => {
    for (const edit of step.edits) program = edited(program, edit);
    played.push(describeStep(step, program));
    const { succeeded, isPartial } = await run(step);
    if (succeeded && !isPartial && !isBrief) await runAgain(step.refresh ? { refresh: true } : {});
  };
  await runTwice({ do: "up", edits: [] });
  for (const step of history.steps) {
    if (step.do === "up") {
      await runTwice(step);
      continue;
    }
    played.push(describeStep(step, program));
    isSettled = false;
    const { identity, content, expires } = step;
    const isEntry = identity.startsWith("entry ");
    oracle.byHand(identity, await stack.worlds.change(identity, content, isEntry && expires), stack.covered());
  }
  if (!isSettled) await runTwice({ do: "up", edits: [], refresh: true });
  await runAgain({ refresh: true });
}

/** Those of the names in program and state whose bits are set; undefined: all. */
function targetsOf({ targets }: Up, { resources }: Program, urns: string[]): Set<string> | undefined {
  if (targets === undefined) return undefined;
  const all = [...new Set([...resources.map(urnOf), ...urns])].sort();
  const chosen = all.filter((_, i) => (targets >> i) % 2 === 1);
  return chosen.length === 0 ? undefined : new Set(chosen);
}

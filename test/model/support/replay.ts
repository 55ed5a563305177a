import { edited } from "./histories/edits";
import { describeStep, type History, type Up } from "./histories/history";
import { Oracle, type Outcome } from "./oracle";
import { spaces, urnOf, type Identity, type Program } from "./histories/program";
import type { Worlds } from "./world";

/** A stack that a history is played on. */
export interface Stack {
  worlds: Worlds;
  /** Runs a program; a failure of the run is told, not thrown. */
  up(program: Program, how: Up, targets: Set<string> | undefined): Promise<Outcome>;
  /** Requests of the last run that changed something. */
  writes(): string[];
  /** What is in state. */
  records(): StateRecord[];
}

/** A resource in state; of one name there may be several, while replaced ones are yet to be deleted. */
export interface StateRecord {
  urn: string;
  things: Identity[];
}

/** The things that state knows. */
export const coveredBy = (records: StateRecord[]) => new Set(records.flatMap(({ things }) => things));

/**
 * Plays a history, and checks the server after each of its steps. The last step is followed by an `up --refresh` that
 * must write nothing; where the server may differ from the program, by two, of which the second must write nothing.
 * @throws Error with the steps played, and what is wrong
 */
export async function play(history: History, stack: Stack): Promise<void> {
  const oracle = new Oracle((space) => stack.worlds.namespace(space));
  const played: string[] = [];
  let program = history.start;
  /** True when the server holds just what the program states, as far as state knows. */
  let isSettled = false;
  const fail = (faults: string[]): never => {
    throw new Error(`${faults.join("\n")}\nafter\n${played.map((step) => `  ${step}`).join("\n")}`);
  };
  const run = async (step: Up) => {
    const outcome = await stack.up(program, step, targetsOf(step, program, stack.records()));
    if (!outcome.succeeded && !step.abort) fail([`up failed: ${outcome.message}`]);
    const faults = oracle.after(program, outcome, await stack.worlds.read(spaces));
    if (faults.length > 0) fail(faults);
    isSettled = outcome.succeeded && !outcome.isPartial && oracle.knowsAll;
    return outcome;
  };
  const runAgain = async () => {
    played.push("up again");
    await run({ do: "up", edits: [], refresh: true });
    if (stack.writes().length > 0) fail([`a second up writes: ${stack.writes().join(", ")}`]);
  };
  const runStep = async (step: Up) => {
    for (const edit of step.edits) program = edited(program, edit);
    played.push(describeStep(step, program));
    await run(step);
  };
  await runStep({ do: "up", edits: [] });
  for (const step of history.steps) {
    if (step.do === "up") {
      await runStep(step);
      continue;
    }
    played.push(describeStep(step, program));
    isSettled = false;
    const { identity, content, expires } = step;
    const isEntry = identity.startsWith("entry ");
    const covered = coveredBy(stack.records());
    oracle.byHand(identity, await stack.worlds.change(identity, content, isEntry && expires), covered);
  }
  if (!isSettled) await runStep({ do: "up", edits: [], refresh: true });
  await runAgain();
}

/**
 * Those of the names in program and state whose bits are set; undefined: all. Not the ones whose thing an untargeted
 * resource stands for as well (of a rename, the new name was targeted before): who targets the old name alone asks
 * for the deletion, and the engine shows the handlers nothing of what is untargeted.
 */
function targetsOf({ targets, refresh }: Up, { resources }: Program, records: StateRecord[]): Set<string> | undefined {
  if (targets === undefined) return undefined;
  const [stated, kept] = [resources.map(urnOf), records.map(({ urn }) => urn)];
  // a refresh refuses targets that are not in state, and the end of the run those that it found gone
  const named = refresh ? kept.filter((urn) => stated.includes(urn)) : [...stated, ...kept];
  const all = [...new Set(named)].sort();
  const chosen = new Set(all.filter((_, i) => (targets >> i) % 2 === 1));
  for (let size = -1; size !== chosen.size;) {
    size = chosen.size;
    const others = coveredBy(records.filter(({ urn }) => !chosen.has(urn)));
    for (const { urn, things } of records) if (things.some((thing) => others.has(thing))) chosen.delete(urn);
  }
  return chosen.size === 0 ? undefined : chosen;
}

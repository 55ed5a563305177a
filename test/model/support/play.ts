import { changed, type History, type Up } from "./history";
import type { ModelStack, StateRecord } from "./modelStack";
import { Oracle } from "./oracle";
import { urnOf, type Program } from "./program";
import { World } from "./world";

/**
 * Plays a history on an empty stack, and checks the server after each of its steps. The last step is followed by an
 * `up --refresh` that must write nothing; where the server may differ from the program, by two, of which the second
 * must write nothing.
 * @throws Error with the steps played, and what is wrong
 */
export async function play(history: History, stack: ModelStack, world: World): Promise<void> {
  stack.reset();
  const oracle = new Oracle(world);
  const played: string[] = [];
  let program: Program = { resources: [], address: 0 };
  /** True when the server holds exactly what the program declares, as far as state knows. */
  let isSettled = false;
  const fail = (faults: string[]): never => {
    throw new Error(`${faults.join("\n")}\nafter\n${played.map((step) => `  ${step}`).join("\n")}`);
  };
  const run = async (step: Up) => {
    program = changed(program, step);
    played.push(JSON.stringify({ ...step, put: undefined, program }));
    const targets = targetsOf(step, program, stack.records());
    const outcome = await stack.up(program, step, targets, (space) => world.namespace(space));
    if (!outcome.succeeded && !step.abort) fail([`up failed: ${outcome.output}`]);
    const isWhole = outcome.succeeded && targets === undefined;
    const faults = await oracle.after(program, outcome, { isWhole, isRefreshed: step.refresh === true });
    if (faults.length > 0) fail(faults);
    isSettled = isWhole && oracle.knowsAll;
  };
  for (const step of history) {
    if (step.do === "up") {
      await run(step);
      continue;
    }
    played.push(JSON.stringify(step));
    isSettled = false;
    const { identity, content, expires } = step;
    const now = await world.change(identity, content, identity.startsWith("entry ") && expires);
    oracle.byHand(identity, now, stack.covered());
  }
  if (!isSettled) await run({ do: "up", refresh: true });
  await run({ do: "up", refresh: true });
  if (stack.proxy.writes.length > 0) fail([`a second up writes: ${stack.proxy.writes.join(", ")}`]);
}

/**
 * Those of the names in program and state whose bits are set; undefined: all. Excludes names whose thing an untargeted
 * resource declares as well (of a rename, the new name was targeted before): who targets the old name alone asks for
 * the deletion, and the engine shows the handlers nothing of what is untargeted.
 */
function targetsOf({ targets, refresh }: Up, { resources }: Program, records: StateRecord[]): Set<string> | undefined {
  if (targets === undefined) return undefined;
  const [declared, kept] = [resources.map(urnOf), records.map(({ urn }) => urn)];
  // a refresh refuses targets that are not in state, and the end of the run those that it found gone
  const named = refresh ? kept.filter((urn) => declared.includes(urn)) : [...declared, ...kept];
  const all = [...new Set(named)].sort();
  const chosen = new Set(all.filter((_, i) => (targets >> i) % 2 === 1));
  for (let size = -1; size !== chosen.size;) {
    size = chosen.size;
    const others = new Set(records.flatMap(({ urn, things }) => (chosen.has(urn) ? [] : things)));
    for (const { urn, things } of records) if (things.some((thing) => others.has(thing))) chosen.delete(urn);
  }
  return chosen.size === 0 ? undefined : chosen;
}

import { execute } from "../../kestra/client/executions";
import { namespace } from "../../kestra/pipeline/namespace";
import { sayWhenInterrupted } from "../support/interruption";
import { flows } from "../support/flows";
import { bay, openStack } from "../support/openStack";
import { printOutcome, runWhenAllowed, type Outcome } from "../support/runFlow";
import { buildModels } from "./build";

interface Flags {
  reload?: boolean;
  accept?: boolean;
  "no-build"?: boolean;
  detach?: boolean;
  stack?: string;
  json?: boolean;
}

/** `./bay load`: loads a month, then builds the models. Returns 1 when the month wasn't loaded or not all is built. */
export async function load(month: string, flags: Flags): Promise<number> {
  const stack = openStack(flags.stack);
  const inputs = { month, reload: String(flags.reload ?? false), accept: String(flags.accept ?? false) };
  const isBuilding = !flags["no-build"];
  if (flags.detach) {
    // the flow that starts the build itself
    const flow = isBuilding ? flows.schedule : flows.load;
    const { id } = await execute(stack.kestra, namespace, flow, inputs);
    console.log(flags.json ? JSON.stringify({ execution: id, flow }) : id);
    console.error(`Kestra loads ${month}. Follow it: ${bay(stack.name, `logs ${id} -f`)}`);
    return 0;
  }
  const print = flags.json ? console.error : console.log;
  sayWhenInterrupted(`If the load has started, it continues in Kestra. See: ${bay(stack.name, "logs")}`);
  const loaded = await runWhenAllowed(stack, `Trips of ${month}`, flows.load, { inputs });
  let isDone = printOutcome(stack.name, loaded, print);
  let built: Outcome | undefined;
  if (isDone && isBuilding) {
    built = await buildModels(stack);
    isDone = printOutcome(stack.name, built, print);
  }
  if (flags.json) console.log(JSON.stringify({ load: loaded, build: built }));
  return isDone ? 0 : 1;
}

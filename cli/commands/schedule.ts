import { getTrigger, setTriggerDisabled } from "../../kestra/client/triggers";
import { namespace } from "../../kestra/pipeline/namespace";
import { whenOf } from "../status/print";
import { flows, scheduleTrigger } from "../support/flows";
import { openStack } from "../support/openStack";

/** `./bay schedule [on|off]`: pauses or resumes the monthly schedule, and shows its state. */
export async function schedule(wanted: string | undefined, flags: { stack?: string; json?: boolean }): Promise<number> {
  const { kestra } = openStack(flags.stack);
  if (wanted !== undefined)
    await setTriggerDisabled(kestra, namespace, flows.schedule, scheduleTrigger, wanted === "off");
  const trigger = await getTrigger(kestra, namespace, flows.schedule, scheduleTrigger);
  if (trigger === undefined) throw new Error(`Flow ${flows.schedule} has no schedule yet. Wait a few seconds.`);
  const { disabled, nextExecutionDate: next } = trigger;
  if (flags.json) console.log(JSON.stringify({ isOn: !disabled, next }));
  else
    console.log(disabled ? "The schedule is off." : `The schedule is on${next ? `: next run ${whenOf(next)}` : ""}.`);
  return 0;
}

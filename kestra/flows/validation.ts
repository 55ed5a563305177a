import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { ProgramError } from "../../dynamic/programError";
import { retryTransient } from "../../dynamic/retry";
import { KestraClient } from "../client/client";
import type { Connection } from "../client/connection";
import { KestraError, KestraUnreachable } from "../client/errors";
import type { FlowFile } from "./flowFile";
import { isOfUnknownCall, unknownCalls, verdictsOn } from "./verdicts";

export interface ValidationArgs {
  /** True for flows of one set: the flows they call are looked up in the set, then on the server. */
  isSet?: boolean;
  /** True if calling a flow that doesn't exist is an error; otherwise it's a warning. */
  strict?: boolean;
}

/**
 * The connection, resolved once the server has accepted all flows, so that whatever uses it waits for that. Each
 * warning is shown once. If the server can't be asked (it isn't up yet, or still has another password), that isn't an
 * error here: later writes will report it.
 * @throws ProgramError with one line `file:line: reason` per fault
 */
export function accepted(
  connection: pulumi.Input<Connection>,
  flows: pulumi.Input<FlowFile[]>,
  args: ValidationArgs = {},
): pulumi.Output<Connection> {
  // tests with Pulumi's mocks have no server
  if (pulumi.runtime.getMonitor() instanceof MockMonitor) return pulumi.output(connection);
  return pulumi.all([connection, flows]).apply(async ([known, flows]) => {
    try {
      (await retryTransient(() => validate(new KestraClient(known), flows, args))).forEach(warnOnce);
    } catch (error) {
      const isAbsent = error instanceof KestraUnreachable || (error instanceof KestraError && error.status === 401);
      const { message } = error as Error;
      if (!isAbsent) throw new ProgramError(message);
      await pulumi.log.info(`${flows.length} flow(s) can't be validated now: ${message}`);
    }
    return known;
  });
}

/** @returns the warnings */
async function validate(client: KestraClient, flows: FlowFile[], args: ValidationArgs): Promise<string[]> {
  const { isSet = false, strict = false } = args;
  const { faults, warnings } = await verdictsOn(client, flows);
  const strangers = isSet ? await unknownCalls(client, flows) : [];
  const all = strict ? [...faults, ...strangers] : faults;
  if (all.length > 0)
    throw new Error(
      `Kestra found ${all.length} problem(s) in the flow files; none of these flows was changed:\n${all.join("\n")}`,
    );
  return isSet ? [...warnings.filter((warning) => !isOfUnknownCall(warning)), ...strangers] : warnings;
}

const warned = new Set<string>();

function warnOnce(warning: string): void {
  if (warned.has(warning)) return;
  warned.add(warning);
  void pulumi.log.warn(warning);
}

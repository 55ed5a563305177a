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
  /** True when these flows belong together: what they call is looked for among them, and then on the server. */
  isSet?: boolean;
  /** A call of a flow that doesn't exist is an error; else it's a warning. */
  strict?: boolean;
}

/**
 * A connection that is known when the server has accepted all flows: what uses it waits for that. Warnings are shown
 * once. A server that can't be asked (it isn't up yet, or has another password yet) is no error here: what is written
 * to it will say so.
 * @throws ProgramError with a line `file:line: reason` for each fault
 */
export function accepted(
  connection: pulumi.Input<Connection>,
  flows: pulumi.Input<FlowFile[]>,
  args: ValidationArgs = {},
): pulumi.Output<Connection> {
  // a test with Pulumi's mocks has no server, and calls no provider either
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

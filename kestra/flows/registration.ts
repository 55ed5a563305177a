import type { KestraClient } from "../client/client";
import { KestraError } from "../client/errors";
import { createFlow, getFlow, updateFlow } from "../client/flows";
import { flowFault, lineOfConstraint } from "./flowFile";
import type { FlowRecord } from "./flowRecord";
import { hashOfText, isDisabledText, switchedText } from "./flowText";

/** A flow as the program states it. */
export interface StatedFlow {
  file: string;
  source: string;
  namespace: string;
  id: string;
  /** Whether a flow that was disabled on the server stays disabled. */
  keepDisabled: boolean;
}

/** The source to register. If the flow stays disabled, the source says so. */
function textFor({ source, keepDisabled }: StatedFlow, server?: FlowRecord): string {
  const stays = keepDisabled && server?.disabled === true && !isDisabledText(source);
  return stays ? switchedText(source, true) : source;
}

/** True if the server already has this source, as far as is known; also if the flow was disabled and enabled again. */
export function isRegistered(server: FlowRecord, flow: StatedFlow): boolean {
  if (server.__hash === hashOfText(textFor(flow, server))) return true;
  const enabledAgain = switchedText(switchedText(flow.source, true), false);
  return server.disabled !== true && server.__hash === hashOfText(enabledAgain);
}

/** The record and source of a flow on the server, given what was known about it; undefined if there's no such flow. */
export async function lookAtFlow(
  client: KestraClient,
  namespace: string,
  id: string,
  known?: FlowRecord,
): Promise<{ record: FlowRecord; source: string } | undefined> {
  const stored = await getFlow(client, namespace, id);
  if (!stored) return undefined;
  const { revision, source, disabled = false } = stored;
  const __hash = hashOfText(source);
  const isAsKnown = known?.__hash === __hash && known.disabled !== true;
  return { record: { revision, __hash, ...(disabled && !isAsKnown ? { disabled } : {}) }, source };
}

/** What is known about a flow before the server is asked. */
export interface Known {
  /** As of the last look. */
  record?: FlowRecord;
  /** True if a listing has just shown that the flow doesn't exist. */
  isAbsent?: boolean;
}

/**
 * Registers a flow, unless the server already has this source: the same content makes no new revision.
 * @throws RefusedText with file and line if the server refuses the source
 */
export async function registerFlow(
  client: KestraClient,
  flow: StatedFlow,
  { record: known, isAbsent = false }: Known = {},
  tries = 3,
): Promise<FlowRecord> {
  const { namespace, id } = flow;
  const look = () => lookAtFlow(client, namespace, id, known);
  const stored = isAbsent ? undefined : await look();
  if (stored && isRegistered(stored.record, flow)) return withoutOwn(stored.record, flow);
  const text = textFor(flow, stored?.record);
  try {
    const { revision } = stored ? await updateFlow(client, namespace, id, text) : await createFlow(client, text);
    return { revision, __hash: hashOfText(text), ...(text === flow.source ? {} : { disabled: true }) };
  } catch (error) {
    // another client created or deleted it between our read and our write
    const isRaced = error instanceof KestraError && Boolean(stored) !== Boolean(await look());
    if (!isRaced || tries === 1) throw withLines(error, flow);
    return registerFlow(client, flow, { record: known }, tries - 1);
  }
}

/** A record that has `disabled` only if the flow's own source doesn't. */
function withoutOwn({ disabled, ...record }: FlowRecord, { source }: StatedFlow): FlowRecord {
  return disabled && !isDisabledText(source) ? { ...record, disabled } : record;
}

/** The server refused a flow's source; the message gives file and line. */
export class RefusedText extends Error {}

/** A refusal of the source, as faults with file and line; any other error as it is. */
function withLines(error: unknown, { file, source }: StatedFlow): unknown {
  if (!(error instanceof KestraError) || error.status !== 422) return error;
  return new RefusedText(faultsOf(file, source, error.reason).join("\n"));
}

/**
 * The server's reasons for refusing a flow, each with file and line. The server prefixes them with `Validation error: `
 * or `Invalid entity: ` and repeats some.
 */
export function faultsOf(file: string, source: string, constraints: string): string[] {
  const reasons = constraints
    .replace(/^(Validation error|Invalid entity): /, "")
    .split(/\n|; (?=\S+: )/)
    .map((line) => line.replace(/^\s*(: )?/, "").trim());
  const lines = [...new Set(reasons)]
    .filter((reason) => reason !== "")
    .map((reason) => ({ reason, line: lineOfConstraint(source, reason) }));
  lines.sort((a, b) => a.line - b.line);
  return lines.map(({ reason, line }) => flowFault(file, line, reason).message);
}

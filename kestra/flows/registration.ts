import type { KestraClient } from "../client/client";
import { KestraError } from "../client/errors";
import { createFlow, getFlow, updateFlow } from "../client/flows";
import { flowFault, lineOfConstraint } from "./flowFile";
import type { FlowRecord } from "./flowRecord";
import { disabledText, stateOfText, type TextState } from "./flowText";

/** A flow as the program states it. */
export interface StatedFlow {
  file: string;
  source: string;
  namespace: string;
  id: string;
  /** Whether a flow that was disabled on the server stays so. */
  keepDisabled: boolean;
}

/** What a flow's line `disabled: …` has to say, given what it says on the server; undefined: there is none. */
function wantedLine({ disabled }: TextState, keepDisabled: boolean, server: FlowRecord): boolean | undefined {
  if (server.disabled === true && keepDisabled && server.disabledHere !== true) return true;
  // a flow that was enabled again has a line that says so
  return disabled ?? (server.disabled === false ? false : undefined);
}

/** True when the server has that text already, as far as is known of it. */
export function isRegistered(server: FlowRecord, { source, keepDisabled }: StatedFlow): boolean {
  const text = stateOfText(source);
  return text.__hash === server.__hash && wantedLine(text, keepDisabled, server) === server.disabled;
}

/** The record of a flow on the server, given what was known of it; undefined when there is none. */
export async function lookAtFlow(
  client: KestraClient,
  namespace: string,
  id: string,
  known?: FlowRecord,
): Promise<{ record: FlowRecord; source: string } | undefined> {
  const stored = await getFlow(client, namespace, id);
  if (!stored) return undefined;
  const { revision, source } = stored;
  const text = stateOfText(source);
  const here = text.disabled === true && known?.disabledHere === true ? { disabledHere: true } : {};
  return { record: { revision, ...text, ...here }, source };
}

/** What is known of a flow before it's looked at. */
export interface Known {
  /** As of the last look. */
  record?: FlowRecord;
  /** True when a listing showed just now that there is none. */
  isAbsent?: boolean;
}

/**
 * Registers a flow unless the server has that very text already: equal content makes no new revision.
 * @throws Error with file and line where the server refuses the text
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
  if (stored && isRegistered(stored.record, flow)) return marked(stored.record, flow);
  const text = textFor(flow, stored?.record);
  try {
    const { revision } = stored ? await updateFlow(client, namespace, id, text) : await createFlow(client, text);
    return marked({ revision, ...stateOfText(text) }, flow);
  } catch (error) {
    // another client created or deleted it between the look and the write
    const isRaced = error instanceof KestraError && Boolean(stored) !== Boolean(await look());
    if (!isRaced || tries === 1) throw withLines(error, flow);
    return registerFlow(client, flow, { record: known }, tries - 1);
  }
}

/** The text as it is sent: that of a flow that stays disabled says so. */
function textFor({ source, keepDisabled }: StatedFlow, server?: FlowRecord): string {
  const text = stateOfText(source);
  const stays = server !== undefined && wantedLine(text, keepDisabled, server) === true && text.disabled !== true;
  return stays ? disabledText(source) : source;
}

/** The record, which says whether it's the program that disables the flow. */
function marked({ disabledHere: _former, ...record }: FlowRecord, { source }: StatedFlow): FlowRecord {
  return stateOfText(source).disabled === true ? { ...record, disabledHere: true } : record;
}

/** A refusal of the text, as faults of its file. */
function withLines(error: unknown, { file, source }: StatedFlow): unknown {
  if (!(error instanceof KestraError) || error.status !== 422) return error;
  return new Error(faultsOf(file, source, error.reason).join("\n"));
}

/**
 * The server's reasons against one flow, a line for each with file and line: it starts them with `Validation error: `
 * or `Invalid entity: ` and repeats some of them.
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

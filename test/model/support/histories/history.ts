import type { Edit } from "./edits";
import { contents, values, type Identity, type Program, type Spec } from "./program";

/** What goes wrong with one request on its way. */
export type FaultKind =
  | { status: 429 | 502 | 503 | 504; retryAfter?: string }
  /** The connection breaks before the server gets the request. */
  | "reset"
  /** The server does what it was asked, and its answer is lost. */
  | "lost"
  /** Of a write: the database says that the key is there already. */
  | "uniqueKey";

/** A fault of the n-th request of a run, from 1. */
export interface Fault {
  at: number;
  kind: FaultKind;
}

/**
 * When work of resources is done. `serial`: each before the next resource is looked at. `late`: once all were
 * looked at. `parallel`: at once, while the next ones are looked at.
 */
export type Schedule = "serial" | "late" | "parallel";

/** A run of Pulumi with a changed program. */
export interface Up {
  do: "up";
  edits: Edit[];
  refresh?: boolean;
  /** Only these resources, as bits over those of program and state. */
  targets?: number;
  faults?: Fault[];
  /**
   * Breaks off after that many creates, updates and deletes, killed or because the next one fails, or is killed at that
   * request: from then on nothing reaches the server.
   */
  abort?: { afterCalls: number; byFailure?: boolean } | { atRequest: number };
  schedule?: Schedule;
}

/** Somebody changes a thing by hand: to a content (an index as in the program), with a time to live, or deletes it. */
export interface Hand {
  do: "hand";
  identity: Identity;
  /** Absent: the thing is deleted. */
  content?: number;
  /** Of an entry: an hour from now it's gone. */
  expires?: boolean;
}

export type Step = Up | Hand;

/** A program and what happens to it, from an empty stack on. */
export interface History {
  start: Program;
  steps: Step[];
}

const listed = (items: string[]) => (items.length === 0 ? "nothing" : items.join(", "));

function described(spec: Spec): string {
  const first = spec.deleteFirst ? " (deleteBeforeReplace)" : "";
  if (spec.kind === "flow") return `flow '${spec.name}' = ${spec.space}/${spec.id} text ${spec.text}${first}`;
  if (spec.kind === "entry")
    return `entry '${spec.name}' = ${spec.space}/${spec.key} ${values[spec.value]!.join(" ")}${first}`;
  const files = Object.entries(spec.files).map(([path, content]) => `${path} ${JSON.stringify(contents[content])}`);
  return `files '${spec.name}' = ${spec.space} folder ${spec.folder} {${files.join(", ")}}${first}`;
}

/** A program in words. */
export const describeProgram = ({ resources, address }: Program) =>
  listed(resources.map(described)) + (address === 0 ? "" : `, address ${address}`);

function describeFault({ at, kind }: Fault): string {
  if (typeof kind === "string") return `${kind} at request ${at}`;
  return `${kind.status}${kind.retryAfter ? ` Retry-After ${kind.retryAfter}` : ""} at request ${at}`;
}

/** A step in words; `program` is what an `up` runs. */
export function describeStep(step: Step, program: Program): string {
  if (step.do === "hand") {
    const { identity, content, expires } = step;
    return content === undefined
      ? `by hand: delete ${identity}`
      : `by hand: ${identity} := content ${content}${expires ? " for an hour" : ""}`;
  }
  const { refresh, targets, faults = [], abort, schedule = "serial" } = step;
  const parts = [
    `up ${schedule}`,
    ...(refresh ? ["--refresh"] : []),
    ...(targets === undefined ? [] : [`--target bits ${targets.toString(2)}`]),
    ...faults.map(describeFault),
    ...(abort ? [`broken off ${JSON.stringify(abort)}`] : []),
  ];
  return `${parts.join(", ")}: ${describeProgram(program)}`;
}

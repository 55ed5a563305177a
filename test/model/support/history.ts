import { withoutConflicts, type Identity, type Program, type Spec } from "./program";

/** What goes wrong with one request on its way. */
export type FaultKind =
  | { status: 429 | 502 | 503 | 504; retryAfter?: string }
  /** The connection breaks before the server gets the request. */
  | "reset"
  /** The server does what it was asked, and its answer is lost. */
  | "lost"
  /** Of a write: the database reports that the key exists already. */
  | "uniqueKey";

/** A fault of the first try of the n-th different request of a run, from 1. */
export interface Fault {
  at: number;
  kind: FaultKind;
}

/** A run of Pulumi with a changed program. */
export interface Up {
  do: "up";
  /** New resources; one of the program that has the name or the identity of a new one goes. */
  put?: Spec[];
  /** Resources that go, as bits over those of the program. */
  remove?: number;
  /** Another way to write the server's address. */
  address?: number;
  refresh?: boolean;
  /** Only these resources, as bits over those of program and state. */
  targets?: number;
  faults?: Fault[];
  /**
   * Stops after that many creates, updates and deletes, killed or because the next one fails, or is killed at that
   * request: from then on nothing reaches the server.
   */
  abort?: { afterCalls: number; byFailure?: boolean } | { atRequest: number };
  /** Resources are worked on at once; default: one after the other. */
  parallel?: boolean;
}

/** Somebody changes a thing by hand: to a content (an index as in the program), with a time to live, or deletes it. */
export interface Hand {
  do: "hand";
  identity: Identity;
  /** Absent: the thing is deleted. */
  content?: number;
  /** Of an entry: it expires in an hour. */
  expires?: boolean;
}

/** What happens to an empty stack and its server, in order. */
export type History = (Up | Hand)[];

/** The program that a step runs. */
export function changed(program: Program, { put = [], remove = 0, address = program.address }: Up): Program {
  const kept = program.resources.filter((_, i) => (remove >> i) % 2 === 0);
  return { resources: withoutConflicts([...put, ...kept]), address };
}

import * as pulumi from "@pulumi/pulumi";
import { ProgramError } from "../../dynamic/programError";
import { keyOf, type Connection } from "../client/connection";
import { connect } from "../connect";

/** An object on the server that a resource manages: `Flow` `bay-wheels/01_gcp_kv`. */
export interface Thing {
  kind: "Flow" | "KV entry" | "Namespace file";
  namespace: string;
  /** Id of a flow, key of an entry, path of a file. */
  key: string;
}

/** Names of the resources by what they manage, for each program: a process can run several. */
const programs = new WeakMap<object, Map<string, string>>();

/** The connection from the environment, for each program. */
const defaults = new WeakMap<object, pulumi.Output<Connection>>();

/** Numbers of connections whose values aren't known yet. */
const connections = new WeakMap<object, string>();
let connectionCount = 0;

const thisProgram = () =>
  pulumi.runtime.getStackResource() ?? (pulumi.runtime.getMonitor() as object | undefined) ?? programs;

/** The value for this program, created on first use. */
function kept<T>(all: WeakMap<object, T>, make: () => T): T {
  const program = thisProgram();
  const value = all.get(program) ?? make();
  all.set(program, value);
  return value;
}

/** The connection from the environment: one object for all resources of a program. */
export const defaultConnection = () => kept(defaults, connect);

/** Treats a derived connection as the original, even before its value is known. */
export function countAs(original: pulumi.Input<Connection>, derived: pulumi.Output<Connection>): void {
  connections.set(derived, numberOf(original));
}

function claimAt(server: string, owner: string, things: Thing[], claims: Map<string, string>): void {
  for (const { kind, namespace, key } of things) {
    const claim = JSON.stringify([server, kind, namespace, key]);
    const other = claims.get(claim);
    if (other !== undefined) {
      throw new ProgramError(
        `Resources '${other}' and '${owner}' both manage ${kind} '${namespace}/${key}' on the same Kestra server. ` +
          "Remove one of them, or give it another namespace or key.",
      );
    }
    claims.set(claim, owner);
  }
}

/**
 * Refuses two resources of a program that manage the same object on a server: at once for plain values, otherwise when
 * the values resolve.
 * @param owner name of the resource
 * @param connection default: {@link defaultConnection}
 * @returns the connection; a resource that uses it isn't registered until its objects are known to be its own
 * @throws ProgramError naming both resources
 */
export function claim(
  owner: string,
  connection: pulumi.Input<Connection> = defaultConnection(),
  things: pulumi.Input<Thing[]>,
): pulumi.Output<Connection> {
  const claims = kept(programs, () => new Map<string, string>());
  const claimed = (things: Thing[]) => {
    claimAt(numberOf(connection), owner, things, claims);
    return things;
  };
  const named = Array.isArray(things) ? claimed(things) : pulumi.output(things).apply(claimed);
  const resolved = pulumi.all([connection, named]).apply(([known, things]) => {
    claimAt(keyOf(known), owner, things, claims);
    return known;
  });
  return pulumi.secret(resolved);
}

/** A text for a connection before its value is known: the same for one object. */
function numberOf(connection: object): string {
  const number = connections.get(connection) ?? `#${++connectionCount}`;
  connections.set(connection, number);
  return number;
}

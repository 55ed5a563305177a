import { isSafeNumber, LosslessNumber } from "lossless-json";
import * as pulumi from "@pulumi/pulumi";
import { retryTransient } from "../dynamic/retry";
import { KestraClient } from "./client/client";
import type { Connection } from "./client/connection";
import * as flows from "./client/flows";
import * as kv from "./client/kv";
import { isContainer } from "./client/kvNumber";
import { connect } from "./connect";

/** Which server is asked. */
export interface LookupArgs {
  /** Default: what {@link connect} finds in the environment. */
  connection?: pulumi.Input<Connection>;
}

export interface GetFlowArgs extends LookupArgs {
  namespace: string;
  /** The flow's id in its YAML. */
  id: string;
}

export interface GetFlowsArgs extends LookupArgs {
  /** This very namespace; those below it are others. */
  namespace: string;
}

export interface GetKvArgs extends LookupArgs {
  namespace: string;
  key: string;
}

/** The same arguments, where values may be outputs of resources. */
type Inputs<Args extends LookupArgs> = LookupArgs & {
  [Key in Exclude<keyof Args, "connection">]: pulumi.Input<Args[Key]>;
};

/** A flow as a listing shows it. */
export type ListedFlow = Required<flows.ListedFlow>;

export interface FoundFlow extends ListedFlow {
  /** The YAML text, as it was registered. */
  source: string;
}

export interface FoundKv {
  type: kv.KvType;
  /**
   * A number, boolean, object or array where the type says so, else text. A number that JavaScript can't hold exactly
   * is text, too.
   */
  value: unknown;
  /** When the entry ends, in ISO 8601; absent for one that stays. */
  expires?: string;
  /** What the entry is for; absent for one without a description. */
  description?: string;
}

/**
 * A flow of a server, or undefined when it has none of that id. A program can await it.
 * @throws KestraUnreachable, KestraError; Error for a connection that a preview doesn't know yet
 */
export async function getFlow({ connection, namespace, id }: GetFlowArgs): Promise<FoundFlow | undefined> {
  return findFlow(await known(connection, "getFlow"), namespace, id);
}

/** {@link getFlow} of inputs; unknown at a preview that doesn't know these. */
export function getFlowOutput(args: Inputs<GetFlowArgs>): pulumi.Output<FoundFlow | undefined> {
  const { connection, namespace, id } = args;
  const look = pulumi.all([endpointOf(connection), namespace, id]);
  return look.apply(([connection, namespace, id]) => findFlow(connection, namespace, id));
}

/**
 * The flows of a namespace, by id; none when the server doesn't know the namespace. A listing has no sources: ask
 * {@link getFlow} for one. Errors as there.
 */
export async function getFlows({ connection, namespace }: GetFlowsArgs): Promise<ListedFlow[]> {
  return findFlows(await known(connection, "getFlows"), namespace);
}

/** {@link getFlows} of inputs; unknown at a preview that doesn't know these. */
export function getFlowsOutput({ connection, namespace }: Inputs<GetFlowsArgs>): pulumi.Output<ListedFlow[]> {
  const look = pulumi.all([endpointOf(connection), namespace]);
  return look.apply(([connection, namespace]) => findFlows(connection, namespace));
}

/**
 * A KV entry, or undefined when there is none or it has expired. Its value comes in plain: wrap it in `pulumi.secret`,
 * or ask {@link getKvOutput}, before it goes into a resource or an output. Errors as {@link getFlow}.
 */
export async function getKv({ connection, namespace, key }: GetKvArgs): Promise<FoundKv | undefined> {
  return findKv(await known(connection, "getKv"), namespace, key);
}

/** {@link getKv} of inputs, as a secret; unknown at a preview that doesn't know these. */
export function getKvOutput(args: Inputs<GetKvArgs>): pulumi.Output<FoundKv | undefined> {
  const { connection, namespace, key } = args;
  const look = pulumi.all([endpointOf(connection), namespace, key]);
  return pulumi.secret(look.apply(([connection, namespace, key]) => findKv(connection, namespace, key)));
}

function findFlow(connection: Connection, namespace: string, id: string): Promise<FoundFlow | undefined> {
  return retryTransient(async () => {
    const stored = await flows.getFlow(new KestraClient(connection), namespace, id);
    if (!stored) return undefined;
    const { revision, source, disabled = false } = stored;
    return { namespace, id, revision, disabled, source };
  });
}

function findFlows(connection: Connection, namespace: string): Promise<ListedFlow[]> {
  return retryTransient(async () => {
    const listed = await flows.listFlows(new KestraClient(connection), namespace);
    return listed
      .map(({ id, revision, disabled = false }) => ({ namespace, id, revision, disabled }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  });
}

function findKv(connection: Connection, namespace: string, key: string): Promise<FoundKv | undefined> {
  return retryTransient(async () => {
    const stored = await kv.getKv(new KestraClient(connection), namespace, key);
    return stored && { ...stored, value: plain(stored.value) };
  });
}

/** A value that `lossless-json` has read, in JavaScript's own types. */
function plain(value: unknown): unknown {
  if (value instanceof LosslessNumber) return isSafeNumber(value.value) ? Number(value.value) : value.value;
  if (Array.isArray(value)) return value.map(plain);
  if (!isContainer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** The connection, which is a secret, for a result that isn't one. */
function endpointOf(connection: pulumi.Input<Connection> | undefined): pulumi.Output<Connection> {
  return pulumi.unsecret(pulumi.output(connection ?? connect()));
}

/** What an output has that its declaration leaves out. */
interface Settling<T> {
  isKnown: Promise<boolean>;
  promise(): Promise<T>;
}

async function known(connection: pulumi.Input<Connection> | undefined, lookup: string): Promise<Connection> {
  const output = pulumi.output(connection ?? connect()) as unknown as Settling<Connection>;
  if (await output.isKnown) return output.promise();
  throw new pulumi.RunError(
    `${lookup} can't be awaited: its connection isn't known before the update. Use ${lookup}Output instead.`,
  );
}

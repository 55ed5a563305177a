import { isSafeNumber, LosslessNumber } from "lossless-json";
import * as pulumi from "@pulumi/pulumi";
import { retryTransient } from "../dynamic/retry";
import { KestraClient } from "./client/client";
import type { Connection } from "./client/connection";
import * as flows from "./client/flows";
import * as kv from "./client/kv";
import { isContainer } from "./client/kvNumber";
import { connect } from "./connect";

/** The server to ask. */
export interface LookupArgs {
  /** Default: {@link connect}, from the environment. */
  connection?: pulumi.Input<Connection>;
}

export interface GetFlowArgs extends LookupArgs {
  namespace: string;
  /** The flow's id in its YAML. */
  id: string;
}

export interface GetFlowsArgs extends LookupArgs {
  /** This namespace only, not those below it. */
  namespace: string;
}

export interface GetKvArgs extends LookupArgs {
  namespace: string;
  key: string;
}

/** The same arguments, as inputs: values may be outputs of resources. */
type Inputs<Args extends LookupArgs> = LookupArgs & {
  [Key in Exclude<keyof Args, "connection">]: pulumi.Input<Args[Key]>;
};

/** A flow as a listing shows it. */
export type ListedFlow = Required<flows.ListedFlow>;

export interface FoundFlow extends ListedFlow {
  /** The YAML, as registered. */
  source: string;
}

export interface FoundKv {
  type: kv.KvType;
  /**
   * A number, boolean, object or array if the type says so, otherwise a string. A number that JavaScript can't
   * represent exactly is a string, too.
   */
  value: unknown;
  /** When the entry expires, in ISO 8601; absent if it never does. */
  expires?: string;
  /** What the entry is for; absent for one without a description. */
  description?: string;
}

/**
 * A flow on the server, or undefined if it doesn't exist. A program can await it.
 * @throws KestraUnreachable, KestraError; Error for a connection that a preview doesn't know yet
 */
export async function getFlow({ connection, namespace, id }: GetFlowArgs): Promise<FoundFlow | undefined> {
  return findFlow(await known(connection, "getFlow"), namespace, id);
}

/** {@link getFlow} for inputs; unknown during a preview that doesn't know them. */
export function getFlowOutput(args: Inputs<GetFlowArgs>): pulumi.Output<FoundFlow | undefined> {
  const { connection, namespace, id } = args;
  const look = pulumi.all([endpointOf(connection), namespace, id]);
  return look.apply(([connection, namespace, id]) => findFlow(connection, namespace, id));
}

/**
 * The flows of a namespace, sorted by id; empty if the server doesn't know the namespace. A listing has no sources: use
 * {@link getFlow} for one. Throws as {@link getFlow} does.
 */
export async function getFlows({ connection, namespace }: GetFlowsArgs): Promise<ListedFlow[]> {
  return findFlows(await known(connection, "getFlows"), namespace);
}

/** {@link getFlows} for inputs; unknown during a preview that doesn't know them. */
export function getFlowsOutput({ connection, namespace }: Inputs<GetFlowsArgs>): pulumi.Output<ListedFlow[]> {
  const look = pulumi.all([endpointOf(connection), namespace]);
  return look.apply(([connection, namespace]) => findFlows(connection, namespace));
}

/**
 * A KV entry, or undefined if it doesn't exist or has expired. Its value isn't secret: before passing it to a resource
 * or an output, wrap it in `pulumi.secret`, or use {@link getKvOutput}. Throws as {@link getFlow} does.
 */
export async function getKv({ connection, namespace, key }: GetKvArgs): Promise<FoundKv | undefined> {
  return findKv(await known(connection, "getKv"), namespace, key);
}

/** {@link getKv} for inputs, as a secret; unknown during a preview that doesn't know them. */
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

/** A value from `lossless-json`, in JavaScript's own types. */
function plain(value: unknown): unknown {
  if (value instanceof LosslessNumber) return isSafeNumber(value.value) ? Number(value.value) : value.value;
  if (Array.isArray(value)) return value.map(plain);
  if (!isContainer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** The connection without its secret mark, for a result that isn't secret. */
function endpointOf(connection: pulumi.Input<Connection> | undefined): pulumi.Output<Connection> {
  return pulumi.unsecret(pulumi.output(connection ?? connect()));
}

/** Members of an output that its type declaration leaves out. */
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

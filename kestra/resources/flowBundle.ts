import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { isUnknown, type Handlers } from "../../dynamic/handlers";
import { inParallel } from "../../dynamic/parallel";
import { PartialFailure } from "../../dynamic/partialFailure";
import { DynamicResource } from "../../dynamic/resource";
import { retryTransient } from "../../dynamic/retry";
import { shim } from "../../dynamic/shim";
import { KestraClient } from "../client/client";
import type { Connection } from "../client/connection";
import { deleteFlow, listFlows, type ListedFlow } from "../client/flows";
import type { FlowFile } from "../flows/flowFile";
import { keptText, readKeptText } from "../flows/flowText";
import { decodeRecord, encodeRecord, type FlowRecord } from "../flows/flowRecord";
import { isRegistered, lookAtFlow, RefusedText, registerFlow, type StatedFlow } from "../flows/registration";
import { inOrderOfCalls, nameOfFlow, splitName } from "../flows/subflows";
import { accepted } from "../flows/validation";
import { claim } from "./claims";
import { deleteUnlessDeclared, inTurn, movedTenant, recordDeclared, wasDeleted, type Identity } from "./ownership";

export interface FlowBundleArgs {
  connection?: pulumi.Input<Connection>;
  flows: FlowFile[];
  strict?: boolean;
  keepDisabled?: boolean;
}

const provider = shim("@bay-wheels/kestra/resources/flowBundle.ts");

/** The flows of a FlowSet as one resource. Its diff names each flow that's added, changed or removed. */
export class FlowBundle extends DynamicResource {
  /** Revisions by `namespace/id`. */
  public readonly revisions!: pulumi.Output<Record<string, number>>;

  constructor(name: string, args: FlowBundleArgs, opts?: pulumi.CustomResourceOptions) {
    const { flows, strict, keepDisabled = true } = args;
    const things = flows.map(({ namespace, id }) => ({ kind: "Flow" as const, namespace, key: id }));
    const inputs = {
      connection: accepted(claim(name, args.connection, things), flows, { isSet: true, strict }),
      flows: Object.fromEntries(flows.map((flow) => [nameOfFlow(flow), keptText(flow.file, flow.source)])),
      ...(keepDisabled ? {} : { keepDisabled }),
    };
    super(provider, name, { ...inputs, revisions: undefined }, opts, "kestra", "Flows");
  }
}

/** What the program states: file and source (flowText.ts) by `namespace/id`. */
export interface FlowBundleInputs {
  connection: Connection;
  flows: Record<string, string>;
  /** Omitted if true. */
  keepDisabled?: boolean;
}

/** What state records besides the sources, which are in the inputs. */
export interface FlowBundleState extends Omit<FlowBundleInputs, "flows"> {
  /** By `namespace/id`. */
  revisions: Record<string, number>;
  /**
   * Flow -> the rest of its record, and its file (flowRecord.ts). Pulumi never shows properties whose names start with
   * `__`.
   */
  __records: Record<string, string>;
}

/** Maximum number of flows that an error names. */
const mostNamed = 10;

function identityOf(connection: Connection, name: string): Identity {
  const [namespace, key] = splitName(name);
  return { connection, kind: "Flow", namespace, key };
}

function statedBy({ flows, keepDisabled = true }: FlowBundleInputs, name: string): StatedFlow {
  const [namespace, id] = splitName(name);
  return { ...readKeptText(flows[name]!), namespace, id, keepDisabled };
}

const optional = ({ keepDisabled }: { keepDisabled?: boolean }) => (keepDisabled === undefined ? {} : { keepDisabled });

type Remembered = Pick<FlowBundleState, "revisions" | "__records">;
type Records = Map<string, { file: string; record: FlowRecord }>;

function recordsOf({ revisions, __records }: Remembered): Records {
  return new Map(Object.entries(__records).map(([name, line]) => [name, decodeRecord(line, revisions[name]!)]));
}

function remembered(records: Records): Remembered {
  const entries = [...records];
  return {
    revisions: Object.fromEntries(entries.map(([name, { record }]) => [name, record.revision])),
    __records: Object.fromEntries(entries.map(([name, { file, record }]) => [name, encodeRecord(file, record)])),
  };
}

/** The flows that have to be written. */
async function changed(inputs: FlowBundleInputs, known: Records): Promise<string[]> {
  const names = Object.keys(inputs.flows);
  const lost = await Promise.all(names.map((name) => wasDeleted(identityOf(inputs.connection, name))));
  return names.filter((name, index) => {
    const record = known.get(name)?.record;
    return record === undefined || lost[index] || !isRegistered(record, statedBy(inputs, name));
  });
}

/** The flows that are no longer in the program. */
const removed = (inputs: FlowBundleInputs, known: Records) =>
  [...known.keys()].filter((name) => !Object.hasOwn(inputs.flows, name));

/** The server's flows in the namespaces of these flows, by name: one request per namespace. */
async function listed(client: KestraClient, names: Iterable<string>): Promise<Map<string, ListedFlow>> {
  const namespaces = [...new Set([...names].map((name) => splitName(name)[0]))];
  const lists = await inParallel(namespaces, (namespace) => retryTransient(() => listFlows(client, namespace)));
  return new Map(lists.flat().map((flow) => [nameOfFlow(flow), flow]));
}

/** Work on many flows: what state will record, and what failed. */
interface Work {
  records: Records;
  faults: string[];
  /** True if the server can't be used: no further flow is tried. */
  isStopped: boolean;
  /** Number of flows that weren't tried. */
  skipped: number;
}

/**
 * Does one step of the work. If the server refuses a source, the work continues with the other flows. Any other error
 * stops it and leaves the outcome of this flow unknown, so the flow is recorded for the next run to check.
 */
async function attempt(work: Work, name: string, file: string, step: () => Promise<void>): Promise<void> {
  if (work.isStopped) return void work.skipped++;
  try {
    await step();
  } catch (error) {
    work.faults.push(`${name}: ${(error as Error).message}`);
    if (error instanceof RefusedText) return;
    work.isStopped = true;
    if (!work.records.has(name)) work.records.set(name, { file, record: { revision: 0, __hash: "" } });
  }
}

/** Names by level: first the flows that call none of the others, then those that call only these, and so on. */
function byLevels(inputs: FlowBundleInputs, names: string[]): string[][] {
  const levels = new Map<string, number>();
  for (const { flow, calls } of inOrderOfCalls(names.map((name) => statedBy(inputs, name))))
    levels.set(nameOfFlow(flow), Math.max(-1, ...calls.map((callee) => levels.get(nameOfFlow(callee))!)) + 1);
  const count = Math.max(-1, ...levels.values()) + 1;
  return Array.from({ length: count }, (_, level) => names.filter((name) => levels.get(name) === level));
}

/**
 * Registers and deletes flows to match the inputs.
 * @throws PartialFailure if some of them fail, with the state of what was done
 */
async function write(inputs: FlowBundleInputs, known: Records): Promise<FlowBundleState> {
  const { connection } = inputs;
  const client = new KestraClient(connection);
  const work: Work = { records: new Map(known), faults: [], isStopped: false, skipped: 0 };
  const names = await changed(inputs, known);
  const there = names.some((name) => !known.has(name)) ? await listed(client, names) : undefined;
  const register = (name: string) => {
    const flow = statedBy(inputs, name);
    const isAbsent = !known.has(name) && there?.has(name) === false;
    return attempt(work, name, flow.file, async () => {
      const record = await inTurn(identityOf(connection, name), () =>
        retryTransient(() => registerFlow(client, flow, { record: known.get(name)?.record, isAbsent })),
      );
      work.records.set(name, { file: flow.file, record });
    });
  };
  for (const level of byLevels(inputs, names)) await inParallel(level, register);
  await inParallel(removed(inputs, known), (name) =>
    attempt(work, name, "", async () => {
      await remove(connection, name);
      work.records.delete(name);
    }),
  );
  const state = { connection, ...optional(inputs), ...remembered(work.records) };
  if (work.faults.length > 0) throw new PartialFailure(summary(work), idOf(inputs), state, inputs);
  return state;
}

function remove(connection: Connection, name: string): Promise<void> {
  const [namespace, id] = splitName(name);
  return deleteUnlessDeclared(identityOf(connection, name), "its file", (client) =>
    retryTransient(() => deleteFlow(client, namespace, id)),
  );
}

function summary({ faults, skipped }: Work): string {
  const rest = faults.length - mostNamed;
  const lines = [...faults.slice(0, mostNamed), ...(rest > 0 ? [`… and ${rest} more`] : [])];
  const untried = skipped > 0 ? `, ${skipped} weren't tried` : "";
  return `${faults.length} flow(s) failed${untried}; the others succeeded. Run 'pulumi up' again.\n${lines.join("\n")}`;
}

/** The namespaces, as a readable id. */
const idOf = ({ flows }: FlowBundleInputs) =>
  [...new Set(Object.keys(flows).map((name) => splitName(name)[0]))].sort().join(",");

export const handlers: Handlers<FlowBundleInputs, FlowBundleState> = {
  check(_olds, news) {
    if (!isUnknown(news.connection))
      for (const name of Object.keys(news.flows)) recordDeclared(identityOf(news.connection, name));
    return Promise.resolve({ inputs: news });
  },

  async diff(_id, olds, news) {
    const replaces = movedTenant(olds, news);
    if (!isDeepStrictEqual(olds.connection, news.connection)) return { changes: true, replaces };
    const known = recordsOf(olds);
    const isSame = removed(news, known).length === 0 && (await changed(news, known)).length === 0;
    return { changes: !isSame };
  },

  create: async (inputs) => ({ id: idOf(inputs), outs: await write(inputs, new Map()) }),

  /** One listing per namespace. Only if a revision differs from the recorded one are all sources read. */
  async read(id, state) {
    const { connection, revisions } = state;
    const client = new KestraClient(connection);
    const there = await listed(client, Object.keys(revisions));
    if (Object.entries(revisions).every(([name, revision]) => there.get(name)?.revision === revision))
      return { id, props: state };
    const flows: Record<string, string> = {};
    const seen: Records = new Map();
    await inParallel([...recordsOf(state)], async ([name, { file, record }]) => {
      const found = await retryTransient(() => lookAtFlow(client, ...splitName(name), record));
      if (!found) return;
      flows[name] = keptText(file, found.source);
      seen.set(name, { file, record: found.record });
    });
    if (seen.size === 0) return {};
    const stated = { connection, ...optional(state) };
    return { id, props: { ...stated, ...remembered(seen) }, inputs: { ...stated, flows } };
  },

  async update(_id, olds, news) {
    return { outs: await write(news, recordsOf(olds)) };
  },

  async delete(_id, { connection, revisions }) {
    await inParallel(Object.keys(revisions), (name) => remove(connection, name));
  },
};

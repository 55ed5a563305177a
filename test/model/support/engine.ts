import type { Handlers } from "../../../dynamic/handlers";
import type { Schedule } from "./histories/history";
import type { Identity, Space } from "./histories/program";

/** Values as they cross the engine's protocol. */
export type Properties = Record<string, unknown>;

/** A resource as a program registers it. */
export interface Goal {
  urn: string;
  kind: string;
  inputs: Properties;
  deleteBeforeReplace?: boolean;
}

/** A resource in the engine's state. */
export interface Entry {
  urn: string;
  kind: string;
  id: string;
  inputs: Properties;
  outs: Properties;
  /** Replaced, and yet to be deleted. */
  isCondemned?: boolean;
  /** Deleted, and yet to be replaced. */
  isPendingReplacement?: boolean;
}

export type Method = keyof Handlers<unknown, unknown>;

/** How a run of the simulated engine is to go. */
export interface RunOptions {
  schedule: Schedule;
  refresh?: boolean;
  targets?: Set<string>;
  /** Killed after that many creates, updates and deletes. */
  killAfter?: number;
  /** Notes each call of a handler. */
  onCall?: (method: Method, urn: string) => void;
}

const overTheWire = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** The run was killed, by order of the history. */
class Killed extends Error {
  override message = "killed";
}

/**
 * Pulumi's engine as far as the handlers see it: which of them it calls, in which order, with what, and what it
 * keeps of it. It follows pkg/resource/deploy of github.com/pulumi/pulumi 3.230 (step_generator.go,
 * deployment_executor.go, step.go); traces.test.ts compares both.
 */
export class SimulatedEngine {
  state: Entry[] = [];
  /** What was being worked on when the last run broke off. */
  broken: { olds?: Entry; inputs?: Properties; kind: string }[] = [];
  private calls = 0;
  private isBroken = false;
  private deletedAgain: Entry[] = [];

  constructor(private readonly handlers: Record<string, Handlers<Properties, Properties>>) {}

  /**
   * `pulumi up`.
   * @throws the first error of a handler, or of the kill
   */
  async up(goals: Goal[], options: RunOptions): Promise<void> {
    this.calls = 0;
    this.isBroken = false;
    this.broken = [];
    this.deletedAgain = [];
    if (options.refresh) await this.refresh(options);
    const underWay: Promise<void>[] = [];
    try {
      const late: (() => Promise<void>)[] = [];
      for (const goal of goals) {
        if (this.isBroken) break;
        if (options.targets && !options.targets.has(goal.urn)) continue;
        const work = await this.plan(goal, options);
        if (options.schedule === "serial") await work();
        else if (options.schedule === "late") late.push(work);
        else underWay.push(work());
      }
      for (const work of late) await work();
    } finally {
      // a failure is thrown once all have ended
      await Promise.allSettled(underWay);
    }
    await Promise.all(underWay);
    await this.deleteRest(new Set(goals.map(({ urn }) => urn)), options);
  }

  /** Asks each resource what is there, before the program runs. */
  private async refresh(options: RunOptions): Promise<void> {
    for (const entry of [...this.state]) {
      if (entry.isPendingReplacement || (options.targets && !options.targets.has(entry.urn))) continue;
      const { id, props } = await this.handler(entry, "read", options).read(entry.id, overTheWire(entry.outs));
      if (id === undefined || id === "") {
        this.drop(entry);
        continue;
      }
      entry.outs = overTheWire(props as Properties);
      // for what it shows
      await this.handler(entry, "diff", options).diff(entry.id, overTheWire(entry.outs), overTheWire(entry.inputs));
    }
  }

  /** Checks a resource and looks what is to be done about it; the work. */
  private async plan(goal: Goal, options: RunOptions): Promise<() => Promise<void>> {
    const old = this.state.find(({ urn, isCondemned }) => urn === goal.urn && !isCondemned);
    const inputs = await this.check(goal, old?.inputs, options);
    if (!old) return () => this.create(goal, inputs, options);
    const { changes, replaces, deleteBeforeReplace } = await this.handler(goal, "diff", options).diff(
      old.id,
      overTheWire(old.outs),
      overTheWire(inputs),
    );
    if (!old.isPendingReplacement && !changes) {
      old.inputs = inputs;
      return () => Promise.resolve();
    }
    if (!old.isPendingReplacement && !replaces?.length) return () => this.update(goal, old, inputs, options);
    const fresh = await this.check(goal, undefined, options);
    const isFirst = goal.deleteBeforeReplace ?? deleteBeforeReplace ?? false;
    return () => this.replace(goal, old, fresh, isFirst, options);
  }

  private async check(goal: Goal, olds: Properties | undefined, options: RunOptions): Promise<Properties> {
    const checked = await this.handler(goal, "check", options).check(overTheWire(olds ?? {}), overTheWire(goal.inputs));
    const [failure] = checked.failures ?? [];
    if (failure) throw new Error(`${goal.urn}: ${failure.property}: ${failure.reason}`);
    return overTheWire(checked.inputs ?? goal.inputs);
  }

  private async create(goal: Goal, inputs: Properties, options: RunOptions): Promise<void> {
    const { urn, kind } = goal;
    const made = await this.step(goal, "create", { inputs }, options, (handler) => handler.create(overTheWire(inputs)));
    this.state.push({ urn, kind, id: made.id, inputs, outs: overTheWire(made.outs ?? {}) });
  }

  private async update(goal: Goal, old: Entry, inputs: Properties, options: RunOptions): Promise<void> {
    const made = await this.step(goal, "update", { olds: old, inputs }, options, (handler) =>
      handler.update(old.id, overTheWire(old.outs), overTheWire(inputs)),
    );
    Object.assign(old, { inputs, outs: overTheWire(made.outs ?? {}) });
  }

  private async replace(
    goal: Goal,
    old: Entry,
    inputs: Properties,
    isFirst: boolean,
    options: RunOptions,
  ): Promise<void> {
    if (isFirst && !old.isPendingReplacement) {
      await this.delete(old, options);
      old.isPendingReplacement = true;
    }
    await this.create(goal, inputs, options);
    if (old.isPendingReplacement) this.drop(old);
    if (isFirst) return;
    old.isCondemned = true;
    // the engine does so when the option went since a run broke off behind the deletion
    if (old.isPendingReplacement) this.deletedAgain.push(old);
  }

  /** Deletes what was replaced, and what the program does not state any more. */
  private async deleteRest(seen: Set<string>, options: RunOptions): Promise<void> {
    const { targets } = options;
    const isOver = ({ urn, isCondemned }: Entry) => isCondemned || !seen.has(urn);
    const all = [...this.state.filter(isOver), ...this.deletedAgain];
    for (const entry of all.filter(({ urn }) => !targets || targets.has(urn)).reverse()) {
      if (!entry.isPendingReplacement || entry.isCondemned) await this.delete(entry, options);
      this.drop(entry);
    }
  }

  private async delete(entry: Entry, options: RunOptions): Promise<void> {
    await this.step(entry, "delete", { olds: entry }, options, (handler) =>
      handler.delete(entry.id, overTheWire(entry.outs)),
    );
  }

  private drop(entry: Entry): void {
    this.state = this.state.filter((each) => each !== entry);
  }

  private handler({ urn, kind }: { urn: string; kind: string }, method: Method, { onCall }: RunOptions) {
    onCall?.(method, urn);
    return this.handlers[kind]!;
  }

  /** A call that changes something. Once one has failed, no other one starts. */
  private async step<T>(
    of: { urn: string; kind: string },
    method: Method,
    what: { olds?: Entry; inputs?: Properties },
    options: RunOptions,
    call: (handler: Handlers<Properties, Properties>) => Promise<T>,
  ): Promise<T> {
    if (this.isBroken || this.calls >= (options.killAfter ?? Infinity)) {
      this.isBroken = true;
      throw new Killed();
    }
    this.calls++;
    try {
      return await call(this.handler(of, method, options));
    } catch (error) {
      this.isBroken = true;
      this.broken.push({ ...what, kind: of.kind });
      throw error;
    }
  }
}

/** The things that a resource's inputs or outputs speak of. */
export function identitiesIn(kind: string, { namespace, flowId, key, files }: Properties): Identity[] {
  const space = String(namespace).split("-").at(-1) as Space;
  if (kind === "flow") return [`flow ${space} ${String(flowId)}`];
  if (kind === "entry") return [`entry ${space} ${String(key)}`];
  return Object.keys(files as object).map((path) => `file ${space} ${path}`);
}

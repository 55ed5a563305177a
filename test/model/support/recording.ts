import type { Handlers } from "../../../dynamic/handlers";
import type { Identity, Space } from "./histories/program";

/** Values as they cross the engine's protocol. */
export type Properties = Record<string, unknown>;

export type Method = keyof Handlers<unknown, unknown>;

/** A call of a handler. */
export interface Call {
  method: Method;
  kind: string;
  /** The things that it is about; of an update the old ones as well. */
  things: Identity[];
}

type AnyHandlers = Handlers<Properties, Properties>;

/** What is done around a call, as `call()`. */
export type Around = <T>(call: Call, work: () => Promise<T>) => Promise<T>;

/** Handlers whose calls are noted. */
export function recorded(kind: string, handlers: AnyHandlers, around: Around): AnyHandlers {
  const about = (...all: Properties[]) => [...new Set(all.flatMap((each) => thingsIn(kind, each)))].sort();
  return {
    // a check is what finds out which flow a source is
    check: (olds, news) => around({ method: "check", kind, things: about(news) }, () => handlers.check(olds, news)),
    diff: (id, olds, news) =>
      around({ method: "diff", kind, things: about(olds, news) }, () => handlers.diff(id, olds, news)),
    create: (inputs) => around({ method: "create", kind, things: about(inputs) }, () => handlers.create(inputs)),
    read: (id, state) => around({ method: "read", kind, things: about(state) }, () => handlers.read(id, state)),
    update: (id, olds, news) =>
      around({ method: "update", kind, things: about(olds, news) }, () => handlers.update(id, olds, news)),
    delete: (id, state) => around({ method: "delete", kind, things: about(state) }, () => handlers.delete(id, state)),
  };
}

function thingsIn(kind: string, properties: Properties): Identity[] {
  if (kind !== "flow" || properties.flowId !== undefined) return identitiesIn(kind, properties);
  const { source } = properties as { source: string };
  const [namespace, flowId] = ["namespace", "id"].map((key) => new RegExp(`^${key}: (.*)$`, "m").exec(source)![1]);
  return identitiesIn(kind, { namespace, flowId });
}

/** The things that a resource's inputs or outputs name. */
export function identitiesIn(kind: string, { namespace, flowId, key, files }: Properties): Identity[] {
  const space = String(namespace).split("-").at(-1) as Space;
  if (kind === "flow") return [`flow ${space} ${String(flowId)}`];
  if (kind === "entry") return [`entry ${space} ${String(key)}`];
  return Object.keys(files as object).map((path) => `file ${space} ${path}`);
}

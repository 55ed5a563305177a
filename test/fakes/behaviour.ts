import type { Properties, Store } from "./store";

/** What a step knows of its resource. */
export interface Subject {
  name: string;
  inputs: Properties;
  /** Configuration of the provider. */
  config: Properties;
  store: Store;
}

/** A resource that is there, or is about to be. */
export type Named = Subject & { id: string };

/**
 * How the fake of a resource type behaves, as far as it is more than to keep what it is given. Paths have a dot between
 * two keys.
 */
export interface Type {
  /** Inputs that the vendor's schema demands. */
  required: string[];
  /** Paths of inputs whose change makes another resource. */
  replaceOn: string[];
  /** The vendor's plugin never sees that it is gone. */
  blind?: boolean;
  /** To make what is there already is no error. */
  idempotent?: boolean;
  /** Path of the input that is given a name with a random end when it is left out. */
  autoName?: string;
  /** Only one can have a name that was given: the old one goes before the new one comes. */
  ownsName?: boolean;
  /** Inputs that the vendor fills up with more than it was given. */
  filled?: string[];
  /** Outputs that are anew after every update, so that a preview does not know them. */
  renewed?: string[];
  /** Inputs that only Pulumi's state has: what is imported has them false. */
  virtual?: string[];
  /** Inputs as far as a change of them counts; all, where this is left out. */
  counted?: (inputs: Properties) => Properties;
  id?: (subject: Subject) => string;
  /** Outputs beyond the inputs, given those of before. */
  outputs?: (subject: Named, former: Properties) => Properties;
  /** What the vendor's plugin refuses before anything is made, also at a preview: reasons by input. */
  checked?: (subject: Subject) => Record<string, string>;
  /** What happens outside the state; it may take its time, and fail. */
  created?: (subject: Named) => Promise<void> | void;
  updated?: (subject: Named, former: Properties) => Promise<void> | void;
  deleted?: (subject: Named) => Promise<void> | void;
  /** What a look at it, at a refresh, may be refused for. */
  looked?: (subject: Named) => Promise<void> | void;
}

/** A resource was made or changed, but is not what it is to be: it stays, and the next `up` changes it again. */
export class Unready extends Error {}

/** How the engine writes a value that a preview does not know. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The value at a path. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((inner: unknown, key) => (inner as Properties | undefined)?.[key], value);
}

/** A copy with another value at a path. */
export function withValue(value: Properties, path: string, inner: unknown): Properties {
  const [key, ...rest] = path.split(".") as [string, ...string[]];
  if (rest.length === 0) return { ...value, [key]: inner };
  return { ...value, [key]: withValue((value[key] ?? {}) as Properties, rest.join("."), inner) };
}

const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The first value, with what the second one has beyond it. */
export function filledUp(value: unknown, more: unknown): unknown {
  if (value === undefined) return more;
  if (Array.isArray(value) && Array.isArray(more)) return value.map((each, i) => filledUp(each, more[i]));
  if (!isObject(value) || !isObject(more)) return value;
  const keys = [...new Set([...Object.keys(value), ...Object.keys(more)])];
  return Object.fromEntries(keys.map((key) => [key, filledUp(value[key], more[key])]));
}

/** What a value has of the keys of another one. */
export function shapedLike(value: unknown, model: unknown): unknown {
  if (Array.isArray(value) && Array.isArray(model)) return value.map((each, i) => shapedLike(each, model[i]));
  if (!isObject(value) || !isObject(model)) return value;
  return Object.fromEntries(Object.keys(model).map((key) => [key, shapedLike(value[key], model[key])]));
}

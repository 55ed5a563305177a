import { createHash } from "node:crypto";
import type { dynamic } from "@pulumi/pulumi";

/**
 * What a dynamic resource does, as plain functions: `Inputs` is what the program states, `State` what is remembered.
 * They are loaded at run time by the resource's shim (shim.ts), so that no code lands in Pulumi's state.
 */
export interface Handlers<Inputs, State> {
  /** Validates; failures name the property. */
  check(olds: Partial<Inputs>, news: Inputs): Promise<dynamic.CheckResult<Inputs>>;
  diff(id: string, olds: State, news: Inputs): Promise<dynamic.DiffResult>;
  /** Makes the thing, or adopts it when it exists. */
  create(inputs: Inputs): Promise<dynamic.CreateResult<State & object>>;
  /**
   * Reads the current object; `{}` only when it's known not to exist. Returns `inputs` where the object differs from
   * what the program stated, so that Pulumi shows the difference.
   */
  read(id: string, state: State): Promise<{ id?: string; props?: State; inputs?: Inputs }>;
  update(id: string, olds: State, news: Inputs): Promise<dynamic.UpdateResult<State & object>>;
  /** Removes the thing; one that is gone already is fine. */
  delete(id: string, state: State): Promise<void>;
}

/** SHA-256 of a text or file, in hex: what state keeps in place of content. */
export function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * The identity that `news` states differently, for `replaces`; a value that a preview doesn't know yet counts as the
 * same.
 */
export function changedKeys<T extends object>(keys: (keyof T & string)[], olds: Partial<T>, news: T): string[] {
  return keys.filter((key) => !isUnknown(news[key]) && olds[key] !== news[key]);
}

/** True for a value that a preview does not know yet. */
export function isUnknown(value: unknown): boolean {
  return value === undefined || value === unknownValue;
}

/** How the engine writes a value that is not known yet (`rpc.unknownValue` of @pulumi/pulumi). */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const namespacePattern = /^[a-z0-9][a-z0-9._-]*$/;

/** The failure of a namespace that Kestra would refuse, as a list for `check`. */
export function namespaceFailures(namespace: unknown): dynamic.CheckFailure[] {
  if (isUnknown(namespace) || (typeof namespace === "string" && namespacePattern.test(namespace))) return [];
  const reason = `'${String(namespace)}' is no namespace: use lower-case letters, digits, '.', '_' and '-', as in 'bay-wheels'`;
  return [{ property: "namespace", reason }];
}

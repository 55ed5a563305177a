import type { dynamic } from "@pulumi/pulumi";
import { isUnknown } from "../../dynamic/handlers";
import { kvTypes, type KvType } from "../client/kv";
import { descriptionExpected, isDescription, isTtl, ttlExpected } from "../client/kvMetadata";
import { refusalOf } from "../client/kvValue";
import type { KvEntryInputs } from "./kvEntry";

/** A KV entry as the program states it: any value, with an optional type. */
export type StatedEntry = Omit<KvEntryInputs, "type" | "value"> & { type?: KvType; value: unknown };

/** Kestra's rule for keys. */
const keyPattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;

/** Keys that can't be read back, because Kestra's API has routes with these names. */
const hiddenKeys = new Set(["inheritance"]);

/** A value's kind in words, and Kestra's type for it; undefined if no entry can hold it. */
function kindOf(value: unknown): { type: KvType; noun: string } | undefined {
  if (typeof value === "string") return { type: "STRING", noun: "a text" };
  if (typeof value === "number") return { type: "NUMBER", noun: "a number" };
  if (typeof value === "boolean") return { type: "BOOLEAN", noun: "a boolean" };
  if (typeof value !== "object" || value === null) return undefined;
  return { type: "JSON", noun: Array.isArray(value) ? "an array" : "an object" };
}

/** The entry, with its value as text and its type; both are unknown if a preview doesn't know the value. */
export function normalized({ type, value, description, ...rest }: StatedEntry): KvEntryInputs {
  return {
    ...rest,
    ...(description ? { description } : {}),
    type: type ?? (isUnknown(value) ? (value as KvType) : (kindOf(value)?.type ?? "JSON")),
    value: typeof value === "string" ? value : JSON.stringify(value),
  };
}

function keyFailure(key: unknown): string | undefined {
  if (isUnknown(key)) return undefined;
  if (typeof key !== "string" || !keyPattern.test(key))
    return "a key starts with a letter or digit and has letters, digits, '.', '_' and '-'";
  return hiddenKeys.has(key) ? "Kestra's API reserves this key. Choose another" : undefined;
}

function typeFailure({ type, value }: StatedEntry): string | undefined {
  if (isUnknown(type)) return undefined;
  if (!kvTypes.includes(type!)) return `type '${String(type)}' is unknown: use ${kvTypes.join(", ")}`;
  const kind = kindOf(value);
  if (kind === undefined || isUnknown(value) || typeof value === "string" || kind.type === type) return undefined;
  return `type '${type}' contradicts the value, which is ${kind.noun}. Remove the type, or pass the value as a string`;
}

/** Why the value is refused; never contains the value. */
function valueFailure(stated: StatedEntry): string | undefined {
  // an undefined value isn't sent, but a value that a preview doesn't know yet is
  if (stated.value === undefined || stated.value === null) return "it has no value. Set one, or remove the entry";
  if (isUnknown(stated.value) || isUnknown(normalized(stated).type) || typeFailure(stated) !== undefined)
    return undefined;
  const { type, value } = normalized(stated);
  const refusal = refusalOf(type, value);
  return refusal === undefined ? undefined : `value is not ${refusal}. Correct the value or the type`;
}

/** What Kestra would refuse or change, by property; the namespace isn't checked here. */
export function entryFailures(stated: StatedEntry): dynamic.CheckFailure[] {
  const { namespace, key, ttl, description = "" } = stated;
  const reasons: Record<string, string | undefined> = {
    key: keyFailure(key),
    type: typeFailure(stated),
    value: valueFailure(stated),
    ttl: isUnknown(ttl) || isTtl(ttl!) ? undefined : `'${ttl}' is not ${ttlExpected}`,
    description:
      isUnknown(description) || isDescription(description)
        ? undefined
        : `the description is not ${descriptionExpected}`,
  };
  return Object.entries(reasons).flatMap(([property, reason]) =>
    reason === undefined ? [] : [{ property, reason: `KV entry '${namespace}/${key}': ${reason}` }],
  );
}

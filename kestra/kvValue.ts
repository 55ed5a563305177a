import { sameValue } from "./handlers/handlers";
import type { KvType, StoredKv } from "./kv";

/**
 * What Kestra makes of a KV value. A PUT body carries no type: the server reads the body as Ion and takes the type from what it
 * finds. A value that it would take for another type is refused before it is sent, or every `up` would write it anew.
 */
interface TypeRule {
  /** True for a text that the server keeps as this type. */
  accepts: (value: string) => boolean;
  /** What `accepts` wants, in words that follow "value is not"; never holds the value. */
  expected: string;
  /** The text as the server has to get it; default: as it stands. */
  literal?: (value: string) => string;
  /** True when the server's value is the stated one; default: when it is that very text. */
  same?: (stored: unknown, value: string) => boolean;
}

/** What Kestra takes for a duration, quoted or not: whole numbers only, no weeks, months or years. */
const duration = /^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const instant = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** False for 2025-02-30, which `Date` would take for 2 March. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function isInstant(value: string): boolean {
  const day = instant.exec(value)?.[1];
  return day !== undefined && isCalendarDay(day) && !Number.isNaN(Date.parse(value));
}

function isContainer(value: string): boolean {
  try {
    const parsed = JSON.parse(value) as unknown;
    return typeof parsed === "object" && parsed !== null;
  } catch {
    return false;
  }
}

function seconds(value: string): number {
  const [days = 0, hours = 0, minutes = 0, rest = 0] = (duration.exec(value) ?? []).slice(1).map((n) => Number(n ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + rest;
}

/** Kestra leaves out properties that are null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  );
}

export const typeRules: Record<KvType, TypeRule> = {
  STRING: {
    accepts: (value) => !duration.test(value),
    expected: "a text that Kestra keeps as one: it takes a text such as PT1H for a DURATION",
    // quoted, or it would be cut at its first blank, or taken for a date
    literal: (value) => JSON.stringify(value),
  },
  NUMBER: {
    accepts: (value) => jsonNumber.test(value) && Number.isFinite(Number(value)),
    expected: "a number as JSON writes it, such as 12.5",
    same: (stored, value) => stored === Number(value),
  },
  BOOLEAN: {
    accepts: (value) => value === "true" || value === "false",
    expected: "true or false",
    same: (stored, value) => String(stored) === value,
  },
  DATETIME: {
    accepts: (value) => isInstant(value) && Date.parse(value) % 86_400_000 !== 0,
    expected: "an instant such as 2025-03-01T10:30:00Z (Kestra takes midnight in UTC for a DATE)",
    // with an offset it would be kept as JSON
    literal: (value) => new Date(value).toISOString(),
    same: (stored, value) => Date.parse(String(stored)) === Date.parse(value),
  },
  DATE: {
    accepts: (value) => /^\d{4}-\d\d-\d\d$/.test(value) && isCalendarDay(value),
    expected: "a date such as 2025-03-01",
  },
  DURATION: {
    accepts: (value) => duration.test(value),
    expected: "a duration of whole days, hours, minutes and seconds such as PT1H",
    same: (stored, value) => seconds(String(stored)) === seconds(value),
  },
  JSON: {
    accepts: isContainer,
    expected: "JSON (an object or an array)",
    same: (stored, value) => sameValue(withoutNulls(stored), withoutNulls(JSON.parse(value))),
  },
};

/** How a value is written in a PUT body, so that the server reads the stated type from it. */
export function kvLiteral(type: KvType, value: string): string {
  return typeRules[type].literal?.(value) ?? value;
}

/** True when the server holds that very value, so that nothing needs to be written. */
export function holds(stored: StoredKv | undefined, type: KvType, value: string): boolean {
  if (stored?.type !== type) return false;
  const { same } = typeRules[type];
  return same ? same(stored.value, value) : stored.value === value;
}

/** A stored value as the text that a program would state. */
export function textOf({ type, value }: StoredKv): string {
  return type === "JSON" || typeof value !== "string" ? JSON.stringify(value) : value;
}

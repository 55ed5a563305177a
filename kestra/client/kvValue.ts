import { LosslessNumber, parse, stringify } from "lossless-json";
import type { KvType, StoredKv } from "./kv";
import { isContainer, isKept, numbersOf, sameJson, sameNumber } from "./kvNumber";

/**
 * What Kestra makes of a KV value. A PUT body carries no type: the server reads the body as Ion and takes the type from
 * what it finds. A value that it would keep as another type, or as another value, is refused before it is sent: every
 * `up` would write it again.
 */
interface TypeRule {
  /** True for a text that the server keeps as this type, exactly. */
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
/** An instant; Kestra cuts what is finer than a millisecond. */
const instant = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3}0*)?)?(Z|[+-]\d\d:\d\d)$/;

/** The days that Kestra keeps: before the first one it counts by another calendar than ISO 8601. */
const firstDay = Date.parse("1582-10-15");
const afterLastDay = Date.parse("9999-12-31") + 86_400_000;
const isKeptTime = (time: number) => time >= firstDay && time < afterLastDay;

/** The most seconds that a duration can have. */
const mostSeconds = 2n ** 63n - 1n;

/** False for a text with half a surrogate pair: Kestra would store a different text or type. */
const isWhole = (text: string) => !/\p{Surrogate}/u.test(text);

/** False for 2025-02-30, which `Date` would take for 2 March. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function isInstant(value: string): boolean {
  const day = instant.exec(value)?.[1];
  return day !== undefined && isCalendarDay(day) && isKeptTime(Date.parse(value));
}

/**
 * The document, with numbers as written; undefined if the text isn't an object or array, or has half a surrogate pair.
 */
function documentOf(value: string): object | undefined {
  const whole = (key: string, part: unknown) => {
    if (![key, part].every((text) => typeof text !== "string" || isWhole(text))) throw new Error("half a character");
    return part;
  };
  try {
    const document = parse(value, whole);
    return isContainer(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

function seconds(value: string): bigint {
  const parts = (duration.exec(value) ?? []).slice(1).map((part) => BigInt(part ?? 0));
  const [days = 0n, hours = 0n, minutes = 0n, rest = 0n] = parts;
  return ((days * 24n + hours) * 60n + minutes) * 60n + rest;
}

const typeRules: Record<KvType, TypeRule> = {
  STRING: {
    accepts: (value) => !duration.test(value) && isWhole(value),
    expected: "a text that Kestra keeps as one: it takes a text such as PT1H for a DURATION",
    // quoted, or it would be cut at its first blank, or taken for a date
    literal: (value) => JSON.stringify(value),
  },
  NUMBER: {
    accepts: isKept,
    expected: "a number that Kestra keeps exactly, such as 12.5: one with an exponent has at most 15 digits",
    same: (stored, value) => stored instanceof LosslessNumber && sameNumber(stored.value, value),
  },
  BOOLEAN: {
    accepts: (value) => value === "true" || value === "false",
    expected: "true or false",
    same: (stored, value) => String(stored) === value,
  },
  DATETIME: {
    accepts: (value) => isInstant(value) && Date.parse(value) % 86_400_000 !== 0,
    expected:
      "an instant from 1582-10-15 on, in milliseconds at most, such as 2025-03-01T10:30:00Z " +
      "(Kestra takes midnight in UTC for a DATE)",
    // with an offset it would be kept as JSON
    literal: (value) => new Date(value).toISOString(),
    same: (stored, value) => Date.parse(String(stored)) === Date.parse(value),
  },
  DATE: {
    accepts: (value) => /^\d{4}-\d\d-\d\d$/.test(value) && isCalendarDay(value) && isKeptTime(Date.parse(value)),
    expected: "a date from 1582-10-15 on, such as 2025-03-01",
  },
  DURATION: {
    accepts: (value) => duration.test(value) && seconds(value) <= mostSeconds,
    expected: "a duration of whole days, hours, minutes and seconds such as PT1H",
    same: (stored, value) => seconds(String(stored)) === seconds(value),
  },
  JSON: {
    accepts: (value) => numbersOf(documentOf(value)).every(isKept) && documentOf(value) !== undefined,
    expected:
      "JSON (an object or an array) whose numbers Kestra keeps exactly: one with an exponent has at most 15 digits",
    same: (stored, value) => sameJson(stored, documentOf(value)),
  },
};

/**
 * What the value should be, in words that follow "value is not"; undefined for a value that the server keeps as this
 * type. Never holds the value.
 */
export function refusalOf(type: KvType, value: string): string | undefined {
  const { accepts, expected } = typeRules[type];
  return accepts(value) ? undefined : expected;
}

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
  return type === "JSON" || typeof value !== "string" ? stringify(value)! : value;
}

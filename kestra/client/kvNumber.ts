import { LosslessNumber, splitNumber } from "lossless-json";

const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const hasExponent = (text: string) => /[eE]/.test(text);

/** A number's sign, digits and magnitude, the same for every way to write it. */
function canonical(text: string): string {
  const { sign, digits, exponent } = splitNumber(text);
  return /^0*$/.test(digits) ? "0" : `${sign}${digits}e${exponent}`;
}

/**
 * True for a number that Kestra keeps exactly. It keeps every digit of one that is written out; one with an exponent
 * becomes a double, with 15 to 17 digits and up to about 1e308.
 */
export function isKept(text: string): boolean {
  if (!jsonNumber.test(text)) return false;
  return !hasExponent(text) || (Number.isFinite(Number(text)) && canonical(String(Number(text))) === canonical(text));
}

/** True when the server's number is the stated one: digit by digit, or as the same double where it keeps a double. */
export function sameNumber(stored: string, stated: string): boolean {
  return canonical(stored) === canonical(stated) || (hasExponent(stated) && Number(stored) === Number(stated));
}

/**
 * True when two documents that `lossless-json` has read are equal, whatever the order of keys. Kestra leaves out
 * properties that are null.
 */
export function sameJson(stored: unknown, stated: unknown): boolean {
  if (stored instanceof LosslessNumber && stated instanceof LosslessNumber)
    return sameNumber(stored.value, stated.value);
  if (!isContainer(stored) || !isContainer(stated)) return stored === stated;
  if (Array.isArray(stored) !== Array.isArray(stated)) return false;
  const [a, b] = [entriesOf(stored), entriesOf(stated)];
  return a.size === b.size && [...a].every(([key, value]) => b.has(key) && sameJson(value, b.get(key)));
}

/** Every number of a document that `lossless-json` has read. */
export function numbersOf(value: unknown): string[] {
  if (value instanceof LosslessNumber) return [value.value];
  return isContainer(value) ? Object.values(value).flatMap(numbersOf) : [];
}

/** True for an object or an array. */
export function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof LosslessNumber);
}

function entriesOf(container: object): Map<string, unknown> {
  const entries = Object.entries(container) as [string, unknown][];
  return new Map(Array.isArray(container) ? entries : entries.filter(([, value]) => value !== null));
}

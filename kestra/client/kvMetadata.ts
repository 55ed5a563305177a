/** A time to live, as Java's `Duration` parses it: no weeks, months or years; decimals only in seconds. */
const ttlPattern = /^P(?=[\dT])(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d{0,9})?)S)?)?$/i;

/** Maximum time to live: databases store no time after the year 9999. */
const mostDays = 1_000_000;

/** True for a time to live that Kestra accepts and that isn't zero. */
export function isTtl(text: string): boolean {
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = (ttlPattern.exec(text) ?? [])
    .slice(1)
    .map((part) => Number(part?.replace(",", ".") ?? 0));
  const total = days + (hours + (minutes + seconds / 60) / 60) / 24;
  return total > 0 && total <= mostDays;
}

/** What {@link isTtl} expects, worded to follow "is not". */
export const ttlExpected =
  "a time to live such as PT1H or P30D: days, hours, minutes and seconds (ISO 8601), more than 0, at most 1000000 days";

/**
 * True for a description that Kestra stores unchanged. It's sent in an HTTP header, which can't carry characters
 * outside Latin-1, line breaks or other control characters, and which loses leading and trailing blanks.
 */
export const isDescription = (text: string) => /^[\x20-\x7e\xa0-\xff]*$/.test(text) && text.trim() === text;

/** What {@link isDescription} expects, worded to follow "description is not". */
export const descriptionExpected =
  "one line of Latin-1 characters without leading or trailing blanks, because it's sent in an HTTP header";

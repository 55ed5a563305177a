/** Parts of a time to live, as Java's `Duration` reads them: no weeks, months or years, decimals of seconds only. */
const ttlPattern = /^P(?=[\dT])(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d{0,9})?)S)?)?$/i;

/** The most days that an entry can live: databases keep no time beyond the year 9999. */
const mostDays = 1_000_000;

/** True for a time to live that Kestra takes, and that doesn't end at once. */
export function isTtl(text: string): boolean {
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = (ttlPattern.exec(text) ?? [])
    .slice(1)
    .map((part) => Number(part?.replace(",", ".") ?? 0));
  const total = days + (hours + (minutes + seconds / 60) / 60) / 24;
  return total > 0 && total <= mostDays;
}

/** What {@link isTtl} wants, in words that follow "ttl is not". */
export const ttlExpected =
  "a time to live such as PT1H or P30D: days, hours, minutes and seconds (ISO 8601), more than 0, at most 1000000 days";

/**
 * True for a description that Kestra keeps as it is. It travels in an HTTP header: what isn't in Latin-1 can't be sent,
 * line ends and other control characters neither, and blanks at its ends are cut.
 */
export const isDescription = (text: string) => /^[\x20-\x7e\xa0-\xff]*$/.test(text) && text.trim() === text;

/** What {@link isDescription} wants, in words that follow "description is not". */
export const descriptionExpected =
  "one line of Latin-1 characters without blanks at its ends, which is what an HTTP header can carry";

/** A piece of HTML: what `markup` inserts as it is. */
export class Html {
  constructor(readonly text: string) {}
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as HTML: safe between tags and in quoted attributes. */
export const escape = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!);

type Part = Html | string | number | undefined | Part[];

function piece(part: Part): string {
  if (Array.isArray(part)) return part.map(piece).join("");
  return part instanceof Html ? part.text : part === undefined ? "" : escape(String(part));
}

/** HTML from a template: all that is inserted is escaped, except HTML made this way. */
export const markup = ({ raw }: TemplateStringsArray, ...parts: Part[]) =>
  new Html(String.raw({ raw }, ...parts.map(piece)));

const oneDecimal = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** 56,012 */
export const whole = (value: number) => Math.round(value).toLocaleString("en-US");

/** 12.3; small numbers aren't shown as minus zero */
export const decimal = (value: number) => oneDecimal.format(Math.abs(value) < 0.05 ? 0 : value);

/** 56k, 1.2M: for axes */
export const short = (value: number) =>
  new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 }).format(value);

/** 48.3% of a share between 0 and 1; a share that isn't zero isn't shown as 0.0% */
export function percent(share: number): string {
  return share > 0 && share < 0.0005 ? `${(share * 100).toPrecision(1)}%` : `${decimal(share * 100)}%`;
}

/** +2.1%, −3.0% of a change in percent */
export const change = (value: number) => `${signed(value)}%`;

/** +2.1, −3.0, 0.0 */
export function signed(value: number): string {
  const text = decimal(Math.abs(value));
  return text === "0.0" ? text : `${value > 0 ? "+" : "−"}${text}`;
}

/** `1 month`, `3 months` */
export const count = (n: number, noun: string) => `${whole(n)} ${noun}${n === 1 ? "" : "s"}`;

const part = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat("en-US", { ...options, timeZone: "UTC" });
  return (month: string) => format.format(new Date(`${month}-01T00:00:00Z`));
};
/** September 2026 */
export const longMonth = part({ month: "long", year: "numeric" });
/** Sep 2026 */
export const shortMonth = part({ month: "short", year: "numeric" });
/** Sep */
export const monthName = part({ month: "short" });

/** Months since year 0, so that neighbours differ by one. */
export const monthNumber = (month: string) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1;

/** The month of a number. */
export const monthOf = (n: number) =>
  `${String(Math.floor(n / 12)).padStart(4, "0")}-${String((n % 12) + 1).padStart(2, "0")}`;

/** All calendar months from the first to the last one. */
export function calendar(months: string[]): string[] {
  const [first, last] = [monthNumber(months[0]!), monthNumber(months.at(-1)!)];
  return Array.from({ length: last - first + 1 }, (_, i) => monthOf(first + i));
}

/** Calendar months between the first and the last one that aren't there. */
export const gapsIn = (months: string[]) => calendar(months).filter((month) => !months.includes(month));

/** Days of the months, from Monday on. */
export function weekdaysIn(months: string[]): number[] {
  const days = [0, 0, 0, 0, 0, 0, 0];
  for (const month of months) {
    const [year, number] = month.split("-").map(Number) as [number, number];
    for (let day = Date.UTC(year, number - 1); day < Date.UTC(year, number); day += 86_400_000)
      days[(new Date(day).getUTCDay() + 6) % 7]!++;
  }
  return days;
}

/** Number of days of the months. */
export const daysIn = (months: string[]) => weekdaysIn(months).reduce((sum, days) => sum + days, 0);

export const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** 17:00–18:00 */
export const hourSpan = (hour: number) => `${hour}:00–${hour + 1}:00`;

/** A text of at most `length` characters. */
export const cut = (text: string, length: number) => {
  const characters = [...text];
  return characters.length <= length
    ? text
    : `${characters
        .slice(0, length - 1)
        .join("")
        .trimEnd()}…`;
};

export const sum = <T>(rows: T[], value: (row: T) => number) => rows.reduce((total, row) => total + value(row), 0);

/** The row with the greatest value; undefined if there is none. */
export const most = <T>(rows: T[], value: (row: T) => number) =>
  rows.reduce<T | undefined>((best, row) => (best === undefined || value(row) > value(best) ? row : best), undefined);

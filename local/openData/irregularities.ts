/** A switch of the generator for an irregularity that the source's real files have. */
interface Switch {
  /** Describes it in the documentation. */
  what: string;
  /** Months that have it: single ones and inclusive ranges. Default: every month. */
  months?: string;
}

/** The months of 2017 share one object, see `wholeYear`. */
const oldMonths = "2017-06 to 2019-12, 2020-02, 2020-04";

const table = {
  wholeYear: { what: "one object `2017-fordgobike-tripdata.csv.zip` with several months, which is no month itself" },
  fordNames: { what: "objects are called `fordgobike`", months: "2018-01 to 2019-04" },
  misspeltName: { what: "the object is called `baywheeels`", months: "2022-11" },
  missingCsvSuffix: { what: "the object's name ends in `.zip` alone", months: "2025-03" },
  renamed: { what: "the object is called `lyftbikes`, without `.csv`", months: "2026-09" },
  missingMonths: { what: "months that were never published", months: "2018-09, 2019-08, 2020-10, 2021-09, 2024-04" },
  latePublication: { what: "the object appears 40 days after the month's end, not within 14", months: "2025-11" },
  resourceForks: { what: "a resource fork of macOS beside the CSV" },
  otherCsvName: { what: "the CSV is named otherwise than the zip", months: "2021-02, 2022-11, 2025-06, 2026-09" },
  oldSchema: { what: "the old columns: texts and times quoted, four decimals, numbers as ids", months: oldMonths },
  personalColumns: { what: "three columns about the rider in the old schema", months: "2018-01 to 2019-04" },
  rentalAccessMethod: { what: "one more column in the old schema", months: "2019-11 to 2019-12, 2020-02, 2020-04" },
  emptyColumn: { what: "a last column without name and values in the old schema", months: "2019-06 to 2019-07" },
  nullTexts: { what: "NULL for an unknown station in the old schema, in place of nothing", months: oldMonths },
  quoted: { what: "all values in quotes, times with milliseconds", months: "2024-07 to 2026-07, 2026-09" },
  docklessTrips: { what: "ends of electric bikes' trips without station" },
  cutCoordinates: { what: "two decimals in coordinates where no station is" },
  missingEnds: { what: "trips that end nowhere: no station, no coordinates" },
  zeroCoordinates: { what: "trips that end at 0,0" },
  dockedBikes: { what: "`docked_bike` among the types of bike", months: "2017-06 to 2023-12" },
  duplicateRides: { what: "rows that stand twice" },
  endBeforeStart: { what: "trips that end hours before their start" },
  overADay: { what: "trips of more than 24 hours" },
  extraField: { what: "rows with a field too many in the middle" },
  badTimestamps: { what: "a start that no calendar has, no end, a start in another year" },
  noCoordinates: { what: "trips without place at either end" },
  outsideBayArea: { what: "trips from or to far away" },
  edgeRows: { what: "trips that start minutes before the month, in its last minutes, and minutes after it" },
  corruptArchive: {
    what: "the object is no zip, though it begins like one; off by default",
    months: "2019-09, 2023-05",
  },
} satisfies Record<string, Switch>;

export type Irregularity = keyof typeof table;

/** Every switch, in the order of the documents. */
export const irregularities: Record<Irregularity, Switch> = table;

/** Names of all switches. */
export const irregularityNames = Object.keys(table) as Irregularity[];

/** The switches that are on. */
export type Irregularities = ReadonlySet<Irregularity>;

/** The default: everything except what makes a month unloadable. */
export const defaultIrregularities: Irregularities = new Set(
  irregularityNames.filter((name) => name !== "corruptArchive"),
);

function covers(months: string, month: string): boolean {
  return months.split(", ").some((range) => {
    const [first, last = first] = range.split(" to ") as [string, string?];
    return month >= first && month <= last;
  });
}

/**
 * Returns a predicate for the irregularities of a month.
 * @param month such as `2025-03`
 */
export function irregularitiesOf(month: string, on: Irregularities): (name: Irregularity) => boolean {
  const present = new Set([...on].filter((name) => covers(irregularities[name].months ?? month, month)));
  return (name) => present.has(name);
}

/**
 * Parses a list such as `quoted, edgeRows`, which may be empty.
 * @throws Error with the unknown name and the known ones
 */
export function parseIrregularities(text: string): Irregularity[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== "");
  const unknown = names.find((name) => !(irregularityNames as string[]).includes(name));
  if (unknown !== undefined) throw new Error(`unknown irregularity '${unknown}'; use ${irregularityNames.join(", ")}`);
  return irregularityNames.filter((name) => names.includes(name));
}

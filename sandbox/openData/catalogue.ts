/** A month of trips as the bucket offers it. */
export interface PublishedMonth {
  /** Such as `2025-03`. */
  month: string;
  /** Key in the bucket. */
  objectName: string;
  /** Name of the CSV inside the zip, which need not be the zip's own. */
  csvName: string;
  /** True: every value in quotes, times with milliseconds. False: no quotes, whole seconds. The source knows both styles. */
  quoted: boolean;
  /** When the object appeared, some days after the month's end. */
  published: Date;
}

/** First and last month on offer, and one in between that was never published. */
export const firstMonth = "2022-11";
export const lastMonth = "2026-09";
export const missingMonth = "2024-04";

/** The source's names for these months; all others are `YYYYMM-baywheels-tripdata.csv.zip`. */
const irregularNames: Record<string, string> = {
  "2022-11": "202211-baywheeels-tripdata.csv.zip",
  "2025-03": "202503-baywheels-tripdata.zip",
  "2026-09": "202609-lyftbikes-tripdata.zip",
};

/** The quoted style came with this month. */
const quotedFrom = "2024-07";

/**
 * One later month goes without quotes: which style a month has is for the source to choose, and so the newest three months, which the
 * first start loads, hold both.
 */
const unquotedAgain = "2026-08";

/** Days from a month's end to its object, 3 to 14. */
const delay = (index: number) => 3 + ((index * 5) % 12);

function describe(month: string, index: number): PublishedMonth {
  const [year, number] = month.split("-").map(Number) as [number, number];
  const regular = `${month.replace("-", "")}-baywheels-tripdata.csv`;
  return {
    month,
    objectName: irregularNames[month] ?? `${regular}.zip`,
    csvName: regular,
    quoted: month >= quotedFrom && month !== unquotedAgain,
    published: new Date(Date.UTC(year, number, delay(index), 17, (index * 7) % 60)),
  };
}

function allMonths(): string[] {
  const months: string[] = [];
  for (let time = Date.parse(firstMonth); time <= Date.parse(lastMonth);) {
    const date = new Date(time);
    months.push(date.toISOString().slice(0, 7));
    time = date.setUTCMonth(date.getUTCMonth() + 1);
  }
  return months;
}

/** Every published month, oldest first. */
export const publishedCatalogue: readonly PublishedMonth[] = allMonths()
  .filter((month) => month !== missingMonth)
  .map(describe);

import type { Style } from "./csv";
import { irregularitiesOf, type Irregularities, type Irregularity } from "./irregularities";

/** An archive of trips in the bucket. */
export interface PublishedArchive extends Style {
  /** Its months, such as `2025-03`: one, except for the whole year. */
  months: string[];
  /** Key in the bucket. */
  objectName: string;
  /** Name of the CSV inside the zip, which may differ from the zip's. */
  csvName: string;
  /** Whether the zip contains a resource fork of macOS. */
  resourceFork: boolean;
  /** Whether it can't be unpacked. */
  corrupt: boolean;
  /** When the object appeared, some days after its last month's end. */
  published: Date;
}

/** A month of trips in the bucket. */
export interface PublishedMonth extends PublishedArchive {
  /** Such as `2025-03`. */
  month: string;
}

/** First and last published month. */
const firstMonth = "2018-01";
const lastMonth = "2026-09";

/** The months in `2017-fordgobike-tripdata.csv.zip`: the service started in June. */
const wholeYear = monthsFrom("2017-06", "2017-12");

/** Days from a month's end to its publication: 3 to 13, or 40 for the late one. */
const delay = (index: number) => 3 + ((index * 5) % 11);
const lateDelay = 40;

type Has = (name: Irregularity) => boolean;

function objectNameOf(month: string, has: Has): string {
  const yyyymm = month.replace("-", "");
  if (has("misspeltName")) return `${yyyymm}-baywheeels-tripdata.csv.zip`;
  if (has("missingCsvSuffix")) return `${yyyymm}-baywheels-tripdata.zip`;
  if (has("renamed")) return `${yyyymm}-lyftbikes-tripdata.zip`;
  return `${yyyymm}-${has("fordNames") ? "fordgobike" : "baywheels"}-tripdata.csv.zip`;
}

function archiveOf(objectName: string, months: string[], has: Has, delayDays: number): PublishedArchive {
  const month = months.at(-1)!;
  const [year, number] = month.split("-").map(Number) as [number, number];
  const old = {
    personal: has("personalColumns"),
    rentalAccess: has("rentalAccessMethod"),
    empty: has("emptyColumn"),
    unknown: has("nullTexts") ? "NULL" : "",
  };
  return {
    months,
    objectName,
    csvName: has("otherCsvName")
      ? `tripdata_${month.replace("-", "")}.csv`
      : objectName.replace(/(\.csv)?\.zip$/, ".csv"),
    quoted: has("quoted"),
    old: has("oldSchema") ? old : undefined,
    resourceFork: has("resourceForks"),
    corrupt: has("corruptArchive"),
    published: new Date(Date.UTC(year, number, 1 + delayDays, 17, (delayDays * 7) % 60)),
  };
}

function monthsFrom(first: string, last: string): string[] {
  const months: string[] = [];
  for (let time = Date.parse(first); time <= Date.parse(last);) {
    const date = new Date(time);
    months.push(date.toISOString().slice(0, 7));
    time = date.setUTCMonth(date.getUTCMonth() + 1);
  }
  return months;
}

/** Every published month, oldest first. */
export function publishedMonthsOf(on: Irregularities): PublishedMonth[] {
  return monthsFrom(firstMonth, lastMonth).flatMap((month, index) => {
    const has = irregularitiesOf(month, on);
    if (has("missingMonths")) return [];
    const days = has("latePublication") ? lateDelay : delay(index);
    return [{ month, ...archiveOf(objectNameOf(month, has), [month], has, days) }];
  });
}

/** Every archive of the bucket: the months, and the year in one archive. */
export function publishedArchives(on: Irregularities): PublishedArchive[] {
  const has = irregularitiesOf(wholeYear.at(-1)!, on);
  const year = has("wholeYear") ? [archiveOf("2017-fordgobike-tripdata.csv.zip", wholeYear, has, delay(0))] : [];
  return [...year, ...publishedMonthsOf(on)];
}

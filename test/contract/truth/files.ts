import { createHash } from "node:crypto";
import { strToU8, zipSync } from "fflate";

/** Columns of the main table that a file contains. */
const columns =
  "ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,end_station_name,end_station_id,start_lat,start_lng,end_lat,end_lng,member_casual";

const sanFrancisco = "A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member";

/** Present schema, unquoted: both edges of a valid ride, blanks around a number, a ride that the next file has too. */
const november = `${columns}
BACK,classic_bike,2024-11-03 01:50:00,2024-11-03 01:10:00,A,SF-A,B,SF-B, 37.75 ,-122.45,37.76,-122.44,member
TWICE,docked_bike,2024-11-30 23:50:00,2024-12-01 00:10:00,A,SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,casual
DAY,classic_bike,2024-11-02 12:00:00,2024-11-03 11:00:00,NULL,SF-A,,,37.754,-122.45,,,
EDGE,electric_bike,2024-11-08 05:00:00,2024-11-08 05:10:00,,,,,36.8,-123.7,38.9,-121.2,member,,""
DUP,classic_bike,2024-11-08 12:00:00,2024-11-08 12:06:00,${sanFrancisco}

DUP,classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,A,SF-A,A,SF-A,37.75,-122.45,37.75,-122.45,member
DUP,classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,A,SF-A,A,SF-A,37.75,-122.45,37.75,-122.45,member
SHORT,classic_bike,2024-11-08 12:00:00,2024-11-08 11:59:59,A,SF-A
LONG,classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,${sanFrancisco},,more
QUOTE "x",classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,${sanFrancisco}
"BEHIND"x,classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,${sanFrancisco}
BREAK,classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,"A
",SF-A,B,SF-B,37.75,-122.45,37.76,-122.44,member
,classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,${sanFrancisco}
NULL,classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,${sanFrancisco}
ZONED,classic_bike,2024-11-30 23:50:00Z,2024-12-01 00:10:00,${sanFrancisco}
BROKEN,classic_bike,2024-11-31 23:50:00,2024-12-01 00:10:00,${sanFrancisco}
ENDLESS,classic_bike,2024-11-30 23:50:00,,${sanFrancisco}
EARLY,classic_bike,2024-09-30 23:59:59,2024-10-01 00:10:00,${sanFrancisco}
LATE,classic_bike,2025-01-01 00:00:00,2025-01-01 00:10:00,${sanFrancisco}
BEFORE,classic_bike,2024-11-03 01:50:00,2024-11-03 00:59:59,${sanFrancisco}
OVER,classic_bike,2024-11-02 12:00:00,2024-11-03 11:00:00.001,${sanFrancisco}
FOREVER,classic_bike,2024-11-02 12:00:00,9999-12-31 23:59:59,${sanFrancisco}
NOWHERE,classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,A,SF-A,B,SF-B,0,-122.45,37.76,west,member
SOUTH,classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,,,,,36.7999,-122,37.76,-122.44,member
PORTLAND,classic_bike,2024-11-08 12:00:00,2024-11-08 12:05:00,A,SF-A,,,37.75,-122.45,45.5,-122.65,member
DUP,classic_bike,2025-11-08 12:00:00,2024-11-08 12:05:00,${sanFrancisco}
`;

/** Present schema with a byte order mark, columns in another order and one too many, mixed quotes, milliseconds. */
const december = `\uFEFF"member_casual",note,"${columns.replace(",member_casual", "").replaceAll(",", '","')}"
"casual","a, b","TWICE","classic_bike","2024-11-30 23:50:00.100","2024-12-01 00:10:30.000","A","SF-A","B","SF-B","37.75","-122.45","37.76","-122.44"
casual,,"ROUND",electric_bike,2024-12-07 18:00:00.500,"2024-12-07 18:30:00.499","B, ""new""","SF-B","B ""newest""",SF-B,37.76,-122.44,37.762,-122.44,"",
"member","","FREE","electric_bike","2024-12-09 11:59:59.999","2024-12-09 12:10:00.000","","","","","37.80","-122.20","0","0"
"member","","FREE","electric_bike","2024-12-09 12:00:00.000","2024-12-09 12:10:00.000","","","","","37.80","-122.20","0","0"
"member","","OPEN,"electric_bike","2024-12-09 12:00:00.000","2024-12-09 12:10:00.000","","","","","37.80","-122.20","0","0"
`;

const march = `${columns}
FORWARD,docked_bike,2025-03-09 01:50:00,2025-03-09 03:10:00,C,OK-C,D,XX-D,37.8,-122.25,38.5,-122,member
`.replaceAll("\n", "\r\n");

const old = `duration_sec,start_time,end_time,start_station_id,start_station_name,start_station_latitude,start_station_longitude,end_station_id,end_station_name,end_station_latitude,end_station_longitude,bike_id,user_type,member_birth_year,
75284,"2018-01-31 22:52:35.2390","2018-02-01 19:47:19.8240",120,E,37.76,-122.43,285,F,37.78,-122.43,2765,Subscriber,1986,
1200,"2018-01-15 08:00:00.5000","2018-01-15 08:20:00.2500",NULL,NULL,37.8,-122.2,NULL,NULL,37.81,-122.2,4242,Customer,NULL,,
1200,"2018-01-15 08:00:00.5000","2018-01-15 08:20:00.2500",NULL,NULL,37.8,-122.2,NULL,NULL,37.81,-122.2,NULL,Customer,NULL,
1200,"2018-01-15 08:00:00.5000","2018-01-15 08:20:00.2500",SF-X,NULL,37.8,-122.2,NULL,NULL,37.81,-122.2,4242,Customer,NULL,
,,"2018-01-15 08:20:00.2500",NULL,NULL,37.8,-122.2,NULL,NULL,37.81,-122.2,4242,,NULL,`;

interface PublishedFile {
  month: string;
  object: string;
  /** When it was published, at the edges of a day or month of San Francisco. */
  published: string;
  text: string;
  content: Uint8Array;
  /** As S3 sends it, or without its quotes. */
  etag: string;
  /** How many rows the file has. */
  inFile: number;
  /** The reason why a line is rejected, by its number. */
  rejected: Record<number, string>;
}

function file(
  month: string,
  object: string,
  published: string,
  text: string,
  inFile: number,
  rejected: Record<number, string>,
  more: Record<string, Uint8Array> = {},
): PublishedFile {
  // a fixed date, for a fixed ETag
  const content = zipSync({ "trips of a month.csv": strToU8(text), ...more }, { mtime: "2025-06-01T12:00" });
  const hash = createHash("md5").update(content).digest("hex");
  const etag = month.startsWith("2018") ? `"${hash}"` : hash;
  return { month, object, published, text, content, etag, inFile, rejected };
}

const linesFrom = (first: number, last: number, reason: string) =>
  Object.fromEntries(Array.from({ length: last - first + 1 }, (_, index) => [first + index, reason]));

/** The files of the loaded months, with rows and reasons counted by hand. */
export const files = [
  file("2018-01-01", "201801-fordgobike-tripdata.csv.zip", "2018-02-03 07:59:59+00", old, 5, {
    4: "malformed",
    5: "duplicate",
    6: "bad timestamp",
  }),
  file("2024-11-01", "202411-baywheels-tripdata.csv.zip", "2024-12-01 08:00:00+00", november, 27, {
    6: "duplicate",
    9: "duplicate",
    ...linesFrom(10, 17, "malformed"),
    ...linesFrom(18, 22, "bad timestamp"),
    23: "end before start",
    24: "over 24 h",
    25: "over 24 h",
    26: "no coordinates",
    27: "outside the Bay Area",
    28: "outside the Bay Area",
    29: "bad timestamp",
  }),
  file(
    "2024-12-01",
    "202412-baywheels-tripdata.zip",
    "2025-01-15 12:00:00+00",
    december,
    5,
    { 5: "duplicate", 6: "malformed" },
    { "__MACOSX/._202412-baywheels-tripdata.csv": new Uint8Array([0, 5, 22, 7]) },
  ),
  file("2025-03-01", "202503-lyftbikes-tripdata.csv.zip", "2025-04-01 06:00:00+00", march, 1, {}),
];

const outline = (west: number, east: number) =>
  `MULTIPOLYGON (((${west} 37.5, ${east} 37.5, ${east} 38, ${west} 38, ${west} 37.5)))`;

/** The table of counties. */
export const counties = `the_geom,objectid,fipsstco,county
"${outline(-122.6, -122.35)}",1,06075,San Francisco
"${outline(-122.35, -122)}",2,06001,Alameda
`;

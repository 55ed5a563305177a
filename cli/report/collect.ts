import type { Growth, Hour, Length, Quality, ReportData, Route, Station, Trips } from "./data";
import { ringsOf } from "./outlines";

type Row = Record<string, string | null>;

/** Where the report's rows come from. */
export interface Source {
  stack: string;
  dataset: string;
  generated: boolean;
  /** Rows of a query, values as text; tables in braces. */
  ask: (what: string, sql: string) => Promise<Row[]>;
  /** Bytes that all queries so far have read, where the warehouse counts them. */
  bytes?: () => number | undefined;
}

/** First and last month, such as `2026-09`; all if left out. */
export interface Range {
  from?: string;
  to?: string;
}

/** Rows with numbers for all columns but the named ones; `median_km` becomes `medianKm`. */
const typed = <T>(rows: Row[], texts: (keyof T)[] = []) =>
  rows.map((row) => {
    const cells = Object.entries(row).map(([column, value]) => [
      column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value === null || (texts as string[]).includes(column) ? value : Number(value),
    ]);
    return Object.fromEntries(cells) as T;
  });

interface Loads {
  months: string[];
  unbuilt: string[];
  lastLoad: Date;
}

/** The months that are loaded and built, and those that a load changed since. */
async function loadsOf({ ask, stack }: Source, { from, to }: Range): Promise<Loads> {
  const rows = await ask(
    "Loaded and built months",
    `select
       format_date('%Y-%m', coalesce(l.source_month, b.source_month)) as month,
       b.source_month is not null as built,
       l.loaded_at is distinct from b.loaded_at as changed,
       unix_millis(b.loaded_at) as loaded_at
     from {baywheels_loads} as l
     full join {built_loads} as b on b.source_month = l.source_month
     order by month`,
  );
  const isBuilt = (row: Row) => row.built === "true";
  const inRange = rows.filter(({ month }) => (from ?? month!) <= month! && month! <= (to ?? month!));
  const built = inRange.filter(isBuilt);
  if (built.length === 0) {
    const [first, last] = [rows.find(isBuilt)?.month, rows.findLast(isBuilt)?.month];
    if (!first)
      throw new Error(`No month of stack '${stack}' is loaded and built. Load some and build: README.md, Flows.`);
    const range = [from && ` from ${from}`, to && ` until ${to}`].filter(Boolean).join("");
    throw new Error(`No month${range} is loaded and built: stack '${stack}' has ${first} to ${last}.`);
  }
  return {
    months: built.map(({ month }) => month!),
    unbuilt: inRange.filter(({ changed }) => changed === "true").map(({ month }) => month!),
    lastLoad: new Date(Math.max(...built.map((row) => Number(row.loaded_at)))),
  };
}

/** One question for each part of the report. `months` are constants, so that only their partitions are read. */
const questions = {
  trips: (months: string) => `
    select format_date('%Y-%m', month) as month, dimension, value, trips,
      median_duration_minutes as median_minutes, median_distance_km as median_km
    from {mart_trips_by_month}
    where dimension in ('all', 'rideable_type', 'member_casual') and month in (${months})
    order by 1, dimension, value`,
  hours: (months: string) => `
    select weekday_number as weekday, start_hour as hour, sum(trips) as trips
    from {mart_hours_by_month}
    where month in (${months})
    group by weekday_number, start_hour
    order by weekday_number, start_hour`,
  lengths: (months: string) => `
    select measure, step_from as \`from\`, step_before as \`before\`, sum(trips) as trips
    from {mart_trip_lengths_by_month}
    where month in (${months})
    group by measure, step_from, step_before
    order by measure, step_from`,
  stations: (months: string) => `
    select coalesce(d.station_name, s.station_id) as name, d.lat, d.lng, d.county,
      sum(s.starts) as starts,
      sum(s.ends) as ends,
      sum(if(s.time_of_day = 'morning', s.ends - s.starts, 0)) as morning_net,
      sum(if(s.time_of_day = 'evening', s.ends - s.starts, 0)) as evening_net
    from {mart_stations_by_month} as s
    left join {dim_stations} as d on d.station_id = s.station_id
    where s.month in (${months})
    group by s.station_id, d.station_name, d.lat, d.lng, d.county
    order by sum(s.starts + s.ends) desc, s.station_id`,
  routes: (months: string) => `
    select coalesce(s.station_name, r.start_station_id) as \`from\`, coalesce(e.station_name, r.end_station_id) as \`to\`,
      sum(r.trips) as trips
    from {mart_routes_by_month} as r
    left join {dim_stations} as s on s.station_id = r.start_station_id
    left join {dim_stations} as e on e.station_id = r.end_station_id
    where r.month in (${months})
    group by r.start_station_id, s.station_name, r.end_station_id, e.station_name
    order by sum(r.trips) desc, r.start_station_id, r.end_station_id
    limit 25`,
  growth: (months: string) => `
    select format_date('%Y-%m', month) as month, county, trips,
      change_to_month_before_percent as to_month_before, change_to_year_before_percent as to_year_before
    from {mart_growth_by_county}
    where month in (${months})
    order by 1, county`,
  quality: (months: string) => `
    select format_date('%Y-%m', month) as month, outcome,
      file_rows as \`rows\`, share_percent, days_to_publication
    from {mart_quality_by_month}
    where month in (${months})
    order by 1, outcome`,
  counties: () => "select county as name, st_astext(outline) as outline from {dim_bay_area_county} order by county",
};

/**
 * Reads the report's data: marts and dimensions, the record of loads, and no facts.
 * @throws Error if no month in the range is loaded and built
 */
export async function collect(source: Source, range: Range = {}): Promise<ReportData> {
  const { stack, dataset, generated } = source;
  const loads = await loadsOf(source, range);
  const months = loads.months.map((month) => `date '${month}-01'`).join(", ");
  const parts = await Promise.all(
    Object.entries(questions).map(async ([part, sql]) => [part, await source.ask(`Report: ${part}`, sql(months))]),
  );
  const rows = Object.fromEntries(parts) as Record<keyof typeof questions, Row[]>;
  return {
    ...{ stack, dataset, generated, ...loads, made: new Date() },
    trips: typed<Trips>(rows.trips, ["month", "dimension", "value"]),
    hours: typed<Hour>(rows.hours),
    lengths: typed<Length>(rows.lengths, ["measure"]),
    stations: typed<Station>(rows.stations, ["name", "county"]),
    routes: typed<Route>(rows.routes, ["from", "to"]),
    growth: typed<Growth>(rows.growth, ["month", "county"]),
    quality: typed<Quality>(rows.quality, ["month", "outcome"]),
    counties: rows.counties.map(({ name, outline }) => ({ name: name!, rings: ringsOf(outline ?? "") })),
    bytes: source.bytes?.(),
  };
}

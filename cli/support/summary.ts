import { count, tableOf } from "./printTable";
import { query, type Row, type Warehouse } from "./warehouse";

/** A step of `npm start`. */
export interface Step {
  title: string;
  seconds: number;
}

const trips = `
  select
    format_date('%Y-%m', source_month) as month,
    count(*) as trips,
    format('%.2f', approx_quantiles(distance_km, 100)[offset(50)]) as median_km,
    format('%.1f', approx_quantiles(duration_seconds, 100)[offset(50)] / 60) as median_minutes
  from {facts_baywheels_trips}
  group by source_month
  order by source_month`;

// each trip once, so that the rows add up to all trips
const counties = `
  select coalesce(c.county, t.county) as county, c.stations, coalesce(t.trips, 0) as trips
  from (select coalesce(county, 'no county') as county, count(*) as stations from {dim_stations} group by 1) as c
  full join (
    select
      if(t.start_station_id is null, 'no station', coalesce(s.county, 'no county')) as county,
      count(*) as trips
    from {facts_baywheels_trips} as t
    left join {dim_stations} as s on s.station_id = t.start_station_id
    group by 1
  ) as t on t.county = c.county
  order by trips desc, county`;

function print(title: string, columns: Record<string, (row: Row) => string>, rows: Row[]): void {
  const cells = rows.map((row) => Object.values(columns).map((cell) => cell(row)));
  console.log(`\n${title}\n${tableOf(Object.keys(columns), cells)}`);
}

const text = (name: string) => (row: Row) => row[name] ?? "–";
const number = (name: string) => (row: Row) => (row[name] == null ? "–" : count(row[name]));

/** Prints what the pipeline brought: trips a month, stations and trips a county, and the seconds of each step. */
export async function printSummary(warehouse: Warehouse, steps: Step[]): Promise<void> {
  const numbers = { "Median km": text("median_km"), "Median min": text("median_minutes") };
  print(
    "Trips",
    { Month: text("month"), Trips: number("trips"), ...numbers },
    await query(warehouse, "Trips per month", trips),
  );
  print(
    "Stations",
    { County: text("county"), Stations: number("stations"), "Trips from there": number("trips") },
    await query(warehouse, "Trips per county", counties),
  );
  const rows = steps.map(({ title, seconds }) => ({ title, seconds: seconds.toFixed(1) }));
  print("Time", { Step: text("title"), Seconds: text("seconds") }, rows);
}

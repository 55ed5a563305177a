import Table from "cli-table3";
import { query, type Warehouse } from "./warehouse";

/** A step of `npm start`. */
export interface Step {
  title: string;
  seconds: number;
}

type Row = Record<string, string | null>;

const trips = `
  select
    format_date('%Y-%m', source_month) as month,
    count(*) as trips,
    format('%.2f', approx_quantiles(distance_km, 100)[offset(50)]) as median_km,
    format('%.1f', approx_quantiles(duration_seconds, 100)[offset(50)] / 60) as median_minutes
  from {facts_baywheels_trips}
  group by source_month
  order by source_month`;

const counties = `
  select
    coalesce(s.county, 'no county') as county,
    count(*) as stations,
    sum(coalesce(t.trips, 0)) as trips
  from {dim_stations} as s
  left join (
    select start_station_id, count(*) as trips
    from {facts_baywheels_trips}
    group by start_station_id
  ) as t on t.start_station_id = s.station_id
  group by county
  order by trips desc`;

function print(title: string, columns: Record<string, string>, rows: Row[]): void {
  const table = new Table({
    head: Object.values(columns),
    colAligns: Object.keys(columns).map((_, i) => (i === 0 ? "left" : "right")),
    style: { head: [], border: [] },
  });
  table.push(...rows.map((row) => Object.keys(columns).map((name) => row[name] ?? "–")));
  console.log(`\n${title}\n${table.toString()}`);
}

/** Prints what the pipeline brought: trips a month, stations and trips a county, and the seconds of each step. */
export async function printSummary(warehouse: Warehouse, steps: Step[]): Promise<void> {
  const columns = { month: "Month", trips: "Trips", median_km: "Median km", median_minutes: "Median min" };
  print("Trips", columns, await query(warehouse, "Trips per month", trips));
  print(
    "Stations",
    { county: "County", stations: "Stations", trips: "Trips from there" },
    await query(warehouse, "Trips per county", counties),
  );
  const rows = steps.map(({ title, seconds }) => ({ title, seconds: seconds.toFixed(1) }));
  print("Time", { title: "Step", seconds: "Seconds" }, rows);
}

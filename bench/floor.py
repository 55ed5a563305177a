"""What DuckDB alone takes for the pipeline's work: the same zips into tables of the same rows, in one process.

Each batch is a list of months: they are loaded (unzipped, read, typed, one row a ride, brought into the main table),
then the tables that dbt makes are brought up to date for the days of those months. It shares no statement with the
pipeline and checks nothing: it is how fast the engine can be at best. Prints JSON: for each batch the seconds of both
steps, the rows of each loaded month and of each table.
"""

import argparse
import json
import time
import zipfile
from pathlib import Path

import duckdb
import duckdb_extension_spatial

CSV_COLUMNS = {
    "ride_id": "varchar",
    "rideable_type": "varchar",
    "started_at": "timestamp",
    "ended_at": "timestamp",
    "start_station_name": "varchar",
    "start_station_id": "varchar",
    "end_station_name": "varchar",
    "end_station_id": "varchar",
    "start_lat": "double",
    "start_lng": "double",
    "end_lat": "double",
    "end_lng": "double",
    "member_casual": "varchar",
}

SPHERE_RADIUS_KM = 6371.01

STATION_DAYS = """
    select
        started_on,
        station_id,
        arg_max(station_name, seen_at) as station_name,
        avg(lat) as lat,
        avg(lng) as lng,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from (
        select started_at::date as started_on, start_station_id as station_id, start_station_name as station_name,
            start_lat as lat, start_lng as lng, started_at as seen_at
        from trips
        union all
        select started_at::date, end_station_id, end_station_name, end_lat, end_lng, ended_at
        from trips
    )
    where station_id is not null and started_on in (select day from days)
    group by all
"""

STATIONS = """
    with seen as (
        select station_id, arg_max(station_name, started_on) as station_name, arg_max(lat, started_on) as lat,
            arg_max(lng, started_on) as lng, min(first_seen_at) as first_seen_at, max(last_seen_at) as last_seen_at
        from station_days
        group by station_id
    ),
    located as (
        select station_id, min(county) as county
        from seen
        join counties on st_within(st_point(lng, lat), outline)
        group by station_id
    )
    select seen.*, county
    from seen
    left join located using (station_id)
"""

FACTS = f"""
    with touched as (
        select
            *,
            started_at at time zone 'America/Los_Angeles' as start_instant,
            ended_at at time zone 'America/Los_Angeles' as end_instant
        from trips
        where started_at::date in (select day from days)
    ),
    places as (
        select start_lat as lat, start_lng as lng from touched where start_station_id is null
        union
        select end_lat, end_lng from touched where end_station_id is null
    ),
    located as (
        select lat, lng, min(county) as county
        from places
        join counties on st_within(st_point(lng, lat), outline)
        group by lat, lng
    )
    select
        unique_row_id,
        ride_id,
        source_month,
        rideable_type,
        member_casual,
        started_at,
        ended_at,
        started_at::date as started_on,
        touched.start_station_id,
        touched.end_station_id,
        start_lat,
        start_lng,
        end_lat,
        end_lng,
        if(start_station_id is null, start_place.county, start_station.county) as start_county,
        if(end_station_id is null, end_place.county, end_station.county) as end_county,
        round(2 * {SPHERE_RADIUS_KM} * asin(sqrt(
            sin(radians(end_lat - start_lat) / 2) ** 2
            + cos(radians(start_lat)) * cos(radians(end_lat)) * sin(radians(end_lng - start_lng) / 2) ** 2
        )), 3) as distance_km,
        case
            when end_instant >= start_instant then floor(epoch(end_instant) - epoch(start_instant))
        end as duration_seconds,
        hour(started_at) as start_hour,
        dayname(started_at) as start_weekday,
        month(started_at) as start_month,
        quarter(started_at) as start_quarter,
        year(started_at) as start_year
    from touched
    left join stations as start_station on start_station_id = start_station.station_id
    left join stations as end_station on end_station_id = end_station.station_id
    left join located as start_place on start_lat = start_place.lat and start_lng = start_place.lng
    left join located as end_place on end_lat = end_place.lat and end_lng = end_place.lng
"""


def connect(database: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(database))
    extensions = Path(duckdb_extension_spatial.__file__).parent / "extensions" / f"v{duckdb.__version__}"
    connection.execute(f"load '{next(extensions.rglob('spatial.duckdb_extension'))}'")
    return connection


def exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute("select 1 from duckdb_tables() where table_name = ?", [table]).fetchone()
    return found is not None


def rows_of(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return connection.execute(f"select count(*) from {table}").fetchone()[0]


def month_table(month: str) -> str:
    return f"trips_{month.replace('-', '_')}"


def unzip(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if name.endswith(".csv") and not name.startswith("__MACOSX")]
        if len(names) != 1:
            raise ValueError(f"{archive}: it must hold one CSV file; it holds {opened.namelist()}")
        return Path(opened.extract(names[0], folder))


def load(connection: duckdb.DuckDBPyConnection, month: str, archive: Path, folder: Path) -> None:
    """Brings a month into a table of its own and into the main table."""
    csv = unzip(archive, folder)
    table = month_table(month)
    connection.execute(
        f"""
        create or replace table {table} as
        select md5(ride_id) as unique_row_id, date '{month}-01' as source_month, '{csv.name}' as filename, *
        from read_csv('{csv}', columns = {CSV_COLUMNS}, header = true, auto_detect = false, delim = ',', quote = '"')
        where ride_id is not null and started_at is not null and ended_at is not null
        qualify row_number() over (partition by ride_id order by started_at) = 1
        """
    )
    connection.execute(f"create table if not exists trips as from {table} limit 0")
    connection.execute("begin")
    connection.execute(f"delete from trips using {table} as new where trips.ride_id = new.ride_id")
    connection.execute(f"insert into trips from {table}")
    connection.execute("commit")
    csv.unlink()


def replace_days(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    if not exists(connection, table):
        connection.execute(f"create table {table} as {query}")
        return
    connection.execute("begin")
    connection.execute(f"delete from {table} where started_on in (select day from days)")
    connection.execute(f"insert into {table} {query}")
    connection.execute("commit")


def build(connection: duckdb.DuckDBPyConnection, months: list[str], counties: Path) -> None:
    """Brings the counties, the stations and the facts up to date for the days of the months."""
    days = " union ".join(f"select started_at::date as day from {month_table(month)}" for month in months)
    connection.execute(f"create or replace temporary table days as {days}")
    connection.execute(
        f"""
        create or replace table counties as
        select fipsstco as county_id, county, st_makevalid(st_geomfromtext(the_geom)) as outline
        from read_csv('{counties}', header = true, all_varchar = true)
        """
    )
    replace_days(connection, "station_days", STATION_DAYS)
    connection.execute(f"create or replace table stations as {STATIONS}")
    replace_days(connection, "facts", FACTS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="for the database and the unpacked files")
    parser.add_argument("--counties", type=Path, required=True, help="the counties file")
    parser.add_argument("--batch", nargs="+", action="append", required=True, metavar="YYYY-MM=ZIP", help="in order")
    arguments = parser.parse_args()

    connection = connect(arguments.folder / "floor.duckdb")
    results = []
    for batch in arguments.batch:
        months = dict(item.split("=", 1) for item in batch)
        started = time.perf_counter()
        for month, archive in months.items():
            load(connection, month, Path(archive), arguments.folder)
        loaded = time.perf_counter()
        build(connection, list(months), arguments.counties)
        built = time.perf_counter()
        tables = ["trips", "counties", "station_days", "stations", "facts"]
        results.append(
            {
                "loadSeconds": loaded - started,
                "buildSeconds": built - loaded,
                "months": {month: rows_of(connection, month_table(month)) for month in months},
                "tables": {table: rows_of(connection, table) for table in tables},
            }
        )
    connection.close()
    print(json.dumps(results))


if __name__ == "__main__":
    main()

"""What DuckDB alone takes for the pipeline's work: the same zips into tables of the same rows, in one process.

Each batch is a list of months: they are loaded (unzipped, read, typed, each row judged by the pipeline's rules, one row
a ride brought into the main table, the others into the table of rejected ones), then the tables that dbt makes are
brought up to date for the months that their trips began in. It shares no statement with the pipeline and checks
nothing: it is how fast the engine can be at best. Prints JSON: for each batch the seconds of both steps, the rows of
each loaded month and of each table.
"""

from __future__ import annotations

import argparse
import json
import time
import zipfile
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import floor_tables as sql

TABLES = [
    "trips",
    "rejected",
    "counties",
    "station_months",
    "stations",
    "facts",
    "trips_by_month",
    "stations_by_month",
    "hours_by_month",
    "lengths_by_month",
    "routes_by_month",
]


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
    """Brings a month into a table of its own and the main table, and what is no trip into that of rejected rows."""
    csv = unzip(archive, folder)
    table = month_table(month)
    connection.execute("drop table if exists unread; drop table if exists unread_scans")
    connection.execute(f"create or replace temporary table judged as {sql.judged(month, csv)}")
    connection.execute(
        f"""
        create or replace table {table} as
        select * exclude (is_start_known, is_end_known, reason, final_reason) from judged where final_reason is null
        """
    )
    connection.execute(f"create table if not exists trips as from {table} limit 0")
    connection.execute("create table if not exists rejected (source_month date, reason varchar, ride varchar)")
    connection.execute("begin")
    connection.execute(f"delete from trips using {table} as new where trips.ride_id = new.ride_id")
    connection.execute(f"insert into trips from {table}")
    connection.execute(
        f"""
        insert into rejected
        select source_month, final_reason, ride_id from judged where final_reason is not null
        union all
        select date '{month}-01', if(bool_or(error_type != 'CAST'), 'malformed', 'bad timestamp'), any_value(csv_line)
        from unread
        group by line
        """
    )
    connection.execute("commit")
    csv.unlink()


def replace(connection: duckdb.DuckDBPyConnection, table: str, query: str, condition: str) -> None:
    """Makes those rows of a table anew for which the condition holds, or the whole table."""
    if not exists(connection, table):
        connection.execute(f"create table {table} as {query}")
        return
    connection.execute("begin")
    connection.execute(f"delete from {table} where {condition}")
    connection.execute(f"insert into {table} {query}")
    connection.execute("commit")


def build(connection: duckdb.DuckDBPyConnection, loaded: list[str], counties: Path) -> None:
    """Brings what dbt makes up to date for the months in which the trips of the loaded months began."""
    months = " union ".join(
        f"select date_trunc('month', started_at)::date as month from {month_table(month)}" for month in loaded
    )
    connection.execute(f"create or replace temporary table months as {months}")
    connection.execute(
        """
        create or replace temporary table touched as
        select * replace (
            if(start_lat = 0 or start_lng = 0, null, start_lat) as start_lat,
            if(start_lat = 0 or start_lng = 0, null, start_lng) as start_lng,
            if(end_lat = 0 or end_lng = 0, null, end_lat) as end_lat,
            if(end_lat = 0 or end_lng = 0, null, end_lng) as end_lng
        )
        from trips
        where date_trunc('month', started_at)::date in (select month from months)
        """
    )
    connection.execute(
        f"""
        create or replace table counties as
        select fipsstco as county_id, county, st_makevalid(st_geomfromtext(the_geom)) as outline
        from read_csv('{counties}', header = true, all_varchar = true)
        """
    )
    in_months = "month in (select month from months)"
    replace(connection, "station_months", sql.STATION_MONTHS, in_months)
    connection.execute(f"create or replace table stations as {sql.STATIONS}")
    replace(connection, "facts", sql.FACTS, in_months)
    replace(connection, "trips_by_month", sql.TRIPS_BY_MONTH, in_months)
    replace(connection, "stations_by_month", sql.STATIONS_BY_MONTH, in_months)
    replace(connection, "hours_by_month", sql.HOURS_BY_MONTH, in_months)
    replace(connection, "lengths_by_month", sql.LENGTHS_BY_MONTH, in_months)
    replace(connection, "routes_by_month", sql.ROUTES_BY_MONTH, in_months)


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
        results.append(
            {
                "loadSeconds": loaded - started,
                "buildSeconds": built - loaded,
                "months": {month: rows_of(connection, month_table(month)) for month in months},
                "tables": {table: rows_of(connection, table) for table in TABLES},
            }
        )
    connection.close()
    print(json.dumps(results))


if __name__ == "__main__":
    main()

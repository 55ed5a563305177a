"""Compares the tables with the published files, from which it computes their expected content.

It shares no code with the pipeline. Exit code 0: all is equal; 1: differences, each in one line; 2: nothing
was proved, because it could not compare.
"""

from __future__ import annotations

import argparse
import sys

from archive import Archives, SourceError, counties
from compare_marts import compare_marts
from compare_months import compare_loads, compare_rejected, compare_trips
from compare_stations import compare_stations
from compare_trips import compare_facts, compare_loaded
from expected import expect
from places import Counties
from report import Report
from warehouse import Warehouse


def note_outlines(report: Report, outlines: Counties) -> None:
    """Notes the outlines that need `make_valid`."""
    for county, fault in outlines.faults().items():
        if fault:
            report.note(f"The outline of {county} isn't a valid polygon; the even-odd rule applies: {fault}")


def compare(arguments: argparse.Namespace) -> int:
    """Compares everything; the exit code."""
    report = Report()
    url = None if arguments.bigquery == "none" else arguments.bigquery
    warehouse = Warehouse(arguments.project, arguments.dataset, url)
    loads = warehouse.loads()
    if not loads:
        raise SourceError("baywheels_loads names no month: nothing is loaded that could be compared")
    outlines = Counties(counties(arguments.counties))
    expected = expect(Archives(arguments.trips), {row["source_month"] for row in loads}, arguments.sample)
    if not expected.sample:
        raise SourceError("the files of the loaded months hold no ride")
    station_counties = expected.stations.counties(outlines)
    compare_loads(report, expected, loads)
    for table in ("baywheels_tripdata", "facts_baywheels_trips"):
        compare_trips(report, expected, warehouse, table)
    compare_rejected(report, expected, warehouse)
    note_outlines(report, outlines)
    compare_stations(report, expected.stations.by_id, station_counties, warehouse.stations())
    compare_loaded(report, expected, warehouse)
    compare_facts(report, expected, warehouse, outlines, station_counties)
    compare_marts(report, expected, loads, warehouse, outlines, station_counties)
    return report.close()


def main() -> int:
    """Reads the command line; the exit code."""
    parser = argparse.ArgumentParser(description="Compares the tables with the published files.")
    parser.add_argument("--project", required=True)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--bigquery", required=True, help="root of an emulator, or none: Google's own")
    parser.add_argument("--trips", required=True, help="address of the bucket of months, or a folder with its files")
    parser.add_argument("--counties", required=True, help="address or path of the counties' CSV")
    parser.add_argument("--sample", type=int, default=20_000, help="trips that are compared column by column")
    try:
        return compare(parser.parse_args())
    # whatever it is: 1 would say that there are differences
    except Exception as error:
        reason = str(error) if isinstance(error, SourceError) else f"{type(error).__name__}: {error}"
        print(f"The tables could not be compared with the published files: {reason}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

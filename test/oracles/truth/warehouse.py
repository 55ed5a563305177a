"""What the tables do say: reads BigQuery, or its emulator, by Google's own client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

#: Rows of a page of a result.
PAGE = 20_000

#: Seconds for which a server that does not answer is asked again.
PATIENCE = 60

Row = dict[str, Any]


class Warehouse:
    """A dataset; its tables are read, nothing is written."""

    def __init__(self, project: str, dataset: str, url: str | None) -> None:
        """url: root of an emulator; None is Google's BigQuery, with the application default credentials."""
        self._dataset = f"{project}.{dataset}"
        if url is None:
            self._client = bigquery.Client(project=project)
        else:
            options = {"api_endpoint": url}
            self._client = bigquery.Client(project, credentials=AnonymousCredentials(), client_options=options)

    def _rows(self, sql: str) -> Iterator[Row]:
        """Rows of a query; `{table}` names a table of the dataset."""
        retry = bigquery.DEFAULT_RETRY.with_timeout(PATIENCE)
        job = self._client.query(sql.replace("{", f"`{self._dataset}.").replace("}", "`"), retry=retry)
        for row in job.result(page_size=PAGE, retry=retry):
            yield dict(row)

    def loaded_months(self) -> list[date]:
        """First days of the loaded months."""
        return [row["source_month"] for row in self._rows("select source_month from {baywheels_loads}")]

    def digests(self, table: str) -> dict[tuple[date, str], tuple[int, str]]:
        """Rows of each month and the digest of their ids, in parts by the first digits of each id's digest."""
        rows = self._rows(f"""
            select
                source_month,
                substr(to_hex(md5(ride_id)), 1, 2) as part,
                count(*) as trips,
                to_hex(md5(string_agg(ride_id, ',' order by ride_id))) as digest
            from {{{table}}}
            group by source_month, part""")
        return {(row["source_month"], row["part"]): (row["trips"], row["digest"]) for row in rows}

    def rides(self, table: str, month: date | None) -> Counter[str | None]:
        """Ids of a month's rows, with their number."""
        which = "is null" if month is None else f"= date '{month}'"
        rows = self._rows(f"select ride_id from {{{table}}} where source_month {which}")
        return Counter(row["ride_id"] for row in rows)

    def facts(self, columns: list[str], sampled_to: str) -> Iterator[Row]:
        """The trips of a sample with these columns, and the distance of their ends in kilometres as `unrounded`.

        sampled_to: largest digest of a ride_id in the sample.
        """
        return self._rows(f"""
            select
                ride_id,
                {", ".join(columns)},
                st_distance(st_geogpoint(start_lng, start_lat), st_geogpoint(end_lng, end_lat)) / 1000 as unrounded
            from {{facts_baywheels_trips}}
            where to_hex(md5(ride_id)) <= '{sampled_to}'""")

    def stations(self) -> list[Row]:
        """Id, place and county of every station."""
        return list(self._rows("select station_id, lat, lng, county from {dim_stations}"))

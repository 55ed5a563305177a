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

    def loads(self) -> list[Row]:
        """Rows of the table of loads."""
        return list(
            self._rows("""
            select source_month, object_name, published_at, size_bytes, etag, rows_in_file, rows_loaded, rows_rejected
            from {baywheels_loads}""")
        )

    def rejected(self) -> Iterator[Row]:
        """All rejected rows."""
        return self._rows("select source_month, reason, raw from {baywheels_tripdata_rejected}")

    def digests(self, table: str) -> dict[tuple[date, str], tuple[int, str]]:
        """Rows of each month and the digest of their keys, in parts by the first digits of each key."""
        rows = self._rows(f"""
            with keyed as (select source_month, to_hex(unique_row_id) as key from {{{table}}})
            select
                source_month,
                substr(key, 1, 2) as part,
                count(*) as trips,
                to_hex(md5(string_agg(key, ',' order by key))) as digest
            from keyed
            group by source_month, part""")
        return {(row["source_month"], row["part"]): (row["trips"], row["digest"]) for row in rows}

    def rides(self, table: str, month: date | None) -> Counter[str | None]:
        """Keys of a month's rows, with their number."""
        which = "is null" if month is None else f"= date '{month}'"
        rows = self._rows(f"select to_hex(unique_row_id) as key from {{{table}}} where source_month {which}")
        return Counter(row["key"] for row in rows)

    def trips(self, table: str, columns: list[str], sampled_to: str) -> Iterator[Row]:
        """Rows of a sample of trips: these columns or expressions, and `key`.

        sampled_to: largest key in the sample.
        """
        return self._rows(f"""
            select to_hex(unique_row_id) as key, {", ".join(columns)}
            from {{{table}}}
            where to_hex(unique_row_id) <= '{sampled_to}'""")

    def stations(self) -> list[Row]:
        """Every station."""
        return list(
            self._rows("""
            select station_id, station_name, aliases, lat, lng, county, is_outside_counties, first_seen_at, last_seen_at
            from {dim_stations}""")
        )

    def all(self, table: str) -> Iterator[Row]:
        """All rows of a table."""
        return self._rows(f"select * from {{{table}}}")

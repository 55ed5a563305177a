"""Mends of bqemulator 1.4.0: one file a fault, each with what stock does wrong and what BigQuery does."""

from __future__ import annotations

from mends import (
    array_positions,
    array_text,
    clock_changes,
    column_lists,
    date_type,
    external_tables,
    float_text,
    geography_type,
    job_configuration,
    job_control,
    merge_matches,
    merge_plan,
    null_arrays,
    quantile_index,
    query_errors,
    reserved_names,
    result_pages,
    script_statements,
    sphere_distance,
    table_changes,
    table_expiration,
    table_layout,
    table_lists,
    text_casts,
    timestamp_diff,
    transactions,
    valid_outlines,
    week_start,
)


def install() -> None:
    """Installs every mend; call it once, before the server starts."""
    for mend in (
        array_positions,
        array_text,
        clock_changes,
        column_lists,
        date_type,
        external_tables,
        float_text,
        geography_type,
        job_configuration,
        job_control,
        merge_matches,
        merge_plan,
        null_arrays,
        quantile_index,
        query_errors,
        reserved_names,
        result_pages,
        script_statements,
        sphere_distance,
        table_changes,
        table_expiration,
        table_layout,
        table_lists,
        text_casts,
        timestamp_diff,
        transactions,
        valid_outlines,
        week_start,
    ):
        mend.install()

"""Patches of bqemulator 1.4.0: one file per fault, each with what stock does wrong and what BigQuery does."""

from __future__ import annotations

from patches import (
    array_positions,
    array_text,
    clock_changes,
    column_lists,
    date_type,
    dry_runs,
    external_tables,
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
    sphere_distance,
    table_changes,
    table_expiration,
    table_layout,
    table_lists,
    text_casts,
    timestamp_diff,
    transactions,
    trimmed_blanks,
    valid_outlines,
)


def install() -> None:
    """Installs every patch; call it once, before the server starts."""
    for patch in (
        array_positions,
        array_text,
        clock_changes,
        column_lists,
        date_type,
        dry_runs,
        external_tables,
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
        sphere_distance,
        table_changes,
        table_expiration,
        table_layout,
        table_lists,
        text_casts,
        timestamp_diff,
        transactions,
        trimmed_blanks,
        valid_outlines,
    ):
        patch.install()

"""Puts the emulator together: settings, engine, hooks, routes."""

from __future__ import annotations

import argparse
import logging

import patches
from bqemulator import server as stock
from bqemulator.config import LogFormat, LogLevel, PersistenceMode, Settings

from wrapper import app, engine, jobs, parsing, rows, statements


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The emulator's settings for these arguments."""
    return Settings(
        rest_host="127.0.0.1",
        rest_port=arguments.port,
        grpc_host="127.0.0.1",
        grpc_port=arguments.grpc_port,
        persistence_mode=PersistenceMode.PERSISTENT,
        data_dir=arguments.data_dir,
        gcs_local_root=arguments.storage_root,
        upload_staging_dir=arguments.data_dir / "uploads",
        log_level=LogLevel(arguments.log_level),
        log_format=LogFormat.CONSOLE,
        metrics_enabled=False,
        # the avro extension would be fetched from the network
        enable_format_extensions=False,
    )


def serve(arguments: argparse.Namespace) -> None:
    """Runs the emulator with every patch until SIGTERM or SIGINT."""
    arguments.data_dir.mkdir(parents=True, exist_ok=True)
    # it warns of each property that DuckDB lacks, such as the partitioning that patches/table_layout.py keeps
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    settings = settings_of(arguments)
    parsing.install()
    engine.install()
    statements.install()
    jobs.install()
    app.install()
    patches.install()
    rows.install()
    stock.EmulatorServer(settings).run_forever()

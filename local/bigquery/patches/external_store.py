"""Keeps the options of external tables in the database file, for tables.get and for the next start."""

from __future__ import annotations

import json
from typing import Any

from wrapper.engine import Engine

_TABLE = '"_bqemulator_catalog"."patched_external_tables"'


def create(engine: Engine) -> None:
    """Makes the table of options unless it exists."""
    engine.execute(
        f"CREATE TABLE IF NOT EXISTS {_TABLE} "
        "(project VARCHAR, dataset VARCHAR, name VARCHAR, configuration VARCHAR, PRIMARY KEY (project, dataset, name))"
    )


def keep(engine: Engine, target: tuple[str, str, str], configuration: dict[str, Any]) -> None:
    """Stores what tables.get shows as externalDataConfiguration."""
    engine.execute(f"INSERT OR REPLACE INTO {_TABLE} VALUES (?, ?, ?, ?)", [*target, json.dumps(configuration)])


def forget(engine: Engine, target: tuple[str, str, str]) -> None:
    """Removes the options of a table that is external no more."""
    engine.execute(f"DELETE FROM {_TABLE} WHERE project = ? AND dataset = ? AND name = ?", list(target))


def configuration_of(engine: Engine, target: tuple[str, str, str]) -> dict[str, Any] | None:
    """The stored externalDataConfiguration, or None."""
    row = engine.execute(
        f"SELECT configuration FROM {_TABLE} WHERE project = ? AND dataset = ? AND name = ?", list(target)
    ).fetchone()
    return json.loads(row[0]) if row else None

"""BEGIN, COMMIT and ROLLBACK TRANSACTION.

Stock: copies each table before the first change and copies it back when the script fails. A server that is killed
meanwhile leaves half of the changes and the copies, and a script that ends without COMMIT keeps its changes.
BigQuery: all changes or none; a transaction that is open at the script's end is rolled back. Here it is a transaction
of DuckDB, on the session of the job. A caught error (EXCEPTION WHEN ERROR) rolls it back too: DuckDB cannot go on.
"""

from __future__ import annotations

from bqemulator.scripting.interpreter import ScriptInterpreter


async def control(script: ScriptInterpreter, operation: str) -> None:
    """Runs BEGIN, COMMIT or ROLLBACK."""
    if operation == "ROLLBACK":
        await roll_back(script)
    elif operation == "BEGIN" and script._active_txn is None:
        script._ctx.engine.connection.begin()
        script._active_txn = {}
    elif operation == "COMMIT" and script._active_txn is not None:
        script._active_txn = None
        script._ctx.engine.connection.commit()


async def roll_back(script: ScriptInterpreter) -> None:
    """Ends the open transaction, if there is one, without its changes."""
    if script._active_txn is not None:
        script._active_txn = None
        script._ctx.engine.connection.rollback()


async def copy_nothing(_script: ScriptInterpreter, _sql: str) -> None:
    """Takes the place of stock's copy of a table before its first change."""


def install() -> None:
    """Replaces stock's four functions."""
    ScriptInterpreter._handle_txn_statement = control
    ScriptInterpreter._snapshot_dml_targets = copy_nothing
    ScriptInterpreter._drop_txn_snapshots = roll_back
    ScriptInterpreter._restore_txn_snapshots = roll_back

"""Serves a local BigQuery: bqemulator with the patches of this folder, over files of an emulated Cloud Storage.

    python main.py --port P --grpc-port Q --data-dir D --storage-root R

`GET /readyz` answers 200 when queries can be sent. SIGTERM and SIGINT stop the server after the running statement;
what was answered before a SIGKILL is there again after a restart. A port that is taken ends the process with status 1
and one line on stderr that names the port.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wrapper.ports import PortTaken, require_free_port


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """Reads the command line; argparse exits with status 2 and a usage line when it is wrong."""
    parser = argparse.ArgumentParser(prog="bigquery", description="Local BigQuery on 127.0.0.1")
    parser.add_argument("--port", type=int, required=True, help="REST port")
    parser.add_argument("--grpc-port", type=int, required=True, help="port of the Storage Read and Write APIs (gRPC)")
    parser.add_argument("--data-dir", type=Path, required=True, help="folder that keeps datasets, tables and jobs")
    parser.add_argument(
        "--storage-root", type=Path, required=True, help="filesystem root of the Cloud Storage emulator"
    )
    parser.add_argument("--log-level", default="warning", choices=["debug", "info", "warning", "error"])
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """Runs the server until it is stopped; returns the exit status."""
    arguments = parse_arguments(argv)
    try:
        require_free_port(arguments.port, "--port")
        require_free_port(arguments.grpc_port, "--grpc-port")
    except PortTaken as taken:
        print(f"bigquery: {taken}", file=sys.stderr)
        return 1
    # imported late: wrong arguments and taken ports are reported at once, and the emulator logs during its import
    from bqemulator.config import LogFormat, LogLevel
    from bqemulator.observability.logging_ import configure_logging

    configure_logging(level=LogLevel(arguments.log_level), fmt=LogFormat.CONSOLE)
    from wrapper.server import serve

    serve(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

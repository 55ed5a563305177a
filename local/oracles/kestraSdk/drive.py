"""Drives Kestra's REST API through Kestra's own Python SDK and reads every answer into the SDK's models.

Prints one JSON line a check: `{"check", "route", "ok", "problem"}`. Ends with 1 when a check failed.
User and password come from KESTRA_USERNAME and KESTRA_PASSWORD. The server must be a fresh one.
"""

import argparse
import json
import os
import re
import sys

import execution_checks
import file_checks
import flow_checks
import kv_checks
import log_checks
import server_checks
import trigger_checks
from lab import Check, Lab, checks

# Each module registers its checks when it is imported.
AREAS = (
    server_checks,
    flow_checks,
    kv_checks,
    file_checks,
    execution_checks,
    log_checks,
    trigger_checks,
)


def pattern(route: str) -> re.Pattern[str]:
    """A pattern of a route's requests."""
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route)))


def route_of(request: str, routes: list[str]) -> str | None:
    """The route of a request: of those that fit, the one with the fewest variables."""
    fitting = [route for route in routes if pattern(route).fullmatch(request)]
    return min(fitting, key=lambda route: route.count("{"), default=None)


def problem_of(check: Check, lab: Lab, routes: list[str]) -> str | None:
    """Why a check failed. One that does not call its route fails too."""
    lab.sent.clear()
    try:
        check.prove(lab)
    except Exception as failure:
        return f"{type(failure).__name__}: {failure}"
    sent = {f"{method} {path}" for method, path in lab.sent}
    if check.route not in {route_of(request, routes) for request in sent}:
        return f"sent {', '.join(sorted(sent)) or 'nothing'}, which is not its route"
    return None


def main() -> int:
    """Runs the checks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="root of the server, such as http://127.0.0.1:8080")
    given = parser.parse_args()
    order = [area.__name__ for area in AREAS]
    chosen = sorted(checks, key=lambda check: order.index(check.prove.__module__))
    lab = Lab(given.url, os.environ["KESTRA_USERNAME"], os.environ["KESTRA_PASSWORD"])
    routes = sorted({check.route for check in checks})
    failed = 0
    for check in chosen:
        problem = problem_of(check, lab, routes)
        failed += problem is not None
        print(
            json.dumps({"check": check.name, "route": check.route, "ok": problem is None, "problem": problem}),
            flush=True,
        )
        # When the server has stopped answering, every later check would time out too.
        if problem is not None and problem.startswith(("ReadTimeout", "ConnectionError")):
            break
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Calls every route of the local Kestra server through Kestra's own Python SDK, on a fresh server.

Every answer must fit the SDK's model exactly: no invalid value, no missing field, no field unknown to the model. Prints
one JSON object: `requests` (`METHOD /path` of each) and `problems`. Arguments: root of the server, user, and the name
of the environment variable that holds the password.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable
from typing import Any

from kestrapy import KestraClient, KVEntry, MiscControllerConfiguration, Trigger
from kestrapy.base_api import BaseApi
from kestrapy.exceptions import ApiException
from kestrapy.models.paged_results_execution import PagedResultsExecution
from kestrapy.models.paged_results_trigger import PagedResultsTrigger

TENANT = "main"
ROOT = f"/api/v1/{TENANT}"
NAMESPACE = "sdk"

# Every property that the SDK's model of a flow has a type for.
FLOW = """
id: greeting
namespace: sdk
description: Says hello
labels: {kind: test}
variables: {greeting: Hello}
inputs:
  - {id: who, type: STRING, displayName: Whom to greet, defaults: world}
  - {id: count, type: INT, required: false, min: 1}
  - {id: plain, type: BOOLEAN, defaults: false}
  - {id: more, type: JSON, required: false}
  - {id: list, type: ARRAY, itemType: INT, required: false}
  - {id: upload, type: FILE, required: false}
outputs:
  - {id: said, type: STRING, value: "{{ outputs.say.value }}"}
concurrency: {limit: 2, behavior: QUEUE}
checks:
  - {condition: "{{ inputs.who != 'nobody' }}", message: Greet somebody, behavior: BLOCK_EXECUTION}
pluginDefaults:
  - {type: io.kestra.plugin.core.log.Log, values: {level: WARN}}
tasks:
  - id: say
    type: io.kestra.plugin.core.debug.Return
    format: "{{ vars.greeting }} {{ inputs.who }}"
    timeout: PT1M
    logLevel: DEBUG
  - {id: keep, type: io.kestra.plugin.core.storage.Write, content: "{{ inputs.who }}", extension: .txt}
  - {id: warn, type: io.kestra.plugin.core.log.Log, message: "Hello {{ inputs.who }}"}
errors:
  - {id: failed, type: io.kestra.plugin.core.log.Log, message: It failed}
finally:
  - {id: ended, type: io.kestra.plugin.core.log.Log, message: It ended}
afterExecution:
  - {id: afterwards, type: io.kestra.plugin.core.log.Log, message: It is over}
triggers:
  - {id: monthly, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 10 15 * *"}
"""

SLEEPER = """
id: sleeper
namespace: sdk
tasks:
  - {id: sleep, type: io.kestra.plugin.core.flow.Sleep, duration: PT5M}
"""

# What the SDK 1.3.1 itself gets wrong: the first event of a stream has only an id, and a backfill's inputs are texts.
KNOWN_MISFITS = ("4 validation errors for Execution\nnamespace\n", "1 validation error for Backfill\ninputs.month\n")


def same(actual: object, expected: object) -> None:
    """Fails unless both are equal."""
    if actual != expected:
        raise AssertionError(f"{actual!r} instead of {expected!r}")


def fitted(data: Any, model: Any) -> Any:
    """Reads an answer into a model, in place of the SDK's own reader, which ignores what doesn't fit."""
    try:
        found = model.from_dict(data)
    except Exception as misfit:
        if not any(known in str(misfit) for known in KNOWN_MISFITS):
            raise
        return model.model_construct(**data)
    for each in [found, *(getattr(found, "results", None) or [])]:
        if each.additional_properties:
            raise AssertionError(f"fields unknown to {type(each).__name__}: {sorted(each.additional_properties)}")
    return found


def refused(status: int, call: Callable[[], object]) -> None:
    """Fails unless the server refuses the call with this status."""
    try:
        answer = call()
    except ApiException as refusal:
        same(refusal.status, status)
        return
    raise AssertionError(f"answered {answer!r} instead of {status}")


def eventually(look: Callable[[], Any]) -> Any:
    """Looks again and again until there is something."""
    until = time.monotonic() + 60
    while not (found := look()):
        if time.monotonic() > until:
            raise AssertionError("nothing came within a minute")
        time.sleep(0.1)
    return found


def is_filter(field: str, value: Any) -> list[dict[str, Any]]:
    """The filter of a search."""
    return [{"field": field, "operation": "EQUALS", "value": value}]


class Driver:
    """The SDK, connected to one server. Each public method drives one area."""

    def __init__(self, url: str, username: str, password: str) -> None:
        BaseApi._deserialize = staticmethod(fitted)
        self.client = KestraClient(host=url, username=username, password=password, timeout=60)
        self.base = BaseApi(self.client._session, url, timeout=60)
        self.requests: list[str] = []
        self.client._session.hooks["response"].append(self._note)

    def _note(self, response: Any, **_: Any) -> None:
        self.requests.append(f"{response.request.method} {response.request.path_url.split('?')[0]}")

    def server(self) -> None:
        """Settings, and the refusal of a wrong password."""
        same(self.base._json_request("GET", "/api/v1/configs", MiscControllerConfiguration).edition.value, "OSS")
        stranger = KestraClient(host=self.base._base_url, username="a@example.com", password="Wrong1Pass", timeout=60)
        refused(401, lambda: stranger.flows.search_flows(TENANT))

    def flows(self) -> None:
        """Flows."""
        api = self.client.flows
        same(api.create_flow(TENANT, FLOW).source.strip(), FLOW.strip())
        refused(422, lambda: api.create_flow(TENANT, FLOW))
        same(api.flow(NAMESPACE, "greeting", TENANT).source, None)
        same(api.flow(NAMESPACE, "greeting", TENANT, source=True).source.strip(), FLOW.strip())
        api.create_flow(TENANT, SLEEPER)
        longer = SLEEPER.replace("PT5M", "PT6M")
        same([api.update_flow(NAMESPACE, "sleeper", TENANT, longer).revision for _ in range(2)], [2, 2])
        same(sorted(each.id for each in api.list_flows_by_namespace(NAMESPACE, TENANT)), ["greeting", "sleeper"])
        page = api.search_flows(TENANT, page=1, size=1, sort=["id:desc"], filters=is_filter("NAMESPACE", NAMESPACE))
        same((page.total, [each.id for each in page.results]), (2, ["sleeper"]))
        labelled = api.search_flows(TENANT, filters=is_filter("LABELS", {"kind": "test"}))
        same([each.id for each in labelled.results], ["greeting"])
        wrong = SLEEPER.replace("flow.Sleep", "flow.Slep")
        right, verdict = sorted(api.validate_flows(TENANT, f"{SLEEPER}---{wrong}"), key=lambda each: each.index)
        same((right.constraints, "Slep" in verdict.constraints), (None, True))
        api.create_flow(TENANT, SLEEPER.replace("sleeper", "doomed"))
        api.delete_flow(NAMESPACE, "doomed", TENANT)
        refused(404, lambda: api.flow(NAMESPACE, "doomed", TENANT))
        refused(404, lambda: api.delete_flow(NAMESPACE, "doomed", TENANT))

    def executions(self) -> None:
        """Executions with their files and logs."""
        api = self.client.executions
        inputs = {"who": "Zoë", "count": 7, "plain": True, "more": {"a": [1]}, "list": [1, 2], "upload": b"a file"}
        ended = api.create_execution(TENANT, NAMESPACE, "greeting", wait=True, inputs=inputs)
        same((ended.state.current.value, ended.outputs), ("SUCCESS", {"said": "Hello Zoë"}))
        same({name: ended.inputs[name] for name in inputs if name != "upload"} | {"upload": b"a file"}, inputs)
        same(api.download_file_from_execution(ended.id, ended.inputs["upload"], TENANT), b"a file")
        refused(422, lambda: api.create_execution(TENANT, NAMESPACE, "greeting", inputs={"count": "many"}))
        refused(404, lambda: api.create_execution(TENANT, NAMESPACE, "absent"))
        created = api.create_execution(TENANT, NAMESPACE, "greeting")
        same((created.state.current.value, created.task_run_list), ("CREATED", None))
        events = list(api.follow_execution(created.id, TENANT))
        same((events[-1].state.current.value, events[-1].inputs["who"]), ("SUCCESS", "world"))
        same({each.attempts[0].state.current.value for each in events[-1].task_run_list}, {"SUCCESS"})
        kept = next(each for each in ended.task_run_list if each.task_id == "keep").outputs["uri"]
        # The API redirects to the execution that owns the file.
        same(api.download_file_from_execution(created.id, kept, TENANT), "Zoë".encode())
        refused(404, lambda: api.download_file_from_execution(ended.id, kept.replace(".txt", ".csv"), TENANT))
        refused(404, lambda: api.execution("absent", TENANT))
        logs = self.client.logs.list_logs_from_execution
        same(next(each.message for each in logs(ended.id, TENANT, min_level="WARN")), "Hello Zoë")
        same(logs("absent", TENANT), [])

    def kills(self) -> None:
        """The end of a running execution, and searches for it."""
        api = self.client.executions
        created = api.create_execution(TENANT, NAMESPACE, "sleeper")

        def is_now(state: str) -> bool:
            runs = api.execution(created.id, TENANT).task_run_list or []
            return [each.state.current.value for each in runs] == [state]

        eventually(lambda: is_now("RUNNING"))
        api.kill_execution(created.id, TENANT, is_on_kill_cascade=True)
        eventually(lambda: is_now("KILLED"))
        killed = [
            *is_filter("FLOW_ID", "sleeper"),
            {"field": "STATE", "operation": "IN", "value": ["FAILED", "KILLED"]},
        ]
        found = eventually(lambda: self._executions(killed, page=1, size=1, sort=["state.startDate:asc"]))
        same([each.id for each in found], [created.id])
        refused(404, lambda: api.kill_execution("absent", TENANT))

    def _executions(self, filters: list[dict[str, Any]], **page: Any) -> list[Any]:
        # The SDK returns this answer unparsed.
        answer = self.client.executions.search_executions(TENANT, filters=filters, **page)
        return fitted(answer, PagedResultsExecution).results

    def kv(self) -> None:
        """Entries of the key-value store."""
        api = self.client.kv
        values = {
            "STRING": ('"Bay \\"Wheels\\", ü"', 'Bay "Wheels", ü'),
            "NUMBER": ("-1.25", -1.25),
            "BOOLEAN": ("true", True),
            "DATETIME": ("2025-03-15T10:00:00Z", "2025-03-15T10:00:00Z"),
            "DATE": ("2025-03-15", "2025-03-15"),
            "DURATION": ("PT36H", "PT36H"),
            "JSON": ('{"a": [1, "two", null], "b": {"c": true}}', {"a": [1, "two", None], "b": {"c": True}}),
        }
        # The SDK's call has no parameter for these headers.
        self.client._session.headers.update({"ttl": "PT2H", "description": "Kept for two hours"})
        for kind, (body, value) in values.items():
            api.set_key_value(NAMESPACE, kind, TENANT, body)
            found = api.key_value(NAMESPACE, kind, TENANT)
            same((found.type.value, found.value, found.revision), (kind, value, 1))
        for header in ("ttl", "description"):
            del self.client._session.headers[header]
        listed = self.base._json_list_request("GET", f"{ROOT}/namespaces/{NAMESPACE}/kv", KVEntry)
        same({each.description for each in listed}, {"Kept for two hours"})
        same({round((each.expiration_date - each.update_date).total_seconds()) for each in listed}, {7200})
        page = api.list_all_keys(TENANT, page=2, size=3, sort=["key:desc"], filters=is_filter("NAMESPACE", NAMESPACE))
        same((page.total, [each.key for each in page.results]), (7, ["DURATION", "DATETIME", "DATE"]))
        same([api.delete_key_value(NAMESPACE, "DATE", TENANT) for _ in range(2)], [True, False])
        refused(404, lambda: api.key_value(NAMESPACE, "DATE", TENANT))

    def files(self) -> None:
        """Namespace files."""
        api = self.client.files
        content = bytes(range(256)) * 40
        for each in (b"first", content):
            api.create_namespace_file(NAMESPACE, "/folder/deep/ä.bin", TENANT, each)
        same(api.file_content(NAMESPACE, "/folder/deep/ä.bin", TENANT), content)
        stats = api.file_metadatas(NAMESPACE, TENANT, "/folder/deep/ä.bin")
        same((stats.size, stats.type.value), (len(content), "File"))
        same(abs(stats.last_modified_time / 1000 - time.time()) < 60, True)
        same(api.file_metadatas(NAMESPACE, TENANT, "/folder").type.value, "Directory")
        names = [each.file_name for each in api.list_namespace_directory_files(NAMESPACE, TENANT, "/folder")]
        same(names, ["deep"])
        same("folder" in [each.file_name for each in api.list_namespace_directory_files(NAMESPACE, TENANT)], True)
        api.delete_file_directory(NAMESPACE, "/folder", TENANT)
        for call in (api.file_content, api.delete_file_directory):
            refused(422, lambda call=call: call(NAMESPACE, "/../outside", TENANT))
        refused(404, lambda: api.file_content(NAMESPACE, "/folder/deep/ä.bin", TENANT))
        refused(404, lambda: api.file_metadatas(NAMESPACE, TENANT, "/absent"))

    def triggers(self) -> None:
        """Triggers, off and on, and a backfill."""

        def state() -> Trigger | None:
            answer = self.client.triggers.search_triggers_for_flow(TENANT, NAMESPACE, "greeting", page=1, size=10)
            found = fitted(answer, PagedResultsTrigger).results
            return found[0] if found and found[0].next_execution_date else None

        def put(**wanted: Any) -> Trigger:
            # The SDK has the model, but no call.
            named = {"namespace": NAMESPACE, "flowId": "greeting", "triggerId": "monthly", **wanted}
            return self.base._json_request("PUT", f"{ROOT}/triggers", Trigger, body=named)

        eventually(state)
        same([put(disabled=disabled).disabled for disabled in (True, False)], [True, False])
        before = eventually(state).next_execution_date
        dates = {"start": "2025-03-15T10:00:00Z", "end": "2025-04-15T10:00:00Z"}
        put(backfill={**dates, "inputs": {"month": "x"}, "labels": [{"key": "season", "value": "spring"}]})

        def ended() -> list[Any] | None:
            found = self._executions(is_filter("LABELS", {"season": "spring"}))
            over = len(found) == 2 and all(each.state.current.value == "SUCCESS" for each in found)
            return found if over else None

        same({each.trigger.id for each in eventually(ended)}, {"monthly"})
        eventually(lambda: (found := state()) and found.backfill is None and found.next_execution_date == before)


def main() -> None:
    """Drives all areas, each whatever became of those before it."""
    url, username, password = sys.argv[1:]
    driver = Driver(url, username, os.environ[password])
    problems = []
    for area in ("server", "flows", "executions", "kills", "kv", "files", "triggers"):
        try:
            getattr(driver, area)()
        except Exception as failure:
            last = driver.requests[-1] if driver.requests else "no request"
            problems.append(re.sub(r"\s+", " ", f"{area}, at {last}: {type(failure).__name__}: {failure}"))
    print(json.dumps({"requests": sorted(set(driver.requests)), "problems": problems}))


if __name__ == "__main__":
    main()

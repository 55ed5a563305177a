"""What Kestra's own SDK 2.0 says to a server, and what it takes for an answer.

Without an argument: prints the answers of a server 2.0 as a JSON object (`METHOD /path` below the tenant -> body), if
the SDK's models take each of them: they refuse a wrong type, a missing field, and here an unknown one, too. With the
root of a server: sends one request of each kind there, and reads the answer.
"""

import json
import sys
from typing import Any

from kestrapy import KestraClient
from kestrapy.base_api import BaseApi
from kestrapy.models.execution_controller_execution_response import ExecutionControllerExecutionResponse
from kestrapy.models.flow import Flow
from kestrapy.models.flow_with_source import FlowWithSource
from kestrapy.models.kv_controller_kv_detail import KVControllerKvDetail
from kestrapy.models.log_entry import LogEntry
from kestrapy.models.misc_controller_configuration import MiscControllerConfiguration
from kestrapy.models.paged_results_api_light_execution import PagedResultsApiLightExecution
from kestrapy.models.paged_results_api_trigger_state import PagedResultsApiTriggerState
from kestrapy.models.paged_results_kv_entry import PagedResultsKVEntry
from kestrapy.models.trigger_controller_api_create_backfill_request import TriggerControllerApiCreateBackfillRequest
from kestrapy.models.trigger_controller_api_disable_trigger_request import TriggerControllerApiDisableTriggerRequest
from kestrapy.models.validate_constraint_violation import ValidateConstraintViolation

TENANT = "main"
NAMED = {"namespace": "n", "flowId": "f"}
TRIGGER = {**NAMED, "triggerId": "monthly"}
BACKFILL = {
    "start": "2025-03-15T10:00:00Z",
    "end": "2025-04-15T10:00:00Z",
    "labels": [{"key": "season", "value": "spring"}],
}
START = "2026-01-02T03:04:05Z"
END = "2026-01-02T03:04:06Z"

STATE = {
    "current": "SUCCESS",
    "startDate": START,
    "endDate": END,
    "histories": [{"state": "SUCCESS", "date": END}],
    "getDuration": "PT1S",
    "getStartDate": START,
    "getEndDate": END,
}
RUN = {
    **NAMED,
    "id": "e1",
    "flowRevision": 1,
    "originalId": "e1",
    "state": STATE,
    "labels": [{"key": "month", "value": "2025-03"}],
}
WHOLE = {**RUN, "deleted": False, "metadata": {"attemptNumber": 1, "originalCreatedDate": START}}

WAITING = {
    **TRIGGER,
    "updatedAt": START,
    "evaluatedAt": START,
    "nextEvaluationDate": "2026-02-15T10:00:00Z",
    "disabled": False,
    "locked": False,
    "backfill": {**BACKFILL, "currentDate": "2025-03-15T10:00:00Z", "paused": False},
}
PAUSED = {**TRIGGER, "triggerId": "paused", "updatedAt": START, "disabled": True}
ENTRY = {"namespace": "n", "key": "K", "revision": 2, "description": "d", "expirationDate": END}

SOURCE = "id: f\nnamespace: n\ntasks:\n  - {id: t, type: io.kestra.plugin.core.log.Log, message: m}\n"
FLOW = {
    "id": "f",
    "namespace": "n",
    "revision": 3,
    "disabled": False,
    "draft": False,
    "deleted": False,
    "tasks": [{"id": "t", "type": "io.kestra.plugin.core.log.Log"}],
}
TEXT = {**FLOW, "source": SOURCE}
VERDICT = {**{"index": 0, "namespace": "n", "flow": "f"}, "constraints": "c", "warnings": ["w"], "infos": ["i"]}

ANSWERS: dict[str, tuple[Any, Any]] = {
    "GET /configs": (MiscControllerConfiguration, {"version": "2.0.0", "uuid": "u", "edition": "OSS"}),
    "POST /flows": (FlowWithSource, TEXT),
    "GET /flows/n/f": (FlowWithSource, TEXT),
    "PUT /flows/n/f": (FlowWithSource, TEXT),
    "GET /flows/n": (Flow, [FLOW]),
    "POST /flows/validate": (ValidateConstraintViolation, [VERDICT]),
    "GET /triggers/n/f": (PagedResultsApiTriggerState, {"total": 2, "results": [WAITING, PAUSED]}),
    "POST /executions/n/f": (ExecutionControllerExecutionResponse, {**WHOLE, "url": "http://server/ui/e1"}),
    "GET /executions/e1": (ExecutionControllerExecutionResponse, WHOLE),
    "GET /executions/search": (PagedResultsApiLightExecution, {"total": 1, "results": [{**RUN, "tenantId": TENANT}]}),
    "GET /logs/e1": (LogEntry, [{**NAMED, "level": "INFO", "message": "m", "timestamp": START, "progress": "1/2"}]),
    "GET /namespaces/n/kv/K": (KVControllerKvDetail, {"type": "STRING", "value": "v", "revision": 2}),
    "GET /kv": (PagedResultsKVEntry, {"total": 1, "results": [ENTRY]}),
}


def checked(model: Any, data: Any) -> Any:
    """The data, if it is a valid instance of a model and has no field beside its own; or a list of such."""
    if isinstance(data, list):
        return [checked(model, each) for each in data]
    instance = model.from_dict(data)
    for each in [instance, *(getattr(instance, "results", None) or [])]:
        if each.additional_properties:
            raise AssertionError(f"unknown to {type(each).__name__}: {each.additional_properties}")
    return data


def drive(url: str) -> None:
    """Sends one request of each kind."""
    BaseApi._deserialize = staticmethod(lambda data, model: model.from_dict(data))
    client = KestraClient(host=url, username="a@example.com", password="Password1", timeout=60)
    flows, triggers, executions = client.flows, client.triggers, client.executions
    flows.create_flow(TENANT, SOURCE)
    flows.flow("n", "f", TENANT, source=True)
    flows.update_flow("n", "f", TENANT, SOURCE)
    flows.list_flows_by_namespace("n", TENANT)
    flows.validate_flows(TENANT, SOURCE)
    flows.delete_flow("n", "f", TENANT)
    triggers.search_triggers_for_flow(TENANT, "n", "f", size=100)
    triggers.create_backfill(TENANT, TriggerControllerApiCreateBackfillRequest(**TRIGGER, backfill=BACKFILL))
    for disabled in (True, False):
        body = TriggerControllerApiDisableTriggerRequest(**TRIGGER, disabled=disabled)
        triggers.disable_trigger_by_id(TENANT, body)
    executions.create_execution(TENANT, "n", "f", inputs={"month": "2025-03"})
    executions.execution("e1", TENANT)
    filters = [
        {"field": "NAMESPACE", "operation": "EQUALS", "value": "n"},
        {"field": "FLOW_ID", "operation": "EQUALS", "value": "f"},
        {"field": "STATE", "operation": "IN", "value": ["FAILED", "SUCCESS"]},
        {"field": "START_DATE", "operation": "GREATER_THAN_OR_EQUAL_TO", "value": START},
        {"field": "LABELS", "operation": "EQUALS", "value": {"month": "2025-03"}},
    ]
    executions.search_executions(TENANT, size=3, sort=["state.startDate:desc"], filters=filters)
    client.logs.list_logs_from_execution("e1", TENANT, min_level="INFO")
    list(executions.follow_execution("e1", TENANT))
    client.kv.key_value("n", "K", TENANT)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        drive(sys.argv[1])
    else:
        print(json.dumps({route: checked(*answer) for route, answer in ANSWERS.items()}))

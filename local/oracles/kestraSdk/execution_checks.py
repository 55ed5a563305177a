"""Executions."""

from datetime import UTC, datetime, timedelta
from typing import Any

from kestrapy import Execution, ExecutionControllerExecutionResponse, StateType
from kestrapy.models.paged_results_execution import PagedResultsExecution
from lab import ROOT, TENANT, Lab, check, eventually, known, misfit, read, refused, same, true

EXECUTIONS = f"{ROOT}/executions"
EXECUTION = f"{EXECUTIONS}/{{executionId}}"
NAMESPACE = "sdk.executions"

FLOWS = """
id: greeting
namespace: sdk.executions
inputs:
  - {id: who, type: STRING, defaults: world}
  - {id: count, type: INT, required: false}
  - {id: plain, type: BOOLEAN, defaults: false}
  - {id: more, type: JSON, required: false}
  - {id: list, type: ARRAY, itemType: INT, required: false}
  - {id: upload, type: FILE, required: false}
outputs:
  - {id: said, type: STRING, value: "{{ outputs.say.value }}"}
labels:
  kind: test
tasks:
  - {id: say, type: io.kestra.plugin.core.debug.Return, format: "Hello {{ inputs.who }} {{ inputs.count }}"}
  - {id: keep, type: io.kestra.plugin.core.storage.Write, content: "Hello {{ inputs.who }}", extension: .txt}
  - {id: told, type: io.kestra.plugin.core.log.Log, message: "Hello {{ inputs.who }}"}
  - {id: warned, type: io.kestra.plugin.core.log.Log, level: WARN, message: "Warned {{ inputs.who }}"}
---
id: sleeper
namespace: sdk.executions
tasks:
  - {id: sleep, type: io.kestra.plugin.core.flow.Sleep, duration: PT5M}
---
id: failing
namespace: sdk.executions
tasks:
  - {id: before, type: io.kestra.plugin.core.debug.Return, format: before}
  - {id: fail, type: io.kestra.plugin.core.execution.Fail, errorMessage: "On purpose"}
"""


def prepared(lab: Lab) -> None:
    """Registers the flows, once."""
    lab.once("execution flows", lambda: [lab.flows.create_flow(TENANT, flow) for flow in FLOWS.split("---")])


def run(lab: Lab, flow: str = "greeting", **options: Any) -> ExecutionControllerExecutionResponse:
    """Runs a flow to its end."""
    prepared(lab)
    return lab.executions.create_execution(TENANT, NAMESPACE, flow, wait=True, **options)


def greeted(lab: Lab) -> ExecutionControllerExecutionResponse:
    """An execution that has ended, and that no check changes."""
    return lab.once("greeted", lambda: run(lab, inputs={"who": "Ada", "count": 3}))


def ended(lab: Lab, execution: str, state: StateType) -> Execution:
    """The execution, once it has ended in this state."""

    def look() -> Execution | None:
        found = lab.executions.execution(execution, TENANT)
        return found if found.state.current == state else None

    return eventually(look, f"execution {execution} is {state}")


def kept(lab: Lab) -> str:
    """Address of the file that an execution left."""
    return next(each for each in greeted(lab).task_run_list if each.task_id == "keep").outputs["uri"]


def is_greeting(execution: Execution | ExecutionControllerExecutionResponse, who: str, count: int | None) -> None:
    """Proves each property of an ended execution."""
    same((execution.namespace, execution.flow_id, execution.flow_revision), (NAMESPACE, "greeting", 1), "flow")
    same(execution.state.current, StateType.SUCCESS, "state")
    same([each.state.value for each in execution.state.histories], ["CREATED", "RUNNING", "SUCCESS"], "history")
    true(abs(execution.state.start_date - datetime.now(UTC)) < timedelta(minutes=5), "started just now")
    true(execution.state.end_date > execution.state.start_date, "ended after the start")
    true(execution.state.duration.startswith("PT"), f"a duration: {execution.state.duration}")
    same((execution.inputs["who"], execution.inputs["count"]), (who, count), "inputs")
    said = f"Hello {who} {'' if count is None else count}"
    same(execution.outputs, {"said": said}, "outputs")
    runs = {each.task_id: each for each in execution.task_run_list}
    same(list(runs), ["say", "keep", "told", "warned"], "tasks")
    same(runs["say"].outputs["value"], said, "output of the first task")
    same({each.state.current for each in runs.values()}, {StateType.SUCCESS}, "states of the tasks")
    same([each.state.current for each in runs["say"].attempts], [StateType.SUCCESS], "attempts of the first task")
    same((runs["say"].execution_id, runs["say"].flow_id), (execution.id, "greeting"), "execution of the first task")
    labels = {each.key: each.value for each in execution.labels}
    same((labels["kind"], labels["system.correlationId"]), ("test", execution.id), "labels")
    same((execution.deleted, execution.original_id, execution.parent_id), (False, execution.id, None), "origin")
    same(execution.metadata.attempt_number, 1, "attempt")


@check(f"POST {EXECUTIONS}/{{namespace}}/{{id}}", "starts a flow and answers at once")
def create(lab: Lab) -> None:
    prepared(lab)
    created = lab.executions.create_execution(TENANT, NAMESPACE, "greeting")
    known(created)
    same(
        (created.state.current, created.flow_id, created.task_run_list), (StateType.CREATED, "greeting", None), "state"
    )
    same(created.url, f"{lab.url}/ui/main/executions/{NAMESPACE}/greeting/{created.id}", "url")
    same(ended(lab, created.id, StateType.SUCCESS).inputs["who"], "world", "default of an input")
    refused(404, lambda: lab.executions.create_execution(TENANT, NAMESPACE, "absent"))
    refused(
        422, lambda: lab.executions.create_execution(TENANT, NAMESPACE, "greeting", inputs={"count": "many"}), "count"
    )


@check(
    f"POST {EXECUTIONS}/{{namespace}}/{{id}}", "takes inputs of every kind, labels and a date, and waits for the end"
)
def create_with_inputs(lab: Lab) -> None:
    date = "2025-03-15T10:00:00Z"
    inputs = {"who": "Zoë", "count": 7, "plain": True, "more": {"a": [1]}, "list": [1, 2], "upload": b"a file"}
    found = run(lab, inputs=inputs, labels=["team:data", "tier:a:b"], schedule_date=date, revision=1)
    known(found)
    is_greeting(found, "Zoë", 7)
    same(
        (found.inputs["plain"], found.inputs["more"], found.inputs["list"]), (True, {"a": [1]}, [1, 2]), "other inputs"
    )
    content = lab.executions.download_file_from_execution(found.id, found.inputs["upload"], TENANT)
    same(content, b"a file", "uploaded file")
    labels = {each.key: each.value for each in found.labels}
    same((labels["team"], labels["tier"], labels["system.from"]), ("data", "a:b", "api"), "labels")
    same(found.schedule_date, datetime.fromisoformat(date), "date")


@check(f"GET {EXECUTION}", "returns an execution, and answers 404 for none")
def get(lab: Lab) -> None:
    found = lab.executions.execution(greeted(lab).id, TENANT)
    known(found)
    is_greeting(found, "Ada", 3)
    refused(404, lambda: lab.executions.execution("absent", TENANT))


@check(f"GET {EXECUTIONS}/search", "finds executions by flow, state and label, in pages")
def search(lab: Lab) -> None:
    execution, failed = greeted(lab), run(lab, "failing", labels=["sought:yes"])
    inside = {"field": "NAMESPACE", "operation": "EQUALS", "value": NAMESPACE}
    failures = {"field": "STATE", "operation": "IN", "value": ["FAILED", "KILLED"]}

    def found(*filters: dict[str, Any], **page: Any) -> PagedResultsExecution:
        return read(PagedResultsExecution, lab.executions.search_executions(TENANT, filters=[inside, *filters], **page))

    labelled = found({"field": "LABELS", "operation": "EQUALS", "value": {"sought": "yes"}})
    known(labelled)
    same((labelled.total, labelled.results[0].id), (1, failed.id), "by label")
    true(failed.id in {each.id for each in found(failures).results}, "by state")
    same({each.state.current for each in found(failures).results} - {StateType.KILLED}, {StateType.FAILED}, "states")
    of_flow = {"field": "FLOW_ID", "operation": "EQUALS", "value": "greeting"}
    first = found(of_flow, page=1, size=1, sort=["state.startDate:asc"])
    everything = found(of_flow, size=100)
    same((len(first.results), first.total), (1, len(everything.results)), "first page")
    is_greeting(next(each for each in everything.results if each.id == execution.id), "Ada", 3)


@check(f"GET {EXECUTION}/follow", "streams each change of a running execution, up to its end")
def follow(lab: Lab) -> None:
    prepared(lab)
    created = lab.executions.create_execution(TENANT, NAMESPACE, "greeting", inputs={"who": "Eve"})
    # Kestra's first event holds nothing but the id, which the SDK's model of an execution refuses.
    misfit(
        "Execution requires a namespace",
        "4 validation errors for Execution\nnamespace\n",
        lambda: next(lab.executions.follow_execution(created.id, TENANT)),
    )
    with lab.lenient() as left:
        events = list(lab.executions.follow_execution(created.id, TENANT))
    same([(each["id"], each.get("namespace")) for each in left], [(created.id, None)], "events that do not fit")
    true(len(events) >= 2, "an event after the first")
    same({each.id for each in events}, {created.id}, "ids of the events")
    is_greeting(events[-1], "Eve", None)


@check(f"GET {EXECUTION}/file", "returns a file of an execution, and no other")
def file(lab: Lab) -> None:
    execution = greeted(lab)
    same(lab.executions.download_file_from_execution(execution.id, kept(lab), TENANT), b"Hello Ada", "content")
    other = run(lab)
    # The API redirects to the execution that owns the file.
    same(
        lab.executions.download_file_from_execution(other.id, kept(lab), TENANT), b"Hello Ada", "by way of another one"
    )
    refused(
        422, lambda: lab.executions.download_file_from_execution(execution.id, "file:///etc/passwd", TENANT), "Scheme"
    )
    absent = kept(lab).replace(".txt", ".csv")
    refused(404, lambda: lab.executions.download_file_from_execution(execution.id, absent, TENANT))


@check(f"DELETE {EXECUTION}/kill", "ends a running execution, and refuses an ended one without what it started")
def kill(lab: Lab) -> None:
    prepared(lab)
    created = lab.executions.create_execution(TENANT, NAMESPACE, "sleeper")
    ended(lab, created.id, StateType.RUNNING)
    lab.executions.kill_execution(created.id, TENANT, is_on_kill_cascade=True)
    ended(lab, created.id, StateType.KILLED)

    def killed() -> bool:
        found = lab.executions.execution(created.id, TENANT).task_run_list
        return [each.state.current for each in found] == [StateType.KILLED]

    # The execution may be reported as killed before its task is.
    eventually(killed, "its one task is killed")
    refused(
        409, lambda: lab.executions.kill_execution(created.id, TENANT, is_on_kill_cascade=False), "already finished"
    )
    refused(404, lambda: lab.executions.kill_execution("absent", TENANT))

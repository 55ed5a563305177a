"""Triggers and their backfills."""

from datetime import UTC, datetime, timedelta
from typing import Any

from kestrapy import Trigger
from kestrapy.models.paged_results_execution import PagedResultsExecution
from kestrapy.models.paged_results_trigger import PagedResultsTrigger
from kestrapy.models.paged_results_trigger_controller_triggers import PagedResultsTriggerControllerTriggers
from lab import ROOT, TENANT, Lab, check, eventually, known, misfit, read, refused, same, true

TRIGGERS = f"{ROOT}/triggers"
NAMESPACE = "sdk.triggers"
FLOW = """
id: {flow}
namespace: sdk.triggers
inputs:
  - {{id: month, type: STRING, defaults: none}}
tasks:
  - {{id: say, type: io.kestra.plugin.core.debug.Return, format: "{{{{ inputs.month }}}} {{{{ trigger.date }}}}"}}
triggers:
  - {{id: monthly, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 10 15 * *"}}
"""


def named(flow: str, **more: Any) -> dict[str, Any]:
    """What the API calls a trigger by; changes of a backfill need the tenant."""
    return {"tenantId": TENANT, "namespace": NAMESPACE, "flowId": flow, "triggerId": "monthly", **more}


def state(lab: Lab, flow: str) -> Trigger | None:
    """State of a flow's trigger."""
    answer = lab.triggers.search_triggers_for_flow(TENANT, NAMESPACE, flow, page=1, size=10)
    return next(iter(read(PagedResultsTrigger, answer).results), None)


def scheduled(lab: Lab, flow: str) -> Trigger:
    """Registers a flow and waits until the scheduler knows when its trigger fires."""
    lab.flows.create_flow(TENANT, FLOW.format(flow=flow))

    def look() -> Trigger | None:
        found = state(lab, flow)
        return found if found and found.next_execution_date else None

    return eventually(look, f"the scheduler knows the trigger of {flow}")


def put(lab: Lab, wanted: dict[str, Any]) -> Trigger:
    """Changes a trigger. The SDK has the model, but no call."""
    return lab.call("PUT", TRIGGERS, Trigger, body=wanted)


def backfilled(lab: Lab, flow: str) -> Trigger:
    """A trigger with a backfill that takes long."""
    scheduled(lab, flow)
    return put(lab, named(flow, backfill={"start": "2000-01-15T10:00:00Z", "end": "2024-12-15T10:00:00Z"}))


@check(f"GET {TRIGGERS}/{{namespace}}/{{flowId}}", "says when the triggers of a flow fire next")
def list_of_flow(lab: Lab) -> None:
    found = scheduled(lab, "listed")
    known(found)
    same(
        (found.namespace, found.flow_id, found.trigger_id, found.disabled),
        (NAMESPACE, "listed", "monthly", False),
        "state",
    )
    upcoming = found.next_execution_date.astimezone(UTC)
    same((upcoming.day, upcoming.hour, upcoming.minute), (15, 10, 0), "day and time of the next execution")
    true(timedelta() < upcoming - datetime.now(UTC) < timedelta(days=32), f"within a month: {upcoming}")
    same((found.tenant_id, found.backfill), (TENANT, None), "tenant and backfill")
    nothing = lab.triggers.search_triggers_for_flow(TENANT, NAMESPACE, "absent", page=1, size=10)
    same((read(PagedResultsTrigger, nothing).results, nothing["total"]), ([], 0), "triggers of no flow")
    by_text = lab.triggers.search_triggers_for_flow(TENANT, NAMESPACE, "listed", q="monthly", sort=["triggerId:asc"])
    same(read(PagedResultsTrigger, by_text).total, 1, "by text")


@check(f"GET {TRIGGERS}/search", "finds triggers, each with its declaration and its state")
def search(lab: Lab) -> None:
    scheduled(lab, "sought")
    filters = [
        {"field": "NAMESPACE", "operation": "EQUALS", "value": NAMESPACE},
        {"field": "FLOW_ID", "operation": "EQUALS", "value": "sought"},
    ]
    answer = lab.triggers.search_triggers(TENANT, page=1, size=10, sort=["triggerId:asc"], filters=filters)
    page = read(PagedResultsTriggerControllerTriggers, answer)
    known(page)
    same(page.total, 1, "total")
    found = page.results[0]
    known(found)
    known(found.trigger_context)
    same((found.trigger_context.flow_id, found.trigger_context.trigger_id), ("sought", "monthly"), "state")
    same(
        (found.abstract_trigger.id, found.abstract_trigger.type),
        ("monthly", "io.kestra.plugin.core.trigger.Schedule"),
        "declaration",
    )
    same(found.abstract_trigger.additional_properties["cron"], "0 10 15 * *", "cron")


@check(f"PUT {TRIGGERS}", "turns a trigger off and on")
def update(lab: Lab) -> None:
    scheduled(lab, "switched")
    off = put(lab, named("switched", disabled=True))
    known(off)
    same((off.disabled, off.flow_id, state(lab, "switched").disabled), (True, "switched", True), "answer and state")
    same((put(lab, named("switched", disabled=False)).disabled, state(lab, "switched").disabled), (False, False), "on")


@check(f"PUT {TRIGGERS}", "runs a backfill for each date, with inputs and labels, and goes on as before")
def backfill(lab: Lab) -> None:
    before = scheduled(lab, "filled")
    wanted = {
        "start": "2025-03-15T10:00:00Z",
        "end": "2025-04-15T10:00:00Z",
        "inputs": {"month": "filled"},
        "labels": [{"key": "season", "value": "spring"}],
    }
    # The answer repeats the inputs.
    misfit(
        "Backfill.inputs allows no values but objects",
        "1 validation error for Backfill\ninputs.month\n",
        lambda: put(lab, named("filled", backfill=wanted)),
    )

    def ended() -> PagedResultsExecution | None:
        of_flow = {"field": "FLOW_ID", "operation": "EQUALS", "value": "filled"}
        page = read(PagedResultsExecution, lab.executions.search_executions(TENANT, filters=[of_flow]))
        over = len(page.results) == 2 and all(each.state.current == "SUCCESS" for each in page.results)
        return page if over else None

    executions = eventually(ended, "two executions have ended", 60).results
    values = sorted(each.task_run_list[0].outputs["value"] for each in executions)
    same([value[:17] for value in values], ["filled 2025-03-15", "filled 2025-04-15"], "dates and input")
    for each in executions:
        known(each)
        true(any(label.key == "season" and label.value == "spring" for label in each.labels), "the label")
        same((each.trigger.id, each.trigger.type), ("monthly", "io.kestra.plugin.core.trigger.Schedule"), "trigger")
    after = eventually(
        lambda: next((s for s in [state(lab, "filled")] if s.backfill is None), None), "the backfill is over"
    )
    same(after.next_execution_date, before.next_execution_date, "next execution")


@check(f"PUT {TRIGGERS}/backfill/pause", "pauses a backfill, and answers 400 without one")
def pause(lab: Lab) -> None:
    backfilled(lab, "paused")
    paused = lab.triggers.pause_backfill(TENANT, state(lab, "paused"))
    found = read(Trigger, paused)
    known(found)
    same((found.flow_id, found.backfill.paused), ("paused", True), "answer")
    same(found.backfill.start, datetime(2000, 1, 15, 10, tzinfo=UTC), "start of the backfill")
    same(state(lab, "paused").backfill.paused, True, "state")
    idle = scheduled(lab, "idle")
    refused(400, lambda: lab.triggers.pause_backfill(TENANT, idle), "No backfill found")


@check(f"PUT {TRIGGERS}/backfill/unpause", "lets a backfill go on")
def unpause(lab: Lab) -> None:
    backfilled(lab, "resumed")
    lab.triggers.pause_backfill(TENANT, named("resumed"))
    found = read(Trigger, lab.triggers.unpause_backfill(TENANT, named("resumed")))
    same((found.flow_id, found.backfill.paused), ("resumed", False), "answer")
    lab.triggers.delete_backfill(TENANT, named("resumed"))


@check(f"POST {TRIGGERS}/backfill/delete", "ends a backfill; the trigger goes on as before")
def delete(lab: Lab) -> None:
    before = scheduled(lab, "deleted")
    put(lab, named("deleted", backfill={"start": "2000-01-15T10:00:00Z", "end": "2024-12-15T10:00:00Z"}))
    lab.triggers.pause_backfill(TENANT, named("deleted"))
    found = read(Trigger, lab.triggers.delete_backfill(TENANT, state(lab, "deleted")))
    same(
        (found.flow_id, found.backfill, found.next_execution_date),
        ("deleted", None, before.next_execution_date),
        "answer",
    )
    same(state(lab, "deleted").backfill, None, "state")
    refused(400, lambda: lab.triggers.delete_backfill(TENANT, named("deleted")), "No backfill found")

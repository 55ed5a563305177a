"""Logs of executions."""

from datetime import UTC, datetime, timedelta

from execution_checks import NAMESPACE, greeted
from kestrapy import LogEntry
from kestrapy.models.level import Level
from lab import ROOT, TENANT, Lab, check, known, same, true

LOGS = f"{ROOT}/logs"
LOG = f"{LOGS}/{{executionId}}"


def messages(entries: list[LogEntry]) -> list[str]:
    """What the flow itself said."""
    return [each.message for each in entries if each.message in ("Hello Ada", "Warned Ada")]


@check(f"GET {LOG}", "lists the lines of an execution, by level and by task")
def list_of_execution(lab: Lab) -> None:
    execution = greeted(lab)
    found = lab.logs.list_logs_from_execution(execution.id, TENANT)
    for each in found:
        known(each)
        same((each.execution_id, each.namespace, each.flow_id), (execution.id, NAMESPACE, "greeting"), "execution")
    same(messages(found), ["Hello Ada", "Warned Ada"], "messages")
    warning = lab.logs.list_logs_from_execution(execution.id, TENANT, min_level="WARN")
    same([(each.level, each.task_id, each.attempt_number) for each in warning], [(Level.WARN, "warned", 0)], "by level")
    told = next(each for each in execution.task_run_list if each.task_id == "told")
    of_task = lab.logs.list_logs_from_execution(execution.id, TENANT, task_id="told", attempt=0)
    same({each.task_run_id for each in of_task}, {told.id}, "by task")
    same(messages(of_task), ["Hello Ada"], "message of the task")
    of_run = lab.logs.list_logs_from_execution(execution.id, TENANT, task_run_id=told.id)
    same(messages(of_run), ["Hello Ada"], "by task run")
    true(abs(of_run[0].timestamp - datetime.now(UTC)) < timedelta(minutes=5), f"just now: {of_run[0].timestamp}")
    same(lab.logs.list_logs_from_execution("absent", TENANT), [], "lines of no execution")

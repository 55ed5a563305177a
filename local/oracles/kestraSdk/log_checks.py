"""Logs of executions."""

from datetime import UTC, datetime, timedelta

from execution_checks import NAMESPACE, greeted, run
from kestrapy import LogEntry
from kestrapy.models.level import Level
from lab import ROOT, TENANT, Lab, check, eventually, known, misfit, refused, same, true

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


@check(f"GET {LOG}/download", "gives out the lines as a text")
def download(lab: Lab) -> None:
    execution = greeted(lab)
    lines = lab.logs.download_logs_from_execution(execution.id, TENANT).splitlines()
    true(any(line.endswith("Hello Ada") and " INFO " in line for line in lines), f"a line of each kind: {lines}")
    warnings = lab.logs.download_logs_from_execution(execution.id, TENANT, min_level="WARN").splitlines()
    same(
        [[*line.split(" ")[1:2], line.split(" ")[-2:]] for line in warnings], [["WARN", ["Warned", "Ada"]]], "by level"
    )


@check(f"GET {LOG}/follow", "tells the lines so far, by level")
def follow(lab: Lab) -> None:
    execution = greeted(lab)
    # Kestra's first event is an empty line, which the SDK's model of a line refuses.
    misfit(
        "LogEntry requires a namespace",
        "LogEntry does not take",
        lambda: next(lab.logs.follow_logs_from_execution(execution.id, TENANT)),
    )
    with lab.lenient() as left:
        stream = lab.logs.follow_logs_from_execution(execution.id, TENANT, min_level="WARN")
        next(stream)
        second = next(stream)
        stream.close()
    same(len(left), 1, "events that do not fit")
    same((second.message, second.level, second.execution_id), ("Warned Ada", Level.WARN, execution.id), "first line")


@check(f"GET {LOGS}/search", "finds lines by execution, level and text, in pages")
def search(lab: Lab) -> None:
    execution = greeted(lab)
    mine = {"field": "EXECUTION_ID", "operation": "EQUALS", "value": execution.id}
    page = lab.logs.search_logs(TENANT, page=1, size=1, sort=["timestamp:asc"], filters=[mine])
    known(page)
    true(len(page.results) == 1 and page.total > 1, f"one of several lines: {len(page.results)} of {page.total}")
    # The SDK sends its MIN_LEVEL as `minLevel`, a name that Kestra itself does not know: there it is `level`.
    unknown = {"field": "MIN_LEVEL", "operation": "EQUALS", "value": "WARN"}
    refused(400, lambda: lab.logs.search_logs(TENANT, filters=[mine, unknown]), "Unsupported field 'minLevel'")
    level = {"field": "LEVEL", "operation": "EQUALS", "value": "WARN"}
    found = lab.logs.search_logs(TENANT, filters=[mine, level]).results
    same([(each.message, each.level) for each in found], [("Warned Ada", Level.WARN)], "by level")
    text = {"field": "QUERY", "operation": "EQUALS", "value": "Warned"}
    same([each.task_id for each in lab.logs.search_logs(TENANT, filters=[mine, text]).results], ["warned"], "by text")


@check(f"DELETE {LOG}", "deletes the lines of a task, and of an execution")
def delete(lab: Lab) -> None:
    execution = run(lab, inputs={"who": "Ada"})

    def left() -> list[str]:
        return messages(lab.logs.list_logs_from_execution(execution.id, TENANT))

    eventually(lambda: left() == ["Hello Ada", "Warned Ada"], "both lines are there")
    lab.logs.delete_logs_from_execution(execution.id, TENANT, task_id="told")
    same(left(), ["Warned Ada"], "lines after the first deletion")
    lab.logs.delete_logs_from_execution(execution.id, TENANT)
    same(lab.logs.list_logs_from_execution(execution.id, TENANT), [], "lines after the second deletion")

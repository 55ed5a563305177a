"""What can be done to an execution."""

from execution_checks import EXECUTION, NAMESPACE, ended, greeted, prepared, run
from kestrapy import Execution, StateType
from lab import TENANT, Lab, check, eventually, known, refused, same, true


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

    # The execution may be told as killed before its task is.
    eventually(killed, "its one task is killed")
    refused(
        409, lambda: lab.executions.kill_execution(created.id, TENANT, is_on_kill_cascade=False), "already finished"
    )
    refused(404, lambda: lab.executions.kill_execution("absent", TENANT))


@check(f"POST {EXECUTION}/restart", "runs the failed task of an execution again")
def restart(lab: Lab) -> None:
    failed = run(lab, "failing")
    same(failed.state.current, StateType.FAILED, "state before")
    restarted = lab.executions.restart_execution(failed.id, TENANT)
    known(restarted)
    same((restarted.id, restarted.state.current), (failed.id, StateType.RESTARTED), "answer")

    def second() -> Execution | None:
        found = lab.executions.execution(failed.id, TENANT)
        over = found.state.current == StateType.FAILED and found.metadata.attempt_number == 2
        return found if over else None

    end = eventually(second, "the second attempt fails too")
    same([each.state.value for each in end.state.histories].count("FAILED"), 2, "failures in the history")
    runs = {each.task_id: each for each in end.task_run_list}
    same((len(runs["before"].attempts), len(runs["fail"].attempts)), (1, 2), "attempts of the tasks")
    refused(404, lambda: lab.executions.restart_execution("absent", TENANT))


@check(f"POST {EXECUTION}/replay", "makes a new execution from an old one, or from one of its tasks on")
def replay(lab: Lab) -> None:
    old = greeted(lab)
    whole = lab.executions.replay_execution(old.id, TENANT)
    known(whole)
    true(whole.id != old.id, "a new id")
    same(whole.original_id, old.id, "the old execution")
    same(ended(lab, whole.id, StateType.SUCCESS).outputs, {"said": "Hello Ada 3"}, "outputs")
    keep = next(each for each in old.task_run_list if each.task_id == "keep")
    part = lab.executions.replay_execution(old.id, TENANT, task_run_id=keep.id, revision=1)
    runs = {each.task_id: each for each in ended(lab, part.id, StateType.SUCCESS).task_run_list}
    first = next(each for each in old.task_run_list if each.task_id == "say")
    same(runs["say"].state.start_date, first.state.start_date, "start of the task before, which does not run again")
    true(runs["keep"].state.histories[-1].var_date > keep.state.end_date, "the task itself has run again")
    refused(404, lambda: lab.executions.replay_execution("absent", TENANT))


@check(f"DELETE {EXECUTION}", "deletes an execution with its logs and files, or leaves the logs")
def delete(lab: Lab) -> None:
    doomed, logged = run(lab), run(lab)
    lab.executions.delete_execution(doomed.id, TENANT)
    refused(404, lambda: lab.executions.execution(doomed.id, TENANT))
    refused(404, lambda: lab.executions.delete_execution(doomed.id, TENANT))
    lab.executions.delete_execution(logged.id, TENANT, delete_logs=False, delete_metrics=True, delete_storage=True)
    by_id = {"field": "EXECUTION_ID", "operation": "EQUALS"}
    same(lab.logs.search_logs(TENANT, filters=[{**by_id, "value": doomed.id}]).total, 0, "logs that went")
    true(lab.logs.search_logs(TENANT, filters=[{**by_id, "value": logged.id}]).total > 0, "logs that stayed")

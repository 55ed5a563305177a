"""Flows, one and many."""

from datetime import UTC, datetime, timedelta

from kestrapy import Flow, FlowWithSource
from kestrapy.models.check_behavior import CheckBehavior
from kestrapy.models.level import Level
from kestrapy.models.type import Type
from lab import ROOT, TENANT, Lab, check, known, refused, same, true

FLOWS = f"{ROOT}/flows"
FLOW = f"{FLOWS}/{{namespace}}/{{id}}"
NAMESPACE = "sdk.flows"

# Every property that the SDK's model of a flow has a type for.
RICH = """
id: rich
namespace: sdk.flows
description: Says hello
labels:
  kind: test
variables:
  greeting: Hello
inputs:
  - id: who
    type: STRING
    displayName: Whom to greet
    defaults: world
  - id: count
    type: INT
    required: false
    min: 1
outputs:
  - id: said
    type: STRING
    value: "{{ outputs.say.value }}"
concurrency:
  limit: 2
  behavior: QUEUE
checks:
  - condition: "{{ inputs.who != 'nobody' }}"
    message: Somebody must be greeted
    behavior: BLOCK_EXECUTION
pluginDefaults:
  - type: io.kestra.plugin.core.log.Log
    values:
      level: WARN
tasks:
  - id: say
    type: io.kestra.plugin.core.debug.Return
    format: "{{ vars.greeting }} {{ inputs.who }}"
    timeout: PT1M
    logLevel: DEBUG
errors:
  - id: failed
    type: io.kestra.plugin.core.log.Log
    message: It failed
finally:
  - id: ended
    type: io.kestra.plugin.core.log.Log
    message: It ended
afterExecution:
  - id: afterwards
    type: io.kestra.plugin.core.log.Log
    message: It is over
triggers:
  - id: monthly
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 10 15 * *"
    disabled: true
"""


def simple(flow: str, namespace: str = NAMESPACE, text: str = "hello") -> str:
    """A flow of one task."""
    task = f"  - id: say\n    type: io.kestra.plugin.core.debug.Return\n    format: {text}\n"
    return f"id: {flow}\nnamespace: {namespace}\ntasks:\n{task}"


def rich(lab: Lab) -> FlowWithSource:
    """The rich flow, created once."""
    return lab.once("rich", lambda: lab.flows.create_flow(TENANT, RICH))


def is_rich(flow: Flow | FlowWithSource) -> None:
    """Proves each property of the rich flow."""
    same((flow.id, flow.namespace, flow.description), ("rich", NAMESPACE, "Says hello"), "identity and description")
    same((flow.revision, flow.disabled, flow.deleted), (1, False, False), "revision and state")
    same([(each.key, each.value) for each in flow.labels], [("kind", "test")], "labels")
    same(flow.variables, {"greeting": "Hello"}, "variables")
    who, count = flow.inputs
    same((who.id, who.type, who.display_name, who.required), ("who", Type.STRING, "Whom to greet", True), "first input")
    same(who.defaults.actual_instance, "world", "default of the first input")
    same((count.type, count.required, count.additional_properties), (Type.INT, False, {"min": 1}), "second input")
    same([(each.id, each.type) for each in flow.outputs], [("said", Type.STRING)], "outputs")
    same(flow.outputs[0].value.actual_instance, "{{ outputs.say.value }}", "value of the output")
    same((flow.concurrency.limit, flow.concurrency.behavior.value), (2, "QUEUE"), "concurrency")
    same([each.behavior for each in flow.checks], [CheckBehavior.BLOCK_EXECUTION], "checks")
    same(
        [(each.type, each.values) for each in flow.plugin_defaults],
        [("io.kestra.plugin.core.log.Log", {"level": "WARN"})],
        "plugin defaults",
    )
    task = flow.tasks[0]
    same((task.id, task.type, task.log_level), ("say", "io.kestra.plugin.core.debug.Return", Level.DEBUG), "task")
    same(task.timeout.actual_instance, "PT1M", "timeout of the task")
    same(task.additional_properties, {"format": "{{ vars.greeting }} {{ inputs.who }}"}, "the task's own property")
    same(
        [[each.id for each in tasks] for tasks in (flow.errors, flow.var_finally, flow.after_execution)],
        [["failed"], ["ended"], ["afterwards"]],
        "tasks of errors, finally and afterExecution",
    )
    trigger = flow.triggers[0]
    same(
        (trigger.id, trigger.disabled, trigger.additional_properties["cron"]),
        ("monthly", True, "0 10 15 * *"),
        "trigger",
    )


@check(f"POST {FLOWS}", "creates a flow, and refuses the same again and an invalid one")
def create(lab: Lab) -> None:
    lab.cache.pop("rich", None)
    created = rich(lab)
    known(created)
    is_rich(created)
    same(created.source.strip(), RICH.strip(), "source")
    refused(422, lambda: lab.flows.create_flow(TENANT, RICH), "Flow id already exists")
    refused(422, lambda: lab.flows.create_flow(TENANT, simple("no_such_task").replace("debug.Return", "debug.Retrun")))


@check(f"GET {FLOW}", "reads a flow, with and without its source, and answers 404 for none")
def read_flow(lab: Lab) -> None:
    rich(lab)
    found = lab.flows.flow(NAMESPACE, "rich", TENANT)
    known(found)
    is_rich(found)
    same(found.source, None, "source that was not asked for")
    true(abs(found.updated - datetime.now(UTC)) < timedelta(minutes=5), f"updated just now: {found.updated}")
    same(lab.flows.flow(NAMESPACE, "rich", TENANT, source=True).source.strip(), RICH.strip(), "source")
    refused(404, lambda: lab.flows.flow(NAMESPACE, "absent", TENANT))


@check(f"PUT {FLOW}", "makes a new revision of a changed flow, none of an equal one")
def update(lab: Lab) -> None:
    lab.flows.create_flow(TENANT, simple("changed"))
    changed = lab.flows.update_flow(NAMESPACE, "changed", TENANT, simple("changed", text="goodbye"))
    known(changed)
    same((changed.revision, changed.tasks[0].additional_properties), (2, {"format": "goodbye"}), "changed flow")
    equal = lab.flows.update_flow(NAMESPACE, "changed", TENANT, simple("changed", text="goodbye"))
    same(equal.revision, 2, "revision of an equal flow")
    # No PUT of an absent flow: Micronaut may never end it when the body comes after the head (kestra-io/kestra#17620).
    refused(422, lambda: lab.flows.update_flow(NAMESPACE, "changed", TENANT, simple("renamed")))


@check(f"DELETE {FLOW}", "deletes a flow, keeps counting its revisions, and answers 404 for none")
def delete(lab: Lab) -> None:
    lab.flows.create_flow(TENANT, simple("doomed"))
    lab.flows.delete_flow(NAMESPACE, "doomed", TENANT)
    refused(404, lambda: lab.flows.flow(NAMESPACE, "doomed", TENANT))
    refused(404, lambda: lab.flows.delete_flow(NAMESPACE, "doomed", TENANT))
    same(lab.flows.create_flow(TENANT, simple("doomed")).revision, 3, "revision of a flow that is created again")


@check(f"GET {FLOWS}/{{namespace}}", "lists the flows of a namespace")
def list_of_namespace(lab: Lab) -> None:
    for flow in ("second", "first"):
        lab.flows.create_flow(TENANT, simple(flow, "sdk.listed"))
    lab.flows.create_flow(TENANT, simple("third", "sdk.listed.below"))
    found = lab.flows.list_flows_by_namespace("sdk.listed", TENANT)
    same(
        sorted((each.id, each.namespace) for each in found),
        [("first", "sdk.listed"), ("second", "sdk.listed")],
        "flows",
    )
    same(lab.flows.list_flows_by_namespace("sdk.nowhere", TENANT), [], "flows of a namespace without any")


@check(f"GET {FLOWS}/search", "finds flows by namespace, label and text, in pages")
def search(lab: Lab) -> None:
    for flow in ("a", "b", "c"):
        lab.flows.create_flow(TENANT, simple(flow, "sdk.sought") + f"labels:\n  letter: {flow}\n")
    inside = {"field": "NAMESPACE", "operation": "EQUALS", "value": "sdk.sought"}
    page = lab.flows.search_flows(TENANT, page=1, size=2, sort=["id:desc"], filters=[inside])
    known(page)
    same((page.total, [each.id for each in page.results]), (3, ["c", "b"]), "first page")
    labelled = {"field": "LABELS", "operation": "EQUALS", "value": {"letter": "b"}}
    same([each.id for each in lab.flows.search_flows(TENANT, filters=[inside, labelled]).results], ["b"], "by label")
    rich(lab)
    text = {"field": "QUERY", "operation": "EQUALS", "value": "rich"}
    found = lab.flows.search_flows(TENANT, filters=[text]).results
    same([each.id for each in found], ["rich"], "by text")
    is_rich(found[0])


@check(f"POST {FLOWS}/validate", "returns a verdict on each flow of a text, and stores none")
def validate(lab: Lab) -> None:
    wrong = simple("wrong", "sdk.validated").replace("debug.Return", "debug.Retrun")
    verdicts = lab.flows.validate_flows(TENANT, simple("right", "sdk.validated") + "---\n" + wrong)
    for each in verdicts:
        known(each)
    right, refusal = sorted(verdicts, key=lambda each: each.index)
    same(
        (right.index, right.flow, right.namespace, right.constraints), (0, "right", "sdk.validated", None), "right flow"
    )
    same((right.outdated, right.deprecation_paths, right.warnings), (False, [], []), "hints on the right flow")
    same(refusal.index, 1, "wrong flow")
    true("Retrun" in refusal.constraints, f"the verdict names the type: {refusal.constraints}")
    same(lab.flows.list_flows_by_namespace("sdk.validated", TENANT), [], "stored flows")

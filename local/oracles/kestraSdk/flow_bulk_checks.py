"""Many flows at once."""

import io
import zipfile

from flow_checks import FLOWS, simple
from kestrapy import FlowInterface
from lab import TENANT, Lab, check, known, refused, same, true


def brief(flows: list[FlowInterface]) -> list[tuple[str, int, bool]]:
    """Flows of a bulk action, in order of their ids."""
    return sorted((each.id, each.revision, each.deleted) for each in flows)


@check(f"POST {FLOWS}/validate", "passes a verdict on each flow of a text, and stores none")
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


@check(f"POST {FLOWS}/bulk", "creates, updates and deletes the flows of a namespace by one text")
def bulk(lab: Lab) -> None:
    both = simple("stays", "sdk.bulk") + "---\n" + simple("goes", "sdk.bulk")
    created = lab.flows.bulk_update_flows(TENANT, delete=False, namespace="sdk.bulk", body=both)
    same(brief(created), [("goes", 1, False), ("stays", 1, False)], "created flows")
    changed = lab.flows.bulk_update_flows(
        TENANT, delete=True, namespace="sdk.bulk", body=simple("stays", "sdk.bulk", "changed")
    )
    same(
        [(each.id, each.deleted) for each in sorted(changed, key=lambda each: each.id)],
        [("goes", True), ("stays", False)],
        "deleted and updated flow",
    )
    same([each.id for each in lab.flows.list_flows_by_namespace("sdk.bulk", TENANT)], ["stays"], "flows that are left")
    same(lab.flows.flow("sdk.bulk", "stays", TENANT).revision, 2, "revision of the updated flow")
    below = simple("child", "sdk.bulk.below")
    refused(422, lambda: lab.flows.bulk_update_flows(TENANT, delete=False, namespace="sdk.bulk", body=below))
    allowed = lab.flows.bulk_update_flows(
        TENANT, delete=False, namespace="sdk.bulk", allow_namespace_child=True, body=below
    )
    same([each.namespace for each in allowed], ["sdk.bulk.below"], "flow of a namespace below")


@check(f"POST {FLOWS}/{{namespace}}", "replaces the flows of one namespace")
def replace(lab: Lab) -> None:
    lab.flows.create_flow(TENANT, simple("old", "sdk.replaced"))
    answer = lab.flows.update_flows_in_namespace("sdk.replaced", TENANT, simple("new", "sdk.replaced"), delete=True)
    same(
        [(each.id, each.deleted) for each in sorted(answer, key=lambda each: each.id)],
        [("new", False), ("old", True)],
        "flows of the answer",
    )
    same(
        [each.id for each in lab.flows.list_flows_by_namespace("sdk.replaced", TENANT)], ["new"], "flows that are left"
    )
    refused(422, lambda: lab.flows.update_flows_in_namespace("sdk.replaced", TENANT, simple("x", "sdk.other")))


@check(f"POST {FLOWS}/import", "imports a text of flows and a zip, and names those that it refuses")
def import_file(lab: Lab) -> None:
    text = simple("a", "sdk.imported") + "---\n" + simple("b", "sdk.imported")
    same(lab.flows.import_flows(TENANT, file_content=text.encode()), [], "refused flows of the text")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("c.yml", simple("c", "sdk.imported"))
        archive.writestr("wrong.yml", simple("wrong", "sdk.imported").replace("debug.Return", "debug.Retrun"))
    same(lab.flows.import_flows(TENANT, file_content=packed.getvalue()), ["wrong.yml"], "refused flows of the zip")
    same(
        sorted(each.id for each in lab.flows.list_flows_by_namespace("sdk.imported", TENANT)), ["a", "b", "c"], "flows"
    )
    refused(
        422, lambda: lab.flows.import_flows(TENANT, fail_on_error=True, file_content=packed.getvalue()), "wrong.yml"
    )

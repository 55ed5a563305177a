"""Key-value entries."""

from datetime import UTC, date, datetime, timedelta

from kestrapy import KVControllerKvDetail, KVEntry, KVType
from lab import ROOT, TENANT, Lab, check, known, refused, same, true

NAMESPACE = "sdk.kv"
LIST = f"{ROOT}/namespaces/{{namespace}}/kv"
ENTRY = f"{LIST}/{{key}}"


def put(lab: Lab, key: str, body: str, namespace: str = NAMESPACE) -> None:
    """Writes an entry."""
    lab.kv.set_key_value(namespace, key, TENANT, body)


def get(lab: Lab, key: str) -> KVControllerKvDetail:
    """Reads an entry."""
    found = lab.kv.key_value(NAMESPACE, key, TENANT)
    known(found)
    true(abs(found.updated - datetime.now(UTC)) < timedelta(minutes=1), f"updated now: {found.updated}")
    return found


def listed(lab: Lab, key: str) -> KVEntry:
    """An entry in the list of its namespace."""
    answer = lab.call_list("GET", LIST.format(namespace=NAMESPACE), KVEntry)
    return next(entry for entry in answer if entry.key == key)


def proves(lab: Lab, kind: KVType, body: str, value: object) -> None:
    """Writes and reads an entry of one type, twice."""
    key = f"of_{kind.value.lower()}"
    put(lab, key, body)
    found = get(lab, key)
    same((found.type, found.value, found.revision), (kind, value, 1), f"type, value and revision of {body}")
    put(lab, key, body)
    same((get(lab, key).value, get(lab, key).revision), (value, 2), "value and revision after a second write")


@check(f"PUT {ENTRY}", "keeps a value of each type")
def types(lab: Lab) -> None:
    proves(lab, KVType.STRING, '"Bay \\"Wheels\\", ü"', 'Bay "Wheels", ü')
    proves(lab, KVType.NUMBER, "-1.25", -1.25)
    proves(lab, KVType.BOOLEAN, "true", True)
    proves(lab, KVType.DATETIME, "2025-03-15T10:00:00Z", "2025-03-15T10:00:00Z")
    proves(lab, KVType.DATE, "2025-03-15", "2025-03-15")
    proves(lab, KVType.DURATION, "PT36H", "PT36H")
    proves(lab, KVType.JSON, '{"a": [1, "two", null], "b": {"c": true}}', {"a": [1, "two", None], "b": {"c": True}})


@check(f"GET {LIST}/inheritance", "lists the entries of the namespaces above")
def inherited(lab: Lab) -> None:
    put(lab, "above", "1", "sdk.family")
    put(lab, "own", "1", "sdk.family.child")
    answer = lab.kv.list_keys_with_inheritance("sdk.family.child", TENANT)
    same([(entry.namespace, entry.key) for entry in answer], [("sdk.family", "above")], "entries")
    known(answer[0])


@check(f"GET {ENTRY}", "answers 404 for a key or namespace that is not there")
def missing(lab: Lab) -> None:
    put(lab, "present", "1")
    refused(404, lambda: lab.kv.key_value(NAMESPACE, "absent", TENANT), "No value found for key 'absent'")
    refused(404, lambda: lab.kv.key_value("sdk.nowhere", "present", TENANT))


@check(f"GET {LIST}", "lists entries with description and expiry")
def list_of_namespace(lab: Lab) -> None:
    # The SDK's call has no parameter for the two, which the API takes as headers.
    with lab.headers(ttl="PT2H", description="Kept for two hours"):
        put(lab, "expiring", '"soon gone"')
    entry = listed(lab, "expiring")
    known(entry)
    same((entry.namespace, entry.version, entry.description), (NAMESPACE, 1, "Kept for two hours"), "the entry")
    same(round((entry.expiration_date - entry.update_date).total_seconds()), 7200, "seconds to live")
    put(lab, "lasting", "1")
    lasting = listed(lab, "lasting")
    same((lasting.expiration_date, lasting.description), (None, None), "expiry and description of another entry")
    true(lasting.creation_date.date() >= date(2025, 1, 1), f"a date of creation: {lasting.creation_date}")


@check(f"GET {ENTRY}", "refuses an entry that has expired")
def expired(lab: Lab) -> None:
    with lab.headers(ttl="PT0.001S"):
        put(lab, "expired", "1")
    refused(410, lambda: lab.kv.key_value(NAMESPACE, "expired", TENANT))


@check(f"GET {ROOT}/kv", "finds entries of all namespaces, by filter, in pages")
def search(lab: Lab) -> None:
    for key in ("a", "b", "c"):
        put(lab, key, "1", "sdk.kvsearch")
    filters = [{"field": "NAMESPACE", "operation": "EQUALS", "value": "sdk.kvsearch"}]
    page = lab.kv.list_all_keys(TENANT, page=1, size=2, sort=["key:desc"], filters=filters)
    known(page)
    same((page.total, [entry.key for entry in page.results]), (3, ["c", "b"]), "first page")
    same(page.results[0].namespace, "sdk.kvsearch", "namespace")
    same(
        [e.key for e in lab.kv.list_all_keys(TENANT, page=2, size=2, sort=["key:desc"], filters=filters).results],
        ["a"],
        "second page",
    )
    by_text = [*filters, {"field": "QUERY", "operation": "EQUALS", "value": "b"}]
    same([entry.key for entry in lab.kv.list_all_keys(TENANT, filters=by_text).results], ["b"], "by text")


@check(f"DELETE {ENTRY}", "deletes an entry, and says whether there was one")
def delete(lab: Lab) -> None:
    put(lab, "doomed", "1")
    same(lab.kv.delete_key_value(NAMESPACE, "doomed", TENANT), True, "first deletion")
    same(lab.kv.delete_key_value(NAMESPACE, "doomed", TENANT), False, "second deletion")
    refused(404, lambda: lab.kv.key_value(NAMESPACE, "doomed", TENANT))

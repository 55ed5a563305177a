"""Facts about the server, and who may ask."""

from kestrapy import KestraClient, MiscControllerConfiguration
from kestrapy.models.edition_provider_edition import EditionProviderEdition
from lab import ROOT, TENANT, Lab, check, known, refused, same, true

CONFIGS = "/api/v1/configs"


@check(f"GET {CONFIGS}", "returns version, edition and settings")
def configuration(lab: Lab) -> None:
    found = lab.call("GET", CONFIGS, MiscControllerConfiguration)
    known(found)
    true(found.version.startswith("1.3."), f"a version 1.3: {found.version}")
    same(found.edition, EditionProviderEdition.OSS, "edition")
    same(found.url, lab.url, "url")
    same(found.system_namespace, "system", "system namespace")
    same(found.hidden_labels_prefixes, ["system.", "internal."], "hidden labels")
    same((found.is_basic_auth_initialized, found.is_anonymous_usage_enabled), (True, False), "switches")
    same((found.preview.initial, found.preview.max), (100, 5000), "preview")
    true(found.uuid and isinstance(found.plugins_hash, int), "an id of the server and a hash of its plugins")


@check(f"GET {ROOT}/flows/search", "refuses a wrong password with 401")
def wrong_password(lab: Lab) -> None:
    stranger = KestraClient(host=lab.url, username="tester@bay-wheels.local", password="Wrong1Password", timeout=60)
    stranger._session.hooks["response"].append(lab._note)
    refused(401, lambda: stranger.flows.search_flows(TENANT))
    nobody = KestraClient(host=lab.url, timeout=60)
    refused(401, lambda: nobody.flows.search_flows(TENANT))

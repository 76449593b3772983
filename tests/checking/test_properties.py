"""However the right folder is laid out: it stays right, and without the policy that demands a token it is open."""

from __future__ import annotations

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import FOLDERS

RIGHT = [
    each
    for file in sorted((FOLDERS / "everything-is-right").rglob("*.yaml"))
    for each in yaml.safe_load_all(file.read_text())
]
EXEMPT = "/healthz"


def is_the_policy(manifest) -> bool:
    return manifest["kind"] == "AuthorizationPolicy"


def laid_out(layout, manifests) -> dict[str, str]:
    """Files with these objects in this order; each in the one that the layout says, some of them as a List."""
    files: dict[str, list] = {}
    for manifest, name in zip(manifests, layout, strict=False):
        files.setdefault(name, []).append(manifest)
    return {
        name: yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": content})
        if name.endswith(".json")
        else yaml.safe_dump_all(content)
        for name, content in files.items()
    }


NAMES = ["all.yaml", "a/b/gateway.yml", "policies.yaml", "list.json"]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(RIGHT), st.lists(st.sampled_from(NAMES), min_size=len(RIGHT), max_size=len(RIGHT)))
def test_without_the_policy_that_demands_a_token_there_is_always_a_finding(check_files, order, layout):
    def check(manifests):
        files = laid_out(layout, manifests)
        return check_files(
            {name: text.replace("namespace: booking", "namespace: NS") for name, text in files.items()}
        )

    whole = check(order)
    assert whole.findings == ()
    assert len(whole.observed) > 0
    broken = check([each for each in order if not is_the_policy(each)])
    assert {(each.kind, each.entry.path) for each in broken.findings} == {
        ("open", each.entry.path) for each in broken.observed
    }
    assert {each.entry.path for each in broken.findings} > {EXEMPT}

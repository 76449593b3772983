"""What a scenario keeps of what it saw."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gwjwt.running.evidence_log import EvidenceLog

SECRET = "s3cret" * 5


def test_a_secret_in_quotes_is_taken_out_and_the_rest_stays():
    log = EvidenceLog()
    log.append({"curl": f"-H 'Authorization: Bearer \"{SECRET}\"'", "headers": [["x", f"Bearer {SECRET}"]]})

    [entry] = log.entries
    assert SECRET not in json.dumps(entry)
    assert entry["headers"] == [["x", "Bearer <redacted>"]]


@given(st.text(max_size=20), st.text(max_size=20))
def test_whatever_stands_around_a_secret_an_entry_can_be_kept(before, after):
    log = EvidenceLog()
    log.append({"text": f'{before}Authorization: Bearer "{SECRET}"{after}', "status": 401})

    assert log.entries[0]["status"] == 401

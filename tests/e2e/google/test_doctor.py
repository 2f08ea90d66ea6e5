# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""doctor and create --plan ask the cloud what a create needs, and make nothing."""

from __future__ import annotations

import json

FLAGS = ["--driver", "google", "--google-project=demo-project"]


def test_findings_and_exit_codes(paper_cloud, paper_program):
    paper_cloud.add_firewall("ssh", network="default", port="22")
    good = paper_program.run("doctor", *FLAGS, "--json")
    assert good.code == 0, good
    findings = [one for one in json.loads(good.out) if one["level"] != "ok"]
    assert not [one for one in findings if one["level"] == "problem"], findings

    bad = paper_program.run("create", "--plan", *FLAGS, "--google-machine-type=n9-standard-1", "vm-1")
    assert bad.code == 3, bad
    assert "machine type n9-standard-1 in us-central1-a" in bad.out + bad.err
    assert {call.method for call in paper_cloud.calls()} == {"GET"}
    assert paper_cloud.is_empty()

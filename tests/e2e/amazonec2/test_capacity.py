# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""A create that finds capacity, and the look before it: against the strict cloud, judged by AWS's model."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.parse

DRIVER = ["--driver", "amazonec2"]
LISTS = [*DRIVER, "--amazonec2-zone", "a,b,c", "--amazonec2-instance-type", "m5.large,m5a.large",
         "--amazonec2-request-spot-instance", "--amazonec2-fallback", "on-demand"]


def launches(cloud):
    return [form(call) for call in cloud.calls() if call.action == "RunInstances"]


def form(call):
    return dict(urllib.parse.parse_qsl(call.request.body.decode()))


def create_until_launched(cloud, program, name):
    """A create up to its instance; then it is told to stop and takes all back. Its launches."""
    cloud.forget_calls()
    child = program.start("create", *LISTS, name, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not cloud.state()["instances"]:
        assert time.monotonic() < deadline and child.poll() is None, child.communicate()
        time.sleep(0.05)
    child.terminate()
    child.communicate(timeout=60)
    assert cloud.is_empty(), cloud.state()
    return launches(cloud)


def test_k_places_are_sold_out(paper_cloud, paper_program):
    paper_cloud.exhaust("*", "*", "spot")
    paper_cloud.exhaust("us-east-1a", "m5.large", "on-demand")
    first = create_until_launched(paper_cloud, paper_program, "vm-1")
    assert len(first) == 8 and len({one["ClientToken"] for one in first}) == 8
    assert [one["InstanceType"] for one in first] == ["m5.large"] * 3 + ["m5a.large"] * 3 + ["m5.large"] * 2
    assert ["InstanceMarketOptions.MarketType" in one for one in first] == [True] * 6 + [False] * 2
    # The next one knows.
    assert len(create_until_launched(paper_cloud, paper_program, "vm-2")) == 1
    # Nothing is left anywhere, and what is left to try fails in one call.
    paper_cloud.exhaust()
    paper_cloud.forget_calls()
    result = paper_program.run("create", *LISTS, "vm-3")
    assert result.code == 1 and "no capacity in any of 12 candidates" in result.err, result
    assert len(launches(paper_cloud)) == 5  # those that were not known to be sold out
    paper_cloud.forget_calls()
    assert paper_program.run("create", *LISTS, "vm-4").code == 1
    assert len(launches(paper_cloud)) == 1
    assert paper_cloud.is_empty(), paper_cloud.state()


def test_a_limit_or_a_refusal_is_no_lack_of_capacity(paper_cloud, paper_program):
    paper_cloud.settings.quotas["L-34B43A08"] = 0
    result = paper_program.run("create", *LISTS, "vm-1")
    assert result.code == 1 and "MaxSpotInstanceCountExceeded" in result.err and len(launches(paper_cloud)) == 1
    paper_cloud.forget_calls()
    paper_cloud.deny("ec2:RunInstances")
    result = paper_program.run("create", *LISTS, "vm-2")
    assert result.code == 1 and "UnauthorizedOperation" in result.err and len(launches(paper_cloud)) == 1
    assert paper_cloud.is_empty(), paper_cloud.state()


def findings(program, *words, code):
    result = program.run("doctor", "--json", *DRIVER, *words)
    assert result.code == code, result
    return [(one["level"], one["subject"], one["text"]) for one in json.loads(result.out)]


def test_doctor_names_a_quota_that_is_used_up(paper_cloud, paper_program):
    paper_cloud.settings.quotas = {"L-1216C47A": 1, "L-34B43A08": 4}
    found = findings(paper_program, "--amazonec2-instance-type=t3.micro", code=1)
    assert ("problem", "quota Standard on-demand vCPUs in us-east-1", "0 of 1 in use, 2 wanted") in found, found
    found = findings(paper_program, *LISTS[2:], code=0)
    assert [one for one in found if one[1].startswith("quota")] == [
        ("ok", "quota Standard spot vCPUs in us-east-1", "0 of 4 in use, 2 wanted"),
        ("warning", "quota Standard on-demand vCPUs in us-east-1", "0 of 1 in use, 2 wanted")], found
    assert [call.action for call in paper_cloud.calls() if not call.action.startswith("Describe")
            and form(call).get("DryRun") != "true"] == []
    assert paper_cloud.is_empty()
    # The create says the same.
    result = paper_program.run("create", *DRIVER, "--amazonec2-instance-type=t3.micro", "vm-1")
    assert result.code == 1 and "VcpuLimitExceeded" in result.err and "see Service Quotas" in result.err, result


def test_doctor_asks_for_quotas_where_amazon_has_them(paper_cloud, paper_program):
    """Amazon's own names, by a proxy, with verified TLS."""
    with paper_cloud.proxy() as proxy:
        result = paper_program.run("doctor", "--json", *DRIVER, environment=proxy.environment() | {
            "AWS_ENDPOINT_URL_EC2": "", "AWS_ENDPOINT_URL_STS": "", "AWS_ENDPOINT_URL_SERVICE_QUOTAS": ""})
        assert "servicequotas.us-east-1.amazonaws.com:443" in proxy.connections
    assert "quota Standard on-demand vCPUs in us-east-1" in [one["subject"] for one in json.loads(result.out)], result
    assert [call.action for call in paper_cloud.calls("servicequotas")] == ["GetServiceQuota", "GetAWSDefaultServiceQuota"]


def test_doctor_asks_and_makes_nothing(paper_cloud, paper_program):
    found = findings(paper_program, "--amazonec2-request-spot-instance", code=0)
    assert {level for level, _, _ in found} <= {"ok", "unknown"}, found
    assert ("ok", "credentials", paper_cloud.user.arn) in found
    paper_cloud.deny("ec2:RunInstances", "ec2:TerminateInstances", "ec2:DescribeVolumes")
    faults = [(level, subject) for level, subject, _ in findings(paper_program, "--amazonec2-zone=e",
              "--amazonec2-instance-type=t3.micro", code=1) if level in ("problem", "warning")]
    assert faults == [("problem", "instance type"), ("problem", "permission ec2:RunInstances"),
                      ("warning", "permission ec2:TerminateInstances"), ("warning", "permission ec2:DescribeVolumes")]
    made = [call.action for call in paper_cloud.calls() if not call.action.startswith("Describe")
            and form(call).get("DryRun") != "true"]
    assert made == []
    assert paper_cloud.is_empty() and paper_cloud.state()["security_groups"] == []
    # One plan of a create, with all that it would try.
    plan = paper_program.run("create", "--plan", *LISTS, "vm-1")
    assert "us-east-1c, m5a.large, on demand" in plan.out and paper_cloud.is_empty(), plan

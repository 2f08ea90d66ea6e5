# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The judge finds what breaks AWS's models, on either side, and nothing else."""

import pytest

from tests.clouds.common.http import Request, Response
from tests.clouds.ec2 import EC2, JudgeError
from tests.clouds.ec2.judge import Judge, find_models
from tests.clouds.ec2_client import Ec2Client, launch


@pytest.fixture(scope="module")
def cloud():
    with EC2() as cloud:
        yield cloud


@pytest.mark.parametrize("params, complaint", [
    ({"Action": "DescribeInstance"}, "the API has no action 'DescribeInstance'"),
    ({"Action": "DescribeInstances", "Version": "2016-04-01"}, "the version is '2016-04-01', not '2016-11-15'"),
    ({"Action": "DescribeInstances", "Instanceid.1": "i-00000000"}, "unknown parameter Instanceid"),
    ({"Action": "DescribeInstances", "InstanceId.2": "i-00000000"}, "the items of InstanceId are not numbered from 1: 2"),
    ({"Action": "DescribeInstances", "InstanceId": "i-00000000"}, "InstanceId is 'i-00000000', not a list"),
    ({"Action": "DescribeInstances", "InstanceId.member.1": "i-00000000"}, "not numbered from 1: member"),
    ({"Action": "DescribeInstances", "Filter.1.Values.1": "x"}, "unknown parameter Filter.1.Values"),
    ({"Action": "DescribeInstances", "MaxResults": "x"}, "MaxResults is 'x', not of type integer"),
    ({"Action": "DescribeInstances", "DryRun": "1"}, "DryRun is '1', not a boolean"),
    ({"Action": "DescribeSubnets", "MaxResults": "4"}, "MaxResults is 4, not in 5 to 1000"),
    ({"Action": "RunInstances", "MinCount": "1"}, "parameter MaxCount is missing"),
    ({"Action": "RunInstances", "InstanceType": "t9.nano"}, "InstanceType is 't9.nano', not one of "),
    ({"Action": "RunInstances", "Placement": "us-east-1a"}, "Placement is 'us-east-1a', not a structure"),
    ({"Action": "RunInstances", "ImageId.1": "x"}, "ImageId has members, but is of type string"),
    ({"Action": "RunInstances", "MetadataOptions.HttpTokens": "maybe"}, "MetadataOptions.HttpTokens is 'maybe', not one of"),
    ({"Action": "RunInstances", "NetworkInterface.1.Groups.1": "sg"}, "unknown parameter NetworkInterface.1.Groups"),
    ({"Action": "ImportKeyPair", "KeyName": "k", "PublicKeyMaterial": "ssh-rsa A"}, "PublicKeyMaterial is not base64"),
    ({"Action": "CreateTags", "ResourceId.1": "i-1"}, "parameter Tag is missing"),
    ({"Action": "RequestSpotInstances", "ValidUntil": "tomorrow"}, "ValidUntil is 'tomorrow', not a time"),
])
def test_a_wrong_request_of_the_client_is_caught(cloud, params, complaint):
    answer = Ec2Client(cloud).send(params)
    found = [str(one) for one in cloud.judge.take()]
    assert answer.status == 400 and cloud.is_empty()
    assert any(one.startswith("client: ec2 ") and complaint in one for one in found), found


@pytest.mark.parametrize("params, complaint", [
    ({"Action": "AssumeRole", "RoleArn": "arn:aws:iam::123456789012:role/x"}, "parameter RoleSessionName is missing"),
    ({"Action": "AssumeRole", "RoleSessionName": "a b"}, "RoleSessionName is 'a b', which does not match"),
    ({"Action": "AssumeRole", "DurationSeconds": "60"}, "DurationSeconds is 60, not in 900 to 43200"),
    ({"Action": "AssumeRole", "Tags.1.Key": "x"}, "Tags is no list: 1"),
    ({"Action": "GetCallerIdentity", "X": "y"}, "unknown parameter X"),
])
def test_a_wrong_request_to_sts_is_caught(cloud, params, complaint):
    assert Ec2Client(cloud, service="sts").send(params).status == 400
    found = [str(one) for one in cloud.judge.take()]
    assert any(one.startswith("client: sts ") and complaint in one for one in found), found


@pytest.mark.parametrize("operation, params, complaint", [
    ("GetServiceQuotas", {}, "the API has no target 'ServiceQuotasV20190624.GetServiceQuotas'"),
    ("GetServiceQuota", {"ServiceCode": "ec2"}, "the request has no QuotaCode"),
    ("GetServiceQuota", {"ServiceCode": "ec2", "QuotaCode": "L 1"}, "the request.QuotaCode is 'L 1', which does not match"),
    ("GetServiceQuota", {"ServiceCode": 1, "QuotaCode": "L-1"}, "the request.ServiceCode is 1, not of type string"),
    ("GetServiceQuota", {"ServiceCode": "ec2", "QuotaCode": "L-1", "Region": "x"}, "the request has the unknown member Region"),
])
def test_a_wrong_request_to_service_quotas_is_caught(cloud, operation, params, complaint):
    assert Ec2Client(cloud, service="servicequotas").ask_quota(operation, **params).status in (400, 404)
    found = [str(one) for one in cloud.judge.take()]
    assert any(one.startswith("client: servicequotas ") and complaint in one for one in found), found


@pytest.mark.parametrize("status, body, complaint", [
    (200, b'{"Quota": {"Value": 5.0, "QuotaCode": "L-1"}}', None),
    (200, b'{"Quota": {"Value": "5"}}', "the answer.Quota.Value is '5', not of type double"),
    (200, b'{"Quota": {"Limit": 5}}', "the answer.Quota has the unknown member Limit"),
    (200, b'{"Quota": {"Value": -1}}', "the answer.Quota.Value is -1, not in 0 to"),
    (200, b"<Quota/>", "the answer is no JSON"),
    (400, b'{"__type": "NoSuchResourceException", "Message": "m"}', None),
    (400, b'{"Code": "NoSuchResourceException"}', "an error of the form"),
])
def test_a_wrong_answer_of_service_quotas_is_caught(status, body, complaint):
    judge = Judge(find_models())
    request = Request("servicequotas", "POST", "/", [], {"x-amz-target": "ServiceQuotasV20190624.GetServiceQuota"}, b"{}")
    found = judge.check_answer("servicequotas", request, Response(status, body))
    assert any(complaint in one for one in found) if complaint else found == []


@pytest.mark.parametrize("old, new, complaint", [
    ("<vpcId>", "<vpcid>", "answer.vpcSet[0] has the unknown element vpcid"),
    ("<isDefault>true", "<isDefault>yes", "answer.vpcSet[0].isDefault is 'yes', not a boolean"),
    ("<state>available", "<state>happy", "answer.vpcSet[0].state is 'happy', not one of pending, available"),
    ("<item>", "<member>", "answer.vpcSet has the element member, not item"),
    ("<requestId>", "<RequestId>", "the answer has no requestId"),
    ("<cidrBlock>", "<cidrBlock>1</cidrBlock><cidrBlock>", "the element cidrBlock twice"),
    ("2016-11-15", "2016-11-16", "the answer is {http://ec2.amazonaws.com/doc/2016-11-16/}DescribeVpcsResponse, not"),
    ("<state>", "<state><", "the answer is no XML"),
])
def test_a_wrong_answer_of_our_own_is_caught(cloud, old, new, complaint):
    client = Ec2Client(cloud)
    text = client.call("DescribeVpcs").text
    assert old in text
    if new.startswith("<") and new.endswith(">") and new.count("<") == 1:
        old, new = old.strip("<>"), new.strip("<>")
    found = cloud.judge.check_answer("ec2", cloud.calls()[-1].request, Response(200, text.replace(old, new).encode()))
    cloud.judge.take()
    assert any(complaint in one for one in found), found


@pytest.mark.parametrize("text", ["<Response><Errors/></Response>", "<Error><Code>x</Code></Error>",
                                  "<Response><Errors><Error><Code>x</Code></Error></Errors><RequestID>1</RequestID></Response>"])
def test_an_error_of_another_form_is_caught(cloud, text):
    Ec2Client(cloud).call("DescribeVpcs")
    assert cloud.judge.check_answer("ec2", cloud.calls()[-1].request, Response(400, text.encode()))
    cloud.judge.take()


def test_a_breach_ends_the_test():
    with pytest.raises(JudgeError, match="client: ec2 DescribeVpcs: unknown parameter Vpc"), EC2() as cloud:
        Ec2Client(cloud).call("DescribeVpcs", Vpc__1="x")


def test_an_action_that_is_not_simulated_is_told_apart_from_none(cloud):
    answer = Ec2Client(cloud).call("DescribeLaunchTemplates")
    assert (answer.status, answer.code) == (501, "NotSimulated")
    assert [str(found) for found in cloud.judge.take()] == [
        "server: ec2 DescribeLaunchTemplates: the real API has this action, the simulated one has not"]


def test_a_good_launch_passes(cloud):
    client = Ec2Client(cloud)
    assert client.send(launch(client)).status == 200
    assert cloud.judge.violations == []


def test_the_judge_is_demanded_unless_refused(monkeypatch):
    monkeypatch.setattr("tests.clouds.ec2.engine.find_models", lambda: None)
    with pytest.raises(JudgeError, match="tests/requirements.txt"):
        EC2()
    with EC2(judge=False) as cloud:
        assert cloud.judge is None and Ec2Client(cloud).run().status == 200


def test_every_parameter_that_we_take_is_one_of_awss():
    from tests.clouds.ec2.routing import ACTIONS
    judge = Judge(find_models())
    for action in ACTIONS.values():
        shape = judge.models["ec2"]["operations"][action.name]["input"]["shape"]
        found = judge._input("ec2", _example(action.shape), shape, "")
        assert [one for one in found if "unknown" in one or "not a" in one and "not a boolean" not in one] == [], action.name


def _example(shape):
    if isinstance(shape, dict):
        return {name: _example(inner) for name, inner in shape.items()}
    if isinstance(shape, list):
        return {"1": _example(shape[0])}
    return {"string": "text", "integer": "7", "boolean": "true", "time": "2026-01-01T00:00:00Z"}[shape]

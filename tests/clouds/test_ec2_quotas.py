# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Service Quotas: what it refuses, and that launches are held to what it says."""

import pytest

from tests.clouds.ec2_client import Ec2Client, header

STANDARD, STANDARD_SPOT, G, INF_SPOT = "L-1216C47A", "L-34B43A08", "L-DB2E81BA", "L-B5D1601B"
SPOT = {"InstanceMarketOptions__MarketType": "spot"}


@pytest.fixture
def quotas(rude_ec2):
    return Ec2Client(rude_ec2, service="servicequotas")


def before_signing(client, name, value):
    """The same, but well signed."""
    sign = client.sign

    def changed(headers, body):
        headers[name] = value
        sign(headers, body)
    client.sign = changed


def ask(client, code=STANDARD, service="ec2", **more):
    return client.ask_quota(ServiceCode=service, QuotaCode=code, **more)


def test_a_quota_is_told_where_it_was_granted_else_its_default(quotas):
    answer = ask(quotas)
    assert (answer.status, answer.code) == (400, "NoSuchResourceException")
    assert ask(quotas, operation="GetAWSDefaultServiceQuota").body["Quota"]["Value"] == 5000
    quotas.cloud.settings.quotas[STANDARD] = 0
    assert ask(quotas).body["Quota"]["Value"] == 0
    assert ask(quotas, operation="GetAWSDefaultServiceQuota").body["Quota"]["Value"] == 5000


@pytest.mark.parametrize("code, service, text", [
    ("L-00000000", "ec2", "quota does not exist"), (STANDARD, "ec3", "service does not exist")])
@pytest.mark.parametrize("operation", ["GetServiceQuota", "GetAWSDefaultServiceQuota"])
def test_what_there_is_not(quotas, operation, code, service, text):
    answer = ask(quotas, code, service, operation=operation)
    assert (answer.status, answer.code) == (400, "NoSuchResourceException") and text in answer.message


@pytest.mark.parametrize("spoil, code", [
    (header("Authorization", None), "MissingAuthenticationTokenException"),
    (header("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0"), "IncompleteSignatureException"),
    (header("X-Amz-Target", "ServiceQuotasV20190624.GetAWSDefaultServiceQuota"), "InvalidSignatureException"),
    (lambda headers, body: body + b" ", "InvalidSignatureException"),
])
def test_a_wrong_signature_is_refused(quotas, spoil, code):
    answer = ask(quotas, spoil=spoil)
    assert (answer.status, answer.code) == (400, code)


def test_a_signature_for_another_service_a_wrong_clock_and_strange_keys_are_refused(rude_ec2):
    for client, code in ((Ec2Client(rude_ec2, service="ec2"), "InvalidSignatureException"),
                         (Ec2Client(rude_ec2, service="service-quotas"), "InvalidSignatureException"),
                         (Ec2Client(rude_ec2, service="servicequotas", region="custom-endpoint"), "InvalidSignatureException"),
                         (Ec2Client(rude_ec2, service="servicequotas", clock=-400), "InvalidSignatureException")):
        answer = ask(client)
        assert (answer.status, answer.code) == (400, code)
    key = rude_ec2.keys.add_user("gone")
    rude_ec2.keys.revoke(key.key_id)
    assert ask(Ec2Client(rude_ec2, key, service="servicequotas")).code == "UnrecognizedClientException"
    session = rude_ec2.keys.add_session("worker-role", "s", 0)
    assert ask(Ec2Client(rude_ec2, session, service="servicequotas")).code == "ExpiredTokenException"


@pytest.mark.parametrize("name, value, status, code", [
    ("X-Amz-Target", "ServiceQuotasV20190624.GetQuota", 404, "UnknownOperationException"),
    ("X-Amz-Target", "GetServiceQuota", 404, "UnknownOperationException"),
    ("X-Amz-Target", "ServiceQuotasV20190624.ListServices", 501, "NotSimulated"),
    ("Content-Type", "application/json", 404, "UnknownOperationException"),
    ("Content-Type", "application/x-amz-json-1.0", 404, "UnknownOperationException")])
def test_another_target_or_type_is_no_operation(quotas, name, value, status, code):
    before_signing(quotas, name, value)
    answer = ask(quotas)
    assert (answer.status, answer.code) == (status, code)
    quotas.cloud.judge.take()  # of ListServices: the real one has it


@pytest.mark.parametrize("params, code", [
    ({}, "ValidationException"), ({"ServiceCode": "ec2"}, "ValidationException"),
    ({"ServiceCode": "ec2", "QuotaCode": ["L-1"]}, "SerializationException")])
def test_a_wrong_body_is_refused(quotas, params, code):
    answer = quotas.ask_quota(**params)
    assert (answer.status, answer.code) == (400, code)


def test_a_denied_action(quotas):
    quotas.cloud.deny("servicequotas:GetServiceQuota")
    answer = ask(quotas)
    assert (answer.status, answer.code) == (400, "AccessDeniedException")
    assert "not authorized to perform: servicequotas:GetServiceQuota because" in answer.message
    assert ask(quotas, operation="GetAWSDefaultServiceQuota").status == 200


@pytest.mark.parametrize("code, kind, market, refusal", [
    (STANDARD, "t3.micro", {}, "VcpuLimitExceeded"), (STANDARD_SPOT, "t3.micro", SPOT, "MaxSpotInstanceCountExceeded"),
    (G, "g4dn.xlarge", {}, "VcpuLimitExceeded"), (INF_SPOT, "inf1.xlarge", SPOT, "MaxSpotInstanceCountExceeded")])
def test_a_quota_bounds_its_families_in_its_market_alone(aws, code, kind, market, refusal):
    aws.cloud.settings.quotas = {code: 1}
    assert aws.run(InstanceType=kind, **market).code == refusal
    assert aws.run(InstanceType=kind, **({} if market else SPOT)).status == 200
    assert aws.run(InstanceType="p3.2xlarge", **market).status == 200


def test_a_dry_run_knows_nothing_of_quotas(aws):
    aws.cloud.settings.quotas = {STANDARD: 0}
    assert aws.run(DryRun=True).code == "DryRunOperation"


def test_an_open_spot_request_counts(aws):
    aws.cloud.settings.quotas = {STANDARD_SPOT: 3}
    aws.cloud.settings.spot_seconds = 3600
    asked = aws.call("RequestSpotInstances", LaunchSpecification__ImageId=aws.image(), LaunchSpecification__InstanceType="t3.micro")
    assert asked.status == 200
    assert aws.run(**SPOT).code == "MaxSpotInstanceCountExceeded"
    number = asked.body["spotInstanceRequestSet"][0]["spotInstanceRequestId"]
    aws.call("CancelSpotInstanceRequests", SpotInstanceRequestId__1=number)
    assert aws.run(**SPOT).status == 200

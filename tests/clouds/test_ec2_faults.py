# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What a test can make happen: faults, throttling, no capacity, eventual consistency, and instances with a fate."""

import base64
import http.client
import threading

import pytest

from tests.clouds.common.hosts import AddressOnlyHosts
from tests.clouds.ec2 import EC2
from tests.clouds.ec2_client import KEY, Ec2Client


def one(answer):
    assert answer.status == 200, answer.text
    return answer.body["instancesSet"][0]["instanceId"]


def test_a_scripted_answer_comes_in_place_of_the_work(aws):
    aws.cloud.faults.answer(503, action="Run.*", times=2)
    aws.cloud.faults.answer(500, "InsufficientInstanceCapacity", "none left", action="RunInstances", nth=3)
    answers = [aws.run() for _ in range(4)]
    assert [(a.status, a.code) for a in answers] == [
        (503, "RequestLimitExceeded"), (503, "RequestLimitExceeded"), (500, "InsufficientInstanceCapacity"), (200, "")]
    assert len(aws.cloud.state()["instances"]) == 1


def test_an_answer_may_be_lost_although_the_work_was_done(aws):
    aws.cloud.faults.drop("after", action="RunInstances")
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        aws.run(ClientToken="t")
    assert one(aws.run(ClientToken="t")) in aws.cloud.state()["instances"] and len(aws.cloud.state()["instances"]) == 1


def test_a_dropped_call_did_nothing(aws):
    aws.cloud.faults.drop("before", action="RunInstances")
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        aws.run()
    assert aws.cloud.is_empty()


@pytest.mark.parametrize("point, made", [("before", 0), ("done", 1), ("after", 1)])
def test_a_client_can_be_held_around_a_call(aws, point, made):
    gate = aws.cloud.faults.gate(point, action="RunInstances")
    thread = threading.Thread(target=lambda: _quietly(aws.run))
    thread.start()
    assert gate.wait().action == "RunInstances"
    assert len(aws.cloud.state()["instances"]) == made
    gate.release(drop=True)
    thread.join()
    assert len(aws.cloud.state()["instances"]) == made


def _quietly(work):
    try:
        work()
    except (OSError, http.client.HTTPException):
        pass


def test_faults_are_for_ec2_unless_they_say_otherwise(aws):
    aws.cloud.faults.answer(503, times=None)
    assert Ec2Client(aws.cloud, service="sts").call("GetCallerIdentity").status == 200
    aws.cloud.faults.answer(503, "Throttling", service="sts")
    assert Ec2Client(aws.cloud, service="sts").call("GetCallerIdentity").status == 503
    assert aws.call("DescribeVpcs").status == 503


def test_too_many_calls_a_second_are_throttled(aws):
    aws.cloud.settings.rate_limit = 2
    codes = [aws.call("DescribeVpcs") for _ in range(12)]
    assert {(a.status, a.code) for a in codes} == {(200, ""), (503, "RequestLimitExceeded")}


@pytest.mark.parametrize("rule, market, zone, good", [
    (("us-east-1a", "t3.micro", "*"), None, "us-east-1a", False), (("us-east-1a", "*", "spot"), None, "us-east-1a", True),
    (("us-east-1a", "*", "spot"), "spot", "us-east-1a", False), (("us-east-1b", "*", "*"), None, "us-east-1a", True),
    (("*", "t3.small", "*"), None, "us-east-1a", True)])
def test_capacity_is_missing_where_it_was_exhausted(aws, rule, market, zone, good):
    aws.cloud.exhaust(*rule)
    answer = aws.run(**({"InstanceMarketOptions__MarketType": market} if market else {}))
    assert (answer.status, answer.code) == ((200, "") if good else (500, "InsufficientInstanceCapacity"))
    if not good:
        assert aws.cloud.is_empty()
        assert "no Spot capacity" in answer.message if market else "choosing us-east-1b" in answer.message


def test_a_launch_without_subnet_goes_where_capacity_is(aws):
    aws.cloud.exhaust("us-east-1a")
    number = one(aws.run(NetworkInterface__1__SubnetId=None))
    assert aws.describe(number)["placement"]["availabilityZone"] == "us-east-1b"


@pytest.mark.parametrize("quota, market, code", [
    ({"L-1216C47A": 3}, None, "VcpuLimitExceeded"), ({"L-34B43A08": 3}, "spot", "MaxSpotInstanceCountExceeded"),
    ({"instances": 1}, None, "InstanceLimitExceeded"), ({"storage_gib": 31}, None, "VolumeLimitExceeded")])
def test_a_quota_ends_it(aws, quota, market, code):
    aws.cloud.settings.quotas = quota
    more = {"InstanceMarketOptions__MarketType": market} if market else {}
    assert aws.run(**more).status == 200
    assert aws.run(**more).code == code and len(aws.cloud.state()["instances"]) == 1


@pytest.mark.parametrize("denied, action, text", [
    ("ec2:DescribeVpcs", lambda aws: aws.call("DescribeVpcs"), "not authorized to perform: ec2:DescribeVpcs on resource"),
    ("ec2:RunInstances", lambda aws: aws.run(), "Encoded authorization failure message: Zm9y"),
    ("ec2:CreateTags", lambda aws: aws.run(), "ec2:CreateTags"),
    ("iam:PassRole", lambda aws: aws.run(IamInstanceProfile__Name="worker"), "iam:PassRole")])
def test_a_denied_action_is_unauthorized(aws, denied, action, text):
    aws.cloud.deny(denied)
    answer = action(aws)
    assert (answer.status, answer.code) == (403, "UnauthorizedOperation") and text in answer.message
    assert aws.cloud.is_empty()


def test_new_things_are_not_seen_by_the_first_calls(aws):
    aws.cloud.settings.invisible_calls = {"*": 2}
    number = one(aws.run())
    filtered = {"Filter__1__Name": "instance-id", "Filter__1__Value__1": number}
    codes = [aws.call("DescribeInstances", InstanceId__1=number).code, aws.call("DescribeInstances", **filtered).body]
    assert codes[0] == "InvalidInstanceID.NotFound" and not codes[1]["reservationSet"]
    assert aws.call("DescribeInstances", InstanceId__1=number).status == 200
    group = aws.call("CreateSecurityGroup", GroupName="g", GroupDescription="g").body["groupId"]
    again = [aws.call("CreateSecurityGroup", GroupName="g", GroupDescription="g").code,
             aws.run(NetworkInterface__1__SecurityGroupId__1=group).code,
             aws.call("AuthorizeSecurityGroupIngress", GroupId=group, IpProtocol="tcp", FromPort=1, ToPort=1,
                      CidrIp="10.0.0.0/8").code]
    assert again == ["InvalidGroup.Duplicate", "InvalidGroup.NotFound", "InvalidGroup.NotFound"]
    assert aws.run(NetworkInterface__1__SecurityGroupId__1=group).status == 200
    aws.call("ImportKeyPair", KeyName="k", PublicKeyMaterial=base64.b64encode(KEY.encode()).decode())
    assert [aws.call("DescribeKeyPairs", KeyName__1="k").code, aws.run(KeyName="k").code] == ["InvalidKeyPair.NotFound"] * 2
    assert aws.run(KeyName="k").status == 200


@pytest.mark.parametrize("action, params", [
    ("CreateTags", {"ResourceId__1": "{}", "Tag__1__Key": "a", "Tag__1__Value": "b"}),
    ("TerminateInstances", {"InstanceId__1": "{}"}), ("DescribeInstances", {"InstanceId__1": "{}"})])
def test_for_some_seconds_nobody_sees_a_new_instance(aws, action, params):
    aws.cloud.settings.invisible_seconds = {"instance": 1000}
    number = one(aws.run(ClientToken="t"))
    assert aws.call(action, **{name: value.format(number) for name, value in params.items()}).code == \
        "InvalidInstanceID.NotFound"
    assert one(aws.run(ClientToken="t")) == number  # the token knows at once
    aws.cloud.settings.invisible_seconds.clear()
    assert aws.call(action, **{name: value.format(number) for name, value in params.items()}).status == 200


def test_an_instance_takes_its_time(aws):
    aws.cloud.settings.pending_seconds = 1000
    number = one(aws.run())
    assert aws.describe(number)["instanceState"] == {"code": "0", "name": "pending"}
    assert aws.call("StopInstances", InstanceId__1=number).code == "IncorrectInstanceState"
    aws.call("TerminateInstances", InstanceId__1=number)
    assert aws.cloud.is_empty()


@pytest.mark.parametrize("state", ["terminated", "stopped"])
def test_an_instance_may_be_accepted_and_never_run(aws, state):
    aws.cloud.fail_launch("Client.InternalError", "Client error on launch", state=state)
    number = one(aws.run())
    aws.cloud.cloud.lifecycle.wait_for(aws.cloud.cloud.find(number)[1], state)
    shown = aws.describe(number)
    assert shown["instanceState"]["name"] == state
    assert shown["stateReason"] == {"code": "Client.InternalError", "message": "Client.InternalError: Client error on launch"}
    assert one(aws.run()) != number and aws.cloud.state()["instances"]


def test_an_unknown_kms_key_ends_the_instance_and_not_the_launch(aws):
    number = one(aws.run(BlockDeviceMapping__1__Ebs__Encrypted=True, BlockDeviceMapping__1__Ebs__KmsKeyId="made-up"))
    assert aws.cloud.is_empty() and aws.describe(number)["stateReason"]["code"] == "Client.InternalError"
    key = next(iter(aws.cloud.region().kms_keys)).rpartition("/")[2]
    assert one(aws.run(BlockDeviceMapping__1__Ebs__Encrypted=True, BlockDeviceMapping__1__Ebs__KmsKeyId=key))
    assert not aws.cloud.is_empty()


def test_a_guest_that_shuts_down_stops_its_instance(aws):
    number = one(aws.run())
    aws.cloud.stop_by_itself("m1")
    shown = aws.describe(number)
    assert shown["instanceState"]["name"] == "stopped" and "ipAddress" not in shown
    assert shown["stateReason"]["code"] == "Client.InstanceInitiatedShutdown"


@pytest.mark.parametrize("launch", [{"InstanceInitiatedShutdownBehavior": "terminate"},
                                    {"InstanceMarketOptions__MarketType": "spot"}])
def test_a_guest_that_shuts_down_may_end_its_instance(aws, launch):
    number = one(aws.run(**launch))
    aws.cloud.stop_by_itself("m1")
    assert aws.describe(number)["instanceState"]["name"] == "terminated" and aws.cloud.is_empty()


def test_a_stopped_instance_has_no_public_address_and_a_new_one_later():
    hosts = AddressOnlyHosts()
    with EC2(hosts) as cloud:
        aws = Ec2Client(cloud)
        number = one(aws.run())
        before = aws.describe(number)["ipAddress"]
        aws.call("StopInstances", InstanceId__1=number)
        cloud.cloud.lifecycle.wait_for(cloud.instance(number), "stopped")
        assert "ipAddress" not in aws.describe(number)
        aws.call("StartInstances", InstanceId__1=number)
        cloud.cloud.lifecycle.wait_for(cloud.instance(number), "running")
        assert aws.describe(number)["ipAddress"] == hosts.hosts[0].ip != before
        aws.call("RebootInstances", InstanceId__1=number)
        aws.call("TerminateInstances", InstanceId__1=number)
        assert cloud.is_empty()
    assert [event for event in hosts.hosts[0].events if event != "reset"] == ["boot", "stop", "start", "destroy"]


def test_a_private_instance_has_no_public_address(aws):
    number = one(aws.run(NetworkInterface__1__AssociatePublicIpAddress=False))
    shown = aws.describe(number)
    assert "ipAddress" not in shown and shown["privateIpAddress"]


def test_an_instance_has_ipv6_addresses_where_the_subnet_has(aws):
    asked = {"NetworkInterface__1__Ipv6AddressCount": 2, "NetworkInterface__1__PrimaryIpv6": True}
    assert aws.run(**asked).code == "InvalidParameterValue" and aws.cloud.is_empty()
    aws.cloud.subnet("us-east-1a").ipv6 = True
    shown = aws.describe(one(aws.run(**asked)))
    assert shown["ipv6Address"].startswith("2600:") and len(shown["networkInterfaceSet"][0]["ipv6AddressesSet"]) == 2
    assert aws.run(NetworkInterface__1__PrimaryIpv6=True).code == "InvalidParameterValue"


def test_a_host_that_does_not_boot_is_a_verdict():
    class Broken(AddressOnlyHosts):
        def boot(self, name, **more):
            raise RuntimeError("no such image")
    cloud = EC2(Broken())
    try:
        assert Ec2Client(cloud).run().status == 200
        assert any("no such image" in line for line in cloud.verdict()) and cloud.is_empty()
    finally:
        cloud.close()


def test_a_terminated_instance_is_forgotten_in_time(aws):
    number = one(aws.run())
    aws.call("TerminateInstances", InstanceId__1=number)
    assert aws.cloud.is_empty() and aws.describe(number)["instanceState"]["name"] == "terminated"
    assert aws.call("TerminateInstances", InstanceId__1=number).status == 200
    aws.cloud.settings.terminated_visible = 0
    assert aws.call("TerminateInstances", InstanceId__1=number).code == "InvalidInstanceID.NotFound"


def test_an_instance_may_vanish(aws):
    number = one(aws.run())
    aws.cloud.terminate("m1")
    assert aws.describe(number)["instanceState"]["name"] == "terminated"
    aws.cloud.vanish(number)
    assert aws.cloud.is_empty() and aws.call("TerminateInstances", InstanceId__1=number).code == "InvalidInstanceID.NotFound"


SPOT = {"InstanceMarketOptions__MarketType": "spot"}


def spot_tags(number):
    return {f"TagSpecification__{number}__ResourceType": "spot-instances-request",
            f"TagSpecification__{number}__Tag__1__Key": "Name", f"TagSpecification__{number}__Tag__1__Value": "m1"}


def request_of(aws, number):
    shown = aws.describe(number)["spotInstanceRequestId"]
    answer = aws.call("DescribeSpotInstanceRequests", SpotInstanceRequestId__1=shown)
    return answer.body["spotInstanceRequestSet"][0]


def test_a_spot_instance_has_a_request_with_tags_that_ends_with_it(aws):
    number = one(aws.run(**SPOT, **spot_tags(4)))
    request = request_of(aws, number)
    assert (request["state"], request["status"]["code"], request["tagSet"]) == (
        "active", "fulfilled", [{"key": "Name", "value": "m1"}])
    assert aws.describe(number)["instanceLifecycle"] == "spot"
    aws.call("TerminateInstances", InstanceId__1=number)
    assert aws.cloud.is_empty() and request_of(aws, number)["status"]["code"] == "instance-terminated-by-user"


def test_a_cancelled_request_leaves_its_instance(aws):
    number = one(aws.run(**SPOT))
    sir = aws.describe(number)["spotInstanceRequestId"]
    assert aws.call("CancelSpotInstanceRequests", SpotInstanceRequestId__1=sir).body["spotInstanceRequestSet"][0][
        "state"] == "cancelled"
    assert request_of(aws, number)["status"]["code"] == "request-canceled-and-instance-running"
    assert not aws.cloud.is_empty() and aws.cloud.state()["spot_requests"] == {}


def test_a_persistent_request_outlives_its_instance_until_it_is_cancelled(aws):
    number = one(aws.run(**SPOT, InstanceMarketOptions__SpotOptions__SpotInstanceType="persistent"))
    sir = aws.describe(number)["spotInstanceRequestId"]
    assert aws.call("StopInstances", InstanceId__1=number).status == 200
    aws.call("TerminateInstances", InstanceId__1=number)
    assert not aws.cloud.is_empty() and aws.cloud.state()["spot_requests"][sir]["state"] == "open"
    aws.call("CancelSpotInstanceRequests", SpotInstanceRequestId__1=sir)
    assert aws.cloud.is_empty()


def test_a_spot_instance_may_be_interrupted(aws):
    number = one(aws.run(**SPOT))
    aws.cloud.interrupt("m1")
    assert aws.cloud.is_empty()
    shown = aws.describe(number)
    assert shown["instanceState"]["name"] == "terminated"
    assert shown["stateReason"]["code"] == "Server.SpotInstanceTermination"
    assert request_of(aws, number)["status"]["code"] == "instance-terminated-no-capacity"


def old_request(aws, **more):
    params = {"SpotPrice": "0.5", "LaunchSpecification__ImageId": aws.image(),
              "LaunchSpecification__InstanceType": "t3.micro"} | more
    return aws.call("RequestSpotInstances", **params).body["spotInstanceRequestSet"][0]["spotInstanceRequestId"]


def status_of(aws, sir):
    answer = aws.call("DescribeSpotInstanceRequests", SpotInstanceRequestId__1=sir)
    return answer.body["spotInstanceRequestSet"][0]


def test_a_spot_request_of_old_is_fulfilled_later_or_not(aws):
    sir = old_request(aws)
    assert status_of(aws, sir)["status"]["code"] == "fulfilled"
    number = status_of(aws, sir)["instanceId"]
    assert aws.describe(number)["spotInstanceRequestId"] == sir
    cheap = old_request(aws, SpotPrice="0.0011")
    assert status_of(aws, cheap)["status"]["code"] == "price-too-low"
    aws.cloud.exhaust(market="spot")
    waiting = old_request(aws)
    assert status_of(aws, waiting)["status"]["code"] == "capacity-not-available"
    aws.call("TerminateInstances", InstanceId__1=number)
    assert not aws.cloud.is_empty()
    for one_left in (cheap, waiting):
        aws.call("CancelSpotInstanceRequests", SpotInstanceRequestId__1=one_left)
    assert aws.cloud.is_empty()
    assert status_of(aws, waiting)["status"]["code"] == "canceled-before-fulfillment"


def test_an_open_spot_request_counts_as_left_over(aws):
    aws.cloud.settings.spot_seconds = 1000
    sir = old_request(aws)
    assert not aws.cloud.is_empty()
    assert status_of(aws, sir)["status"]["code"] == "pending-evaluation"


def test_twenty_groups_at_once_are_one(aws):
    codes = []
    threads = [threading.Thread(target=lambda: codes.append(
        Ec2Client(aws.cloud).call("CreateSecurityGroup", GroupName="docker-machine", GroupDescription="x").code))
        for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [""] + ["InvalidGroup.Duplicate"] * 19
    assert aws.cloud.state()["security_groups"] == ["docker-machine"]

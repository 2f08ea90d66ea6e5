# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The second judge: Amazon's own Python client at work in the simulated cloud."""

import boto3
import botocore.config
import pytest
from botocore.exceptions import ClientError

from tests.clouds.common.hosts import AddressOnlyHosts
from tests.clouds.ec2 import EC2
from tests.clouds.ec2_client import KEY

AT_ONCE = {"Delay": 0, "MaxAttempts": 1000}


def amazon(cloud, service="ec2", region="us-east-1", principal=None):
    keys = principal or cloud.user
    endpoints = {"ec2": cloud.endpoint, "sts": cloud.sts_endpoint, "service-quotas": cloud.quotas_endpoint}
    return boto3.client(service, region_name=region, verify=str(cloud.ca_file),
                        endpoint_url=endpoints[service],
                        aws_access_key_id=keys.key_id, aws_secret_access_key=keys.secret, aws_session_token=keys.token,
                        config=botocore.config.Config(retries={"total_max_attempts": 1}))


@pytest.fixture
def boto(ec2):
    return amazon(ec2)


def newest_ubuntu(boto, arch="amd64"):
    images = boto.describe_images(Owners=["099720109477"], Filters=[
        {"Name": "name", "Values": [f"ubuntu/images/hvm-ssd*/ubuntu-*-??.04-{arch}-server-*"]}])["Images"]
    return max(images, key=lambda image: (image["Name"].split("-")[-4 if arch else 0], image["CreationDate"]))


def tags(*kinds):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": "m1"}, {"Key": "a b", "Value": "ä&<"}]} for kind in kinds]


def group(boto, vpc, name="docker-machine"):
    number = boto.create_security_group(GroupName=name, Description="Docker Machine", VpcId=vpc,
                                        TagSpecifications=tags("security-group"))["GroupId"]
    boto.get_waiter("security_group_exists").wait(GroupIds=[number], WaiterConfig=AT_ONCE)
    boto.authorize_security_group_ingress(GroupId=number, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]} for port in (22, 2376)])
    return number


def run(boto, vpc, **changes):
    subnet = boto.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]},
                                            {"Name": "availability-zone", "Values": ["us-east-1a"]}])["Subnets"][0]
    groups = [one["GroupId"] for one in boto.describe_security_groups(
        Filters=[{"Name": "group-name", "Values": ["docker-machine"]}])["SecurityGroups"]] or [group(boto, vpc)]
    request = {"ImageId": newest_ubuntu(boto)["ImageId"], "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
               "KeyName": "m1", "ClientToken": "token-1", "BlockDeviceMappings": [
                   {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 16, "VolumeType": "gp3", "DeleteOnTermination": True}}],
               "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet["SubnetId"], "Groups": groups,
                                      "AssociatePublicIpAddress": True}],
               "TagSpecifications": tags("instance", "volume", "network-interface"),
               "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}, "UserData": "#!/bin/sh\n"} | changes
    return boto.run_instances(**request)["Instances"][0]


def test_amazons_client_creates_describes_tags_stops_and_terminates_an_instance(ec2, boto):
    vpc = ec2.default_vpc().id
    boto.import_key_pair(KeyName="m1", PublicKeyMaterial=KEY.encode(), TagSpecifications=tags("key-pair"))
    made = run(boto, vpc)
    number = made["InstanceId"]
    assert made["State"]["Name"] == "pending" and made["PrivateIpAddress"] == ec2.instance("m1").host.ip
    boto.get_waiter("instance_running").wait(InstanceIds=[number], WaiterConfig=AT_ONCE)
    boto.create_tags(Resources=[number], Tags=[{"Key": "more", "Value": ""}])
    shown = boto.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["m?"]},
                                             {"Name": "client-token", "Values": ["token-1"]}])
    one = shown["Reservations"][0]["Instances"][0]
    assert {tag["Key"]: tag["Value"] for tag in one["Tags"]} == {"Name": "m1", "a b": "ä&<", "more": ""}
    assert one["PublicIpAddress"] == ec2.instance("m1").host.ip and one["MetadataOptions"]["HttpTokens"] == "required"
    volume = boto.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [number]}])["Volumes"][0]
    assert (volume["Size"], volume["VolumeType"], volume["Iops"]) == (16, "gp3", 3000)
    assert boto.describe_instance_status(InstanceIds=[number])["InstanceStatuses"][0]["InstanceState"]["Name"] == "running"

    boto.stop_instances(InstanceIds=[number])
    boto.get_waiter("instance_stopped").wait(InstanceIds=[number], WaiterConfig=AT_ONCE)
    boto.start_instances(InstanceIds=[number])
    boto.get_waiter("instance_running").wait(InstanceIds=[number], WaiterConfig=AT_ONCE)
    again = boto.describe_instances(InstanceIds=[number])["Reservations"][0]["Instances"][0]
    assert again["PublicIpAddress"] not in ("", one["PublicIpAddress"])
    boto.reboot_instances(InstanceIds=[number])
    assert "login:" in boto.get_console_output(InstanceId=number)["Output"]

    boto.terminate_instances(InstanceIds=[number])
    boto.get_waiter("instance_terminated").wait(InstanceIds=[number], WaiterConfig=AT_ONCE)
    boto.delete_key_pair(KeyName="m1")
    assert ec2.is_empty() and ec2.state()["security_groups"] == ["docker-machine"]
    boto.delete_security_group(GroupName="docker-machine")
    assert ec2.state()["security_groups"] == []


def test_amazons_client_runs_a_spot_instance_in_one_call(ec2, boto):
    boto.import_key_pair(KeyName="m1", PublicKeyMaterial=KEY.encode())
    made = run(boto, ec2.default_vpc().id, InstanceMarketOptions={"MarketType": "spot", "SpotOptions": {"MaxPrice": "0.5"}},
               TagSpecifications=tags("instance", "volume", "network-interface", "spot-instances-request"))
    request = boto.describe_spot_instance_requests(SpotInstanceRequestIds=[made["SpotInstanceRequestId"]])
    one = request["SpotInstanceRequests"][0]
    assert (one["State"], one["InstanceId"], one["Type"]) == ("active", made["InstanceId"], "one-time")
    with pytest.raises(ClientError, match="one-time Spot Instance request") as refused:
        boto.stop_instances(InstanceIds=[made["InstanceId"]])
    assert refused.value.response["Error"]["Code"] == "UnsupportedOperation"
    boto.cancel_spot_instance_requests(SpotInstanceRequestIds=[one["SpotInstanceRequestId"]])
    boto.terminate_instances(InstanceIds=[made["InstanceId"]])
    boto.delete_key_pair(KeyPairId=boto.describe_key_pairs(KeyNames=["m1"])["KeyPairs"][0]["KeyPairId"])
    assert ec2.is_empty()


def test_amazons_client_reads_everything_else(ec2, boto):
    assert boto.describe_account_attributes(AttributeNames=["default-vpc"])["AccountAttributes"][0]["AttributeValues"] == [
        {"AttributeValue": ec2.default_vpc().id}]
    assert "eu-west-1" in [one["RegionName"] for one in boto.describe_regions()["Regions"]]
    assert [one["ZoneName"] for one in boto.describe_availability_zones()["AvailabilityZones"]] == ec2.region().zones
    assert boto.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"] == ec2.default_vpc().id
    kind = boto.describe_instance_types(InstanceTypes=["t4g.small"])["InstanceTypes"][0]
    assert kind["ProcessorInfo"]["SupportedArchitectures"] == ["arm64"]
    pages = list(boto.get_paginator("describe_instance_types").paginate(PaginationConfig={"PageSize": 20}))
    assert len(pages) > 3 and sum(len(one["InstanceTypes"]) for one in pages) > 100
    assert boto.describe_addresses()["Addresses"] == [] and boto.describe_network_interfaces()["NetworkInterfaces"] == []
    prices = boto.describe_spot_price_history(InstanceTypes=["t3.micro"], AvailabilityZone="us-east-1b")["SpotPriceHistory"]
    assert float(prices[0]["SpotPrice"]) < 0.01
    made = boto.create_key_pair(KeyName="mine", KeyType="ed25519")
    assert made["KeyMaterial"].startswith("-----BEGIN") and boto.describe_tags()["Tags"] == []


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_amazons_client_finds_canonicals_newest_image_and_no_strangers(ec2, boto, arch):
    name = newest_ubuntu(boto, arch)["Name"]
    assert name in (f"ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-{arch}-server-20261013",
                    f"ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-20261020")
    bait = boto.describe_images(Filters=[{"Name": "name", "Values": [f"*resolute-26.04-{arch}-server-20261120"]}])["Images"]
    assert [one["OwnerId"] for one in bait] == ["666666666666"]


def test_amazons_client_assumes_roles_and_uses_their_keys(ec2):
    sts = amazon(ec2, "sts")
    keys = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/other-role", RoleSessionName="me")["Credentials"]
    role = ec2.keys.find(keys["AccessKeyId"])
    assert amazon(ec2, "sts", principal=role).get_caller_identity()["Arn"].endswith("assumed-role/other-role/me")
    assert amazon(ec2, principal=role).describe_vpcs()["Vpcs"]
    ec2.expire_sessions()
    with pytest.raises(ClientError, match="RequestExpired"):
        amazon(ec2, principal=role).describe_vpcs()
    with pytest.raises(ClientError, match="ExpiredToken"):
        amazon(ec2, "sts", principal=role).get_caller_identity()


def test_amazons_client_learns_a_quota_and_runs_into_it(ec2, boto):
    quotas = amazon(ec2, "service-quotas")
    wanted = {"ServiceCode": "ec2", "QuotaCode": "L-1216C47A"}
    with pytest.raises(quotas.exceptions.NoSuchResourceException):
        quotas.get_service_quota(**wanted)
    default = quotas.get_aws_default_service_quota(**wanted)["Quota"]
    assert default["Value"] == 5000 and default["QuotaArn"] == "arn:aws:servicequotas:us-east-1::ec2/L-1216C47A"
    ec2.settings.quotas["L-1216C47A"] = 3
    applied = quotas.get_service_quota(**wanted)["Quota"]
    assert applied["Value"] == 3 and applied["QuotaName"] == "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"
    boto.import_key_pair(KeyName="m1", PublicKeyMaterial=KEY.encode())
    vpc = ec2.default_vpc().id
    made = run(boto, vpc)
    with pytest.raises(ClientError, match="current vCPU limit of 3 allows") as refused:
        run(boto, vpc, ClientToken="token-2")
    assert refused.value.response["Error"]["Code"] == "VcpuLimitExceeded"
    boto.stop_instances(InstanceIds=[made["InstanceId"]])  # what is stopped counts no more
    run(boto, vpc, ClientToken="token-3")
    boto.get_waiter("instance_stopped").wait(InstanceIds=[made["InstanceId"]], WaiterConfig=AT_ONCE)
    with pytest.raises(ClientError, match="VcpuLimitExceeded"):
        boto.start_instances(InstanceIds=[made["InstanceId"]])
    ec2.deny("servicequotas:GetServiceQuota")
    with pytest.raises(quotas.exceptions.AccessDeniedException, match="not authorized to perform: servicequotas:GetServiceQuota"):
        quotas.get_service_quota(**wanted)


def test_the_hosts_get_what_the_request_says():
    hosts = AddressOnlyHosts()
    with EC2(hosts) as cloud:
        boto = amazon(cloud)
        cloud.add_key_pair("m1", KEY)
        run(boto, cloud.default_vpc().id, UserData="#cloud-config\nssh_authorized_keys:\n  - ssh-ed25519 AAAA more\n")
        host = hosts.hosts[0]
        assert host.name == "m1" and "ubuntu-" in host.image and host.image.startswith("099720109477/")
        assert host.users == {"ubuntu": [KEY, "ssh-ed25519 AAAA more"]} and "cloud-config" in host.metadata["user-data"]
    assert host.events == ["boot", "destroy"]

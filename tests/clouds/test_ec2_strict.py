# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What EC2 refuses, the simulation refuses: code, status and what the sentence says. No judge helps here."""

import base64

import pytest

from tests.clouds.ec2 import EC2
from tests.clouds.ec2.images import STRANGER, ImageVolume
from tests.clouds.ec2_client import KEY, Ec2Client, launch

RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7"


@pytest.fixture(scope="module")
def refusing():
    """One cloud for all requests that leave nothing behind."""
    with EC2() as cloud:
        cloud.judge.enforce = False
        yield Ec2Client(cloud)
        assert [str(found) for found in cloud.judge.take() if found.side == "server"] == []


def check(answer, code, text="", status=400):
    assert (answer.status, answer.code) == (status, code), answer.text
    assert text in answer.message, answer.message


def b64(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.mark.parametrize("params, code, text", [
    ([("Version", "2016-11-15")], "MissingAction", "missing an action"),
    ([("Action", "DescribeInstance")], "InvalidAction", "The action DescribeInstance is not valid for this web service."),
    ([("Action", "DescribeRegions"), ("Version", "2026-01-01")], "NoSuchVersion", "2026-01-01"),
    ([("Action", "DescribeRegions"), ("Regionname.1", "us-east-1")], "UnknownParameter", "The parameter Regionname.1 is not"),
    ([("Action", "DescribeInstances"), ("InstanceId", "i-00000000")], "UnknownParameter", "InstanceId is not recognized"),
    ([("Action", "DescribeInstances"), ("InstanceId.0", "i-00000000")], "UnknownParameter", "InstanceId.0"),
    ([("Action", "DescribeInstances"), ("InstanceId.2", "i-00000000")], "InvalidParameterValue", "numbered from 1"),
    ([("Action", "DescribeInstances"), ("InstanceId.1.x", "i-00000000")], "UnknownParameter", "InstanceId.1.x"),
    ([("Action", "DescribeInstances"), ("MaxResults", "many")], "InvalidParameterValue", "Must be an integer"),
    ([("Action", "DescribeRegions"), ("AllRegions", "yes")], "InvalidParameterValue", "Must be a boolean"),
    ([("Action", "DescribeRegions"), ("AllRegions", "true"), ("AllRegions", "true")], "InvalidParameter", "more than once"),
    ([("Action", "DescribeInstances"), ("Filter.1.Name", "instance-stat"), ("Filter.1.Value.1", "x")],
     "InvalidParameterValue", "The filter 'instance-stat' is invalid"),
    ([("Action", "DescribeInstances"), ("Filter.1.Value.1", "x")], "InvalidParameterValue", "The filter 'null' is invalid"),
    ([("Action", "DescribeInstances"), ("MaxResults", "4")], "InvalidParameterValue", "greater than or equal to 5"),
    ([("Action", "DescribeInstances"), ("MaxResults", "1001")], "InvalidParameterValue", "maxResults is invalid"),
    ([("Action", "DescribeInstances"), ("NextToken", "xyz")], "InvalidNextToken", ""),
    ([("Action", "DescribeRegions"), ("RegionName.1", "us-east-9")], "InvalidParameterValue", "us-east-9"),
    ([("Action", "DescribeAvailabilityZones"), ("ZoneName.1", "us-east-1z")], "InvalidParameterValue", "us-east-1z"),
    ([("Action", "DescribeInstanceTypes"), ("InstanceType.1", "t9.nano")], "InvalidInstanceType",
     "do not exist: [t9.nano]"),
    ([("Action", "DescribeRegions"), ("DryRun", "true")], "DryRunOperation", "DryRun flag is set"),
], ids=lambda value: str(value)[:60])
def test_a_wrong_request_is_refused(refusing, params, code, text):
    check(refusing.send(params), code, text, 412 if code == "DryRunOperation" else 400)


@pytest.mark.parametrize("action, parameter, value, code, text", [
    ("DescribeInstances", "InstanceId.1", "i-0123456789abcdef0", "InvalidInstanceID.NotFound",
     "The instance ID 'i-0123456789abcdef0' does not exist"),
    ("DescribeInstances", "InstanceId.1", "", "InvalidInstanceID.Malformed", 'Invalid id: ""'),
    ("TerminateInstances", "InstanceId.1", "i-xyz", "InvalidInstanceID.Malformed", 'Invalid id: "i-xyz" (expecting "i-...")'),
    ("StopInstances", "InstanceId.1", "i-0123456789abcdef0", "InvalidInstanceID.NotFound", "does not exist"),
    ("StartInstances", "InstanceId.1", "i-0123456789abcdef0", "InvalidInstanceID.NotFound", "does not exist"),
    ("RebootInstances", "InstanceId.1", "i-0123456789abcdef0", "InvalidInstanceID.NotFound", "does not exist"),
    ("GetConsoleOutput", "InstanceId", "i-0123456789abcdef0", "InvalidInstanceID.NotFound", "does not exist"),
    ("DescribeVolumes", "VolumeId.1", "vol-0123456789abcdef0", "InvalidVolume.NotFound", "The volume 'vol-"),
    ("DeleteVolume", "VolumeId", "vol-0123456789abcdef0", "InvalidVolume.NotFound", "does not exist"),
    ("DescribeSubnets", "SubnetId.1", "subnet-0123456789abcdef0", "InvalidSubnetID.NotFound", "The subnet ID 'subnet-"),
    ("DescribeVpcs", "VpcId.1", "vpc-0123456789abcdef0", "InvalidVpcID.NotFound", "The vpc ID 'vpc-"),
    ("DescribeVpcs", "VpcId.1", "default", "InvalidVpcID.Malformed", '"default"'),
    ("DescribeSecurityGroups", "GroupId.1", "sg-0123456789abcdef0", "InvalidGroup.NotFound", "The security group 'sg-"),
    ("DescribeSecurityGroups", "GroupId.1", "docker", "InvalidGroupId.Malformed", 'expecting "sg-..."'),
    ("DescribeSecurityGroups", "GroupName.1", "docker", "InvalidGroup.NotFound", "does not exist in default VPC 'vpc-"),
    ("DeleteSecurityGroup", "GroupName", "docker", "InvalidGroup.NotFound", "does not exist"),
    ("DeleteSecurityGroup", "GroupName", "default", "CannotDelete", "cannot be deleted by a user"),
    ("DescribeNetworkInterfaces", "NetworkInterfaceId.1", "eni-0123456789abcdef0", "InvalidNetworkInterfaceID.NotFound", ""),
    ("DescribeKeyPairs", "KeyName.1", "nobody", "InvalidKeyPair.NotFound", "The key pair 'nobody' does not exist"),
    ("DescribeKeyPairs", "KeyPairId.1", "key-0123456789abcdef0", "InvalidKeyPair.NotFound", "does not exist"),
    ("DeleteKeyPair", "DryRun", "false", "MissingParameter", "KeyName or KeyPairId"),
    ("DescribeImages", "ImageId.1", "ami-0123456789abcdef0", "InvalidAMIID.NotFound",
     "The image id '[ami-0123456789abcdef0]' does not exist"),
    ("DescribeImages", "ImageId.1", "ubuntu", "InvalidAMIID.Malformed", 'Invalid id: "ubuntu" (expecting "ami-...")'),
    ("DescribeSpotInstanceRequests", "SpotInstanceRequestId.1", "sir-abcd1234", "InvalidSpotInstanceRequestID.NotFound",
     "The spot instance request ID 'sir-abcd1234' does not exist"),
    ("CancelSpotInstanceRequests", "SpotInstanceRequestId.1", "sir-1", "InvalidSpotInstanceRequestID.Malformed", ""),
    ("DescribeAddresses", "PublicIp.1", "192.0.2.1", "InvalidAddress.NotFound", "Address '192.0.2.1' not found."),
    ("StopInstances", "Force", "true", "MissingParameter", "InstanceId"),
    ("CreateTags", "ResourceId.1", "i-0123456789abcdef0", "MissingParameter", "Tag"),
])
def test_what_is_not_there_is_not_found(refusing, action, parameter, value, code, text):
    check(refusing.send({"Action": action, parameter: value}), code, text)


@pytest.mark.parametrize("changes, code, text", [
    ({"ImageId": None}, "MissingParameter", "ImageId"), ({"MinCount": None}, "MissingParameter", "MinCount"),
    ({"MaxCount": None}, "MissingParameter", "MaxCount"), ({"MinCount": 2}, "InvalidParameterValue", "minCount"),
    ({"MinCount": 0}, "InvalidParameterValue", "minCount"), ({"MinCount": "one"}, "InvalidParameterValue", "an integer"),
    ({"ImageId": "ami-0123456789abcdef0"}, "InvalidAMIID.NotFound", "does not exist"),
    ({"ImageId": ""}, "MissingParameter", "ImageId"), ({"ImageId": "ami-x"}, "InvalidAMIID.Malformed", "ami-x"),
    ({"InstanceType": "t9.nano"}, "InvalidParameterValue", "Invalid value 't9.nano' for InstanceType."),
    ({"InstanceType": "t4g.micro"}, "InvalidParameterValue",
     "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64'"),
    ({"KeyName": "nobody"}, "InvalidKeyPair.NotFound", "The key pair 'nobody' does not exist"),
    ({"KeyName": ""}, "InvalidKeyPair.NotFound", "The key pair '' does not exist"),
    ({"Placement__AvailabilityZone": "eu-west-1a"}, "InvalidParameterValue", "Invalid availability zone: [eu-west-1a]"),
    ({"Placement__AvailabilityZone": "a"}, "InvalidParameterValue", "Invalid availability zone: [a]"),
    ({"Placement__AvailabilityZone": "us-east-1b"}, "InvalidParameterValue",
     "Value (us-east-1b) for parameter availabilityZone is invalid. Subnet 'subnet-"),
    ({"NetworkInterface__1__SubnetId": "subnet-0123456789abcdef0"}, "InvalidSubnetID.NotFound", "The subnet ID"),
    ({"NetworkInterface__1__DeviceIndex": None}, "MissingParameter", "deviceIndex"),
    ({"NetworkInterface__1__DeviceIndex": 1}, "InvalidParameterValue", "device index 0"),
    ({"NetworkInterface__1__SecurityGroupId__1": "docker-machine"}, "InvalidGroupId.Malformed", "docker-machine"),
    ({"NetworkInterface__1__SecurityGroupId__1": "sg-0123456789abcdef0"}, "InvalidGroup.NotFound", "sg-"),
    ({"NetworkInterface__1__SecurityGroupName__1": "x"}, "UnknownParameter", "NetworkInterface.1.SecurityGroupName.1"),
    ({"SubnetId": "subnet-0123456789abcdef0"}, "InvalidParameterCombination",
     "Network interfaces and an instance-level subnet ID may not be specified on the same request"),
    ({"SecurityGroupId__1": "sg-0123456789abcdef0"}, "InvalidParameterCombination",
     "Network interfaces and instance-level security groups may not be specified on the same request"),
    ({"IamInstanceProfile__Name": "nobody"}, "InvalidParameterValue",
     "Value (nobody) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"),
    ({"IamInstanceProfile__Name": "arn:aws:iam::123456789012:instance-profile/worker"}, "InvalidParameterValue", "Invalid IAM"),
    ({"IamInstanceProfile__Arn": "worker"}, "InvalidParameterValue", "Invalid IAM Instance Profile ARN"),
    ({"IamInstanceProfile__Name": "worker", "IamInstanceProfile__Arn": "x"}, "InvalidParameterCombination", "combination"),
    ({"UserData": "#!"}, "InvalidParameterValue", "Invalid BASE64 encoding of user data"),
    ({"UserData": b64("x" * 16385)}, "InvalidParameterValue", "User data is limited to 16384 bytes"),
    ({"ClientToken": "x" * 65}, "InvalidParameterValue", "clientToken"),
    ({"MetadataOptions__HttpTokens": "yes"}, "InvalidParameterValue", "HttpTokens"),
    ({"MetadataOptions__HttpPutResponseHopLimit": 65}, "InvalidParameterValue", "between 1 and 64"),
    ({"MetadataOptions__HttpPutResponseHopLimit": 0}, "InvalidParameterValue", "between 1 and 64"),
    ({"InstanceInitiatedShutdownBehavior": "burn"}, "InvalidParameterValue", "burn"),
    ({"Tags__1__Key": "x"}, "UnknownParameter", "Tags.1.Key"),
])
def test_a_wrong_launch_is_refused_and_makes_nothing(refusing, changes, code, text):
    check(refusing.run(**changes), code, text)
    assert refusing.cloud.is_empty() and refusing.cloud.state()["security_groups"] == []


EBS = "BlockDeviceMapping__1__Ebs__"


@pytest.mark.parametrize("changes, code, text", [
    ({EBS + "VolumeType": "gp9"}, "InvalidParameterValue", "Value (gp9) for parameter volumeType is invalid"),
    ({EBS + "VolumeSize": 7}, "InvalidBlockDeviceMapping", "Volume of size 7GB is smaller than snapshot 'snap-"),
    ({EBS + "VolumeSize": 70000}, "InvalidParameterValue", "too large for volume type gp3"),
    ({EBS + "VolumeSize": 16385, EBS + "VolumeType": "gp2"}, "InvalidParameterValue", "maximum is 16384GiB."),
    ({EBS + "VolumeType": "gp2", EBS + "Iops": 3000}, "InvalidParameterCombination",
     "The parameter iops is not supported for gp2 volumes."),
    ({EBS + "VolumeType": "gp2", EBS + "Throughput": 125}, "InvalidParameterCombination",
     "The parameter throughput is not supported for gp2 volumes."),
    ({EBS + "VolumeType": "io1"}, "InvalidParameterCombination", "The parameter iops must be specified for io1 volumes."),
    ({EBS + "VolumeType": "io2"}, "InvalidParameterCombination", "must be specified for io2"),
    ({EBS + "VolumeType": "io1", EBS + "Iops": 99}, "InvalidParameterValue", "minimum is 100"),
    ({EBS + "VolumeType": "io1", EBS + "Iops": 5000}, "InvalidParameterValue", "ratio"),
    ({EBS + "VolumeType": "io1", EBS + "Iops": 100, EBS + "Throughput": 125}, "InvalidParameterCombination", "io1"),
    ({EBS + "Iops": 2999}, "InvalidParameterValue", "minimum is 3000"),
    ({EBS + "Iops": 80001}, "InvalidParameterValue", "maximum is 80000"),
    ({EBS + "Throughput": 124}, "InvalidParameterValue", "minimum is 125"),
    ({EBS + "Throughput": 2001}, "InvalidParameterValue", "maximum is 2000"),
    ({EBS + "Throughput": 1000}, "InvalidParameterValue", "0.250000 MiBps per iops"),
    ({EBS + "KmsKeyId": "x"}, "InvalidParameterDependency", "KmsKeyId requires the parameter Encrypted to be set"),
    ({EBS + "KmsKeyId": "x", EBS + "Encrypted": False}, "InvalidParameterDependency", "requires"),
    ({EBS + "VolumeType": "st1", EBS + "VolumeSize": 200}, "InvalidParameterValue", "root"),
    ({"BlockDeviceMapping__1__DeviceName": None}, "MissingParameter", "deviceName"),
    ({"BlockDeviceMapping__2__DeviceName": "/dev/sda1", "BlockDeviceMapping__2__Ebs__VolumeSize": 20},
     "InvalidBlockDeviceMapping", "/dev/sda1"),
    ({"BlockDeviceMapping__2__DeviceName": "/dev/sdf", "BlockDeviceMapping__2__Ebs__VolumeType": "gp3"}, "MissingParameter",
     "size or snapshotId"),
    ({EBS + "SnapshotId": "snap-0123456789abcdef0"}, "InvalidSnapshot.NotFound", "does not exist"),
])
def test_a_wrong_volume_is_refused(refusing, changes, code, text):
    check(refusing.run(**changes), code, text)
    assert refusing.cloud.is_empty()


TAG = "TagSpecification__1__Tag__"
FIFTY_ONE = {f"{TAG}{n}__Key": f"k{n}" for n in range(1, 52)} | {f"{TAG}{n}__Value": "v" for n in range(1, 52)}


@pytest.mark.parametrize("changes, code, text", [
    ({TAG + "1__Key": "aws:x"}, "InvalidParameterValue", "Tag keys starting with 'aws:' are reserved"),
    ({TAG + "1__Key": "AWS:x"}, "InvalidParameterValue", "reserved"),
    ({TAG + "1__Key": "x" * 129}, "InvalidParameterValue", "maximum length of 128"),
    ({TAG + "1__Value": "x" * 257}, "InvalidParameterValue", "maximum length of 256"),
    ({TAG + "1__Key": ""}, "InvalidParameterValue", "Value ( '' ) for parameter Tag key is invalid. Tag key cannot be null"),
    ({TAG + "1__Key": None}, "InvalidParameterValue", "null or empty"),
    ({TAG + "2__Key": "Name", TAG + "2__Value": "x"}, "InvalidParameterValue", "Duplicate tag key 'Name' specified."),
    (FIFTY_ONE, "TagLimitExceeded", "50"),
    ({"TagSpecification__1__ResourceType": None}, "InvalidParameterValue", "resource type"),
    ({"TagSpecification__1__ResourceType": "disk"}, "InvalidParameterValue", "'disk' is not a valid taggable resource type"),
    ({"TagSpecification__1__ResourceType": "key-pair"}, "InvalidParameterValue",
     "'key-pair' is not a valid taggable resource type for this operation."),
    ({"TagSpecification__1__ResourceType": "spot-instances-request"}, "InvalidParameterValue", "for this operation"),
    ({"TagSpecification__1__ResourceType": "volume"}, "InvalidParameterValue", "more than once"),
    ({TAG + "1__Key": None, TAG + "1__Value": None}, "InvalidParameterValue", "at least one tag"),
])
def test_a_wrong_tag_is_refused(refusing, changes, code, text):
    check(refusing.run(**changes), code, text)
    assert refusing.cloud.is_empty()


MARKET = "InstanceMarketOptions__"
SPOT = MARKET + "SpotOptions__"


@pytest.mark.parametrize("changes, code, text", [
    ({SPOT + "MaxPrice": "1"}, "MissingParameter", "MarketType"),
    ({MARKET + "MarketType": "cheap"}, "InvalidParameterValue", "cheap"),
    ({MARKET + "MarketType": "spot", SPOT + "MaxPrice": ""}, "InvalidParameterValue",
     "The value '' is invalid for parameter MaxPrice"),
    ({MARKET + "MarketType": "spot", SPOT + "MaxPrice": "a lot"}, "InvalidParameterValue", "MaxPrice"),
    ({MARKET + "MarketType": "spot", SPOT + "MaxPrice": "0.001"}, "SpotMaxPriceTooLow",
     "Your Spot request price of 0.001 is lower than the minimum required Spot request fulfillment price of 0.0"),
    ({MARKET + "MarketType": "spot", SPOT + "SpotInstanceType": "once"}, "InvalidParameterValue", "once"),
    ({MARKET + "MarketType": "spot", SPOT + "InstanceInterruptionBehavior": "stop"}, "InvalidParameterCombination",
     "The request with type 'one-time' is not supported when instanceInterruptionBehavior is set to 'stop'."),
    ({MARKET + "MarketType": "spot", SPOT + "BlockDurationMinutes": 60}, "UnsupportedOperation", "no longer"),
    ({MARKET + "MarketType": "spot", SPOT + "MaximumPrice": "1"}, "UnknownParameter", "SpotOptions.MaximumPrice"),
])
def test_a_wrong_spot_launch_is_refused(refusing, changes, code, text):
    check(refusing.run(**changes), code, text)
    assert refusing.cloud.is_empty()


def test_a_group_of_another_vpc_is_refused(rude_aws):
    cloud = rude_aws.cloud
    other = cloud.add_group("other", vpc=cloud.add_vpc().id)
    answer = rude_aws.run(NetworkInterface__1__SecurityGroupId__1=other)
    check(answer, "InvalidParameter", f"Security group {other} and subnet subnet-")
    assert "belong to different networks" in answer.message


def test_five_groups_fit_an_interface_and_six_do_not(rude_aws):
    ids = {f"NetworkInterface__1__SecurityGroupId__{n}": rude_aws.cloud.add_group(f"g{n}") for n in range(1, 7)}
    check(rude_aws.run(**ids), "SecurityGroupsPerInterfaceLimitExceeded")
    ids.popitem()
    assert rude_aws.run(**ids).status == 200


def test_an_instance_type_that_the_zone_has_not_is_unsupported(rude_aws):
    subnet = rude_aws.cloud.subnet("us-east-1e").id
    check(rude_aws.run(NetworkInterface__1__SubnetId=subnet), "Unsupported",
          "Your requested instance type (t3.micro) is not supported in your requested Availability Zone (us-east-1e)")
    free = rude_aws.run(NetworkInterface__1__SubnetId=None)
    assert free.status == 200


def test_an_account_without_default_vpc_needs_a_subnet(rude_aws):
    rude_aws.cloud.settings.default_vpc = False
    client = Ec2Client(rude_aws.cloud, region="eu-west-1")
    answer = client.call("DescribeAccountAttributes", AttributeName__1="default-vpc")
    assert answer.body["accountAttributeSet"][0]["attributeValueSet"] == [{"attributeValue": "none"}]
    check(client.call("RunInstances", ImageId=client.image(), MinCount=1, MaxCount=1, InstanceType="t3.micro"),
          "VPCIdNotSpecified", "No default VPC for this user")
    check(client.call("CreateSecurityGroup", GroupName="x", GroupDescription="x"), "VPCIdNotSpecified")


@pytest.mark.parametrize("changes, code, text", [
    ({"GroupName": None}, "MissingParameter", "GroupName"), ({"GroupDescription": None}, "MissingParameter", "GroupDescription"),
    ({"GroupName": "sg-x"}, "InvalidParameterValue",
     "Value (sg-x) for parameter GroupName is invalid. Group names may not be in the format sg-*."),
    ({"GroupName": "é"}, "InvalidParameterValue", "beyond ASCII"), ({"GroupName": "x" * 256}, "InvalidParameterValue", "256"),
    ({"GroupName": "a|b"}, "InvalidParameterValue", "GroupName"), ({"GroupDescription": "<x>"}, "InvalidParameterValue", "Desc"),
    ({"VpcId": "vpc-0123456789abcdef0"}, "InvalidVpcID.NotFound", "does not exist"),
    ({"GroupName": "DEFAULT"}, "InvalidGroup.Duplicate", "The security group 'DEFAULT' already exists for VPC 'vpc-"),
])
def test_a_wrong_group_is_refused(refusing, changes, code, text):
    params = {"GroupName": "docker-machine", "GroupDescription": "Docker Machine"} | changes
    check(refusing.call("CreateSecurityGroup", **{name: value for name, value in params.items() if value is not None}),
          code, text)


RULE = {"IpPermissions__1__IpProtocol": "tcp", "IpPermissions__1__FromPort": 22, "IpPermissions__1__ToPort": 22,
        "IpPermissions__1__IpRanges__1__CidrIp": "0.0.0.0/0"}


@pytest.mark.parametrize("changes, code, text", [
    ({"GroupId": None}, "MissingParameter", "groupName or groupId"), ({"GroupId": "sg-x"}, "InvalidGroupId.Malformed", "sg-x"),
    ({"IpPermissions__1__IpProtocol": "xtp"}, "InvalidParameterValue", "Invalid value 'xtp' for IP protocol"),
    ({"IpPermissions__1__IpProtocol": None}, "MissingParameter", "ipProtocol"),
    ({"IpPermissions__1__FromPort": 70000}, "InvalidParameterValue", "Must be between 0 and 65535"),
    ({"IpPermissions__1__ToPort": 21}, "InvalidParameterValue", "Invalid TCP/UDP port range (22:21)"),
    ({"IpPermissions__1__ToPort": None}, "InvalidParameterValue", "both from and to ports"),
    ({"IpPermissions__1__IpRanges__1__CidrIp": "everywhere"}, "InvalidParameterValue", "CIDR block everywhere is malformed"),
    ({"IpPermissions__1__IpRanges__1__CidrIp": "10.0.0.1"}, "InvalidParameterValue", "malformed"),
    ({"IpPermissions__1__IpRanges__1__CidrIp": None}, "MissingParameter", "cidrIp"),
    ({"IpPermissions__1__IpRanges__2__CidrIp": "0.0.0.0/0"}, "InvalidParameterValue", "must not appear multiple times"),
    ({"IpPermissions__1__IpRanges__1__Cidr": "0.0.0.0/0"}, "UnknownParameter", "Cidr"),
    ({name: None for name in RULE}, "MissingParameter", "ipPermissions"),
])
def test_a_wrong_rule_is_refused(refusing, changes, code, text):
    group = refusing.cloud.add_group("rules")
    params = {"GroupId": group, **RULE, **changes}
    check(refusing.call("AuthorizeSecurityGroupIngress", **{k: v for k, v in params.items() if v is not None}), code, text)


def test_a_rule_exists_once(rude_aws):
    group = rude_aws.cloud.add_group("docker-machine")
    assert rude_aws.call("AuthorizeSecurityGroupIngress", GroupId=group, **RULE).status == 200
    check(rude_aws.call("AuthorizeSecurityGroupIngress", GroupId=group, **RULE), "InvalidPermission.Duplicate",
          'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists')
    assert rude_aws.call("AuthorizeSecurityGroupEgress", GroupId=group, **RULE).status == 200
    shown = rude_aws.call("DescribeSecurityGroups", GroupId__1=group).body["securityGroupInfo"][0]
    assert [one["ipProtocol"] for one in shown["ipPermissions"]] == ["tcp"]
    assert {one["ipProtocol"] for one in shown["ipPermissionsEgress"]} == {"tcp", "-1"}


def test_a_group_in_use_stays(rude_aws):
    group = rude_aws.cloud.add_group("docker-machine")
    run = rude_aws.run(NetworkInterface__1__SecurityGroupId__1=group)
    check(rude_aws.call("DeleteSecurityGroup", GroupId=group), "DependencyViolation", f"resource {group} has a dependent object")
    rude_aws.call("TerminateInstances", InstanceId__1=run.body["instancesSet"][0]["instanceId"])
    assert rude_aws.cloud.is_empty() and rude_aws.call("DeleteSecurityGroup", GroupId=group).status == 200


@pytest.mark.parametrize("name, material, code, text", [
    ("k", b64("ssh-dss AAAA"), "InvalidKey.Format", "Key is not in valid OpenSSH public key format"),
    ("k", b64("ssh-rsa AAAA"), "InvalidKey.Format", "OpenSSH"), ("k", b64(RSA), "InvalidKey.Format", "OpenSSH"),
    ("k", KEY, "InvalidKey.Format", "OpenSSH"), ("k", b64(b"\xff\xfe"), "InvalidKey.Format", "OpenSSH"),
    ("k" * 256, b64(KEY), "InvalidParameterValue", "255"), ("é", b64(KEY), "InvalidParameterValue", "ASCII"),
    ("", b64(KEY), "MissingParameter", "KeyName"), ("k", "", "MissingParameter", "PublicKeyMaterial"),
])
def test_a_wrong_key_is_refused(refusing, name, material, code, text):
    check(refusing.call("ImportKeyPair", KeyName=name, PublicKeyMaterial=material), code, text)


def test_key_pairs_have_one_name_and_delete_twice(rude_aws):
    assert rude_aws.call("ImportKeyPair", KeyName="k", PublicKeyMaterial=b64(KEY)).status == 200
    check(rude_aws.call("ImportKeyPair", KeyName="k", PublicKeyMaterial=b64(KEY)), "InvalidKeyPair.Duplicate", "already exists")
    check(rude_aws.call("CreateKeyPair", KeyName="k"), "InvalidKeyPair.Duplicate")
    number = rude_aws.call("DescribeKeyPairs", KeyName__1="k").body["keySet"][0]["keyPairId"]
    first = rude_aws.call("DeleteKeyPair", KeyPairId=number)
    assert first.body["return"] == "true" and first.body["keyPairId"] == number
    assert rude_aws.call("DeleteKeyPair", KeyPairId=number).body["return"] == "true"
    assert rude_aws.call("DeleteKeyPair", KeyName="k").body["return"] == "true"


def test_states_decide_what_may_be_done(rude_aws):
    number = rude_aws.run().body["instancesSet"][0]["instanceId"]
    stop, start = (lambda: rude_aws.call("StopInstances", InstanceId__1=number),
                   lambda: rude_aws.call("StartInstances", InstanceId__1=number))
    assert start().body["instancesSet"][0]["previousState"]["name"] == "running"
    rude_aws.cloud.settings.stop_seconds = 1000
    assert stop().body["instancesSet"][0]["currentState"] == {"code": "64", "name": "stopping"}
    check(start(), "IncorrectInstanceState", f"The instance '{number}' is not in a state from which it can be started.")
    check(rude_aws.call("RebootInstances", InstanceId__1=number), "IncorrectInstanceState")
    rude_aws.cloud.settings.terminate_seconds = 0
    assert rude_aws.call("TerminateInstances", InstanceId__1=number).status == 200
    assert rude_aws.cloud.is_empty()
    for action in ("StopInstances", "StartInstances", "RebootInstances"):
        check(rude_aws.call(action, InstanceId__1=number), "IncorrectInstanceState", number)
    again = rude_aws.call("TerminateInstances", InstanceId__1=number)
    assert again.body["instancesSet"][0]["previousState"]["name"] == "terminated"
    shown = rude_aws.describe(number)
    assert shown["stateReason"]["code"] == "Client.UserInitiatedShutdown" and "privateIpAddress" not in shown


def test_a_protected_instance_is_not_terminated(rude_aws):
    number = rude_aws.run(DisableApiTermination=True).body["instancesSet"][0]["instanceId"]
    check(rude_aws.call("TerminateInstances", InstanceId__1=number), "OperationNotPermitted", "disableApiTermination")


def test_one_bad_id_spoils_the_whole_call(rude_aws):
    number = rude_aws.run().body["instancesSet"][0]["instanceId"]
    check(rude_aws.call("TerminateInstances", InstanceId__1=number, InstanceId__2="i-0123456789abcdef0"),
          "InvalidInstanceID.NotFound")
    assert rude_aws.describe(number)["instanceState"]["name"] == "running"


@pytest.mark.parametrize("action, params", [
    ("ImportKeyPair", {"KeyName": "k", "PublicKeyMaterial": b64(KEY)}), ("CreateKeyPair", {"KeyName": "k"}),
    ("CreateSecurityGroup", {"GroupName": "g", "GroupDescription": "g"}), ("RunInstances", None),
    ("RequestSpotInstances", {"LaunchSpecification__InstanceType": "t3.micro", "LaunchSpecification__ImageId": "image"})])
def test_a_dry_run_makes_nothing(aws, action, params):
    params = params if params is not None else {k.replace(".", "__"): v for k, v in launch(aws).items() if k != "Action"}
    params = {name: aws.image() if value == "image" else value for name, value in params.items()}
    check(aws.call(action, **params, DryRun=True), "DryRunOperation", "Request would have succeeded", 412)
    assert aws.cloud.is_empty() and aws.cloud.state()["security_groups"] == []


def test_the_same_token_is_the_same_launch(aws):
    first, second = aws.run(ClientToken="t"), aws.run(ClientToken="t")
    assert [one.body["instancesSet"][0]["instanceId"] for one in (first, second)] == [aws.cloud.instance("m1").id] * 2
    check(aws.run(ClientToken="t", InstanceType="t3.small"), "IdempotentParameterMismatch", "inconsistent with arguments")
    assert len(aws.cloud.state()["instances"]) == 1
    found = aws.call("DescribeInstances", Filter__1__Name="client-token", Filter__1__Value__1="t")
    assert len(found.body["reservationSet"]) == 1 and aws.run().status == 200
    aws.call("TerminateInstances", InstanceId__1=first.body["instancesSet"][0]["instanceId"])
    assert not aws.cloud.is_empty()  # the other one
    check(aws.run(ClientToken="t"), "IdempotentInstanceTerminated", "associated with a terminated instance")
    spot = {"ClientToken": "s", "InstanceMarketOptions__MarketType": "spot"}
    assert aws.run(**spot).body["instancesSet"][0]["instanceId"] == aws.run(**spot).body["instancesSet"][0]["instanceId"]
    assert len(aws.cloud.state()["instances"]) == 2 and len(aws.cloud.state()["spot_requests"]) == 1


def test_pages_hold_what_was_asked_for(aws):
    for _ in range(7):
        aws.run()
    first = aws.call("DescribeInstances", MaxResults=5)
    second = aws.call("DescribeInstances", MaxResults=5, NextToken=first.body["nextToken"])
    assert [len(one.body["reservationSet"]) for one in (first, second)] == [5, 2] and "nextToken" not in second.body
    number = aws.cloud.region().instances
    check(aws.call("DescribeInstances", MaxResults=5, InstanceId__1=next(iter(number))), "InvalidParameterCombination")


@pytest.mark.parametrize("name, value, count", [
    ("tag:Name", "m1", 1), ("tag:Name", "m*", 1), ("tag:Name", "M1", 0), ("tag:Name", "m\\*", 0), ("tag:name", "m1", 0),
    ("tag-key", "Name", 1), ("instance-state-name", "running", 1), ("instance-state-name", "stopped", 0),
    ("instance-state-code", "16", 1), ("availability-zone", "us-east-1?", 1), ("key-name", "x", 0),
])
def test_filters_find_what_matches(aws, name, value, count):
    aws.run()
    answer = aws.call("DescribeInstances", Filter__1__Name=name, Filter__1__Value__1=value)
    assert len(answer.body["reservationSet"] or []) == count


def test_images_show_what_is_public_current_and_asked_for(aws):
    def names(**params):
        found = aws.call("DescribeImages", **params).body["imagesSet"]
        return {one["name"]: one for one in found or []}
    canonical = names(Owner__1="099720109477")
    assert not any("focal" in name for name in canonical)
    assert any("focal" in name for name in names(Owner__1="099720109477", IncludeDeprecated=True))
    assert {one["architecture"] for one in canonical.values()} == {"x86_64", "arm64"}
    pinned = names(ImageId__1="ami-0c4f7023847b90238")["ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-20220419"]
    assert pinned["rootDeviceName"] == "/dev/sda1" and pinned["blockDeviceMapping"][0]["ebs"]["volumeSize"] == "8"
    assert names(Owner__1="amazon").popitem()[1]["rootDeviceName"] == "/dev/xvda"
    assert set(names(Filter__1__Name="owner-id", Filter__1__Value__1=STRANGER)) & set(canonical) == set()
    arm = names(Owner__1="099720109477", Filter__1__Name="architecture", Filter__1__Value__1="arm64")
    assert arm and all("-arm64-" in name for name in arm)


def test_a_second_device_is_added_beside_the_images_root(aws):
    number = aws.run(BlockDeviceMapping__1__DeviceName="/dev/xvda").body["instancesSet"][0]["instanceId"]
    devices = [(one["deviceName"], aws.cloud.region().volumes[one["ebs"]["volumeId"]].size)
               for one in aws.describe(number)["blockDeviceMapping"]]
    assert sorted(devices) == [("/dev/sda1", 8), ("/dev/xvda", 16)]


def test_an_image_brings_its_volumes_along(aws):
    image = aws.cloud.add_image("golden", ImageVolume("/dev/sdf", 10, delete_on_termination=False), size_gib=12)
    shown = aws.call("DescribeImages", ImageId__1=image).body["imagesSet"][0]
    assert [one["deviceName"] for one in shown["blockDeviceMapping"]] == ["/dev/sda1", "/dev/sdf", "/dev/sdb"]
    second = {"BlockDeviceMapping__2__DeviceName": "/dev/sdf"}
    check(aws.run(ImageId=image, **second, BlockDeviceMapping__2__Ebs__VolumeSize=9), "InvalidBlockDeviceMapping", ">= 10GB")
    number = aws.run(ImageId=image).body["instancesSet"][0]["instanceId"]
    aws.call("TerminateInstances", InstanceId__1=number)
    assert not aws.cloud.is_empty()
    left = aws.cloud.state()["volumes"].popitem()
    assert left[1] == {"size": 10, "instance": None} and aws.call("DeleteVolume", VolumeId=left[0]).status == 200
    number = aws.run(ImageId=image, **second, BlockDeviceMapping__2__Ebs__DeleteOnTermination=True).body["instancesSet"][0][
        "instanceId"]
    assert sorted(one.size for one in aws.cloud.region().volumes.values()) == [10, 16]
    aws.call("TerminateInstances", InstanceId__1=number)
    assert aws.cloud.is_empty()
    alone = aws.call("DescribeImages", Owner__1="self").body["imagesSet"]
    assert [one["imageId"] for one in alone] == [image]


def test_a_volume_may_outlive_its_instance(aws):
    number = aws.run(**{EBS + "DeleteOnTermination": False}).body["instancesSet"][0]["instanceId"]
    volume = next(iter(aws.cloud.state()["volumes"]))
    check(aws.call("DeleteVolume", VolumeId=volume), "VolumeInUse", number)
    aws.call("TerminateInstances", InstanceId__1=number)
    assert not aws.cloud.is_empty() and list(aws.cloud.state()["volumes"]) == [volume]
    assert aws.call("DeleteVolume", VolumeId=volume).status == 200 and aws.cloud.is_empty()


def test_a_type_is_offered_in_some_zones(aws):
    found = aws.call("DescribeInstanceTypeOfferings", LocationType="availability-zone", Filter__1__Name="instance-type",
                     Filter__1__Value__1="t3.micro", Filter__2__Name="location", Filter__2__Value__1="us-east-1a",
                     Filter__2__Value__2="us-east-1e").body["instanceTypeOfferingSet"]
    assert found == [{"instanceType": "t3.micro", "locationType": "availability-zone", "location": "us-east-1a"}]
    found = aws.call("DescribeInstanceTypeOfferings", Filter__1__Name="instance-type", Filter__1__Value__1="no.such").body
    assert not found["instanceTypeOfferingSet"]


def test_an_interface_that_outlives_its_instance_is_deleted_by_itself(aws):
    launched = aws.run(NetworkInterface__1__DeleteOnTermination=False).body["instancesSet"][0]
    number = launched["networkInterfaceSet"][0]["networkInterfaceId"]
    check(aws.call("DeleteNetworkInterface", NetworkInterfaceId=number), "InvalidParameterValue", "is currently in use")
    aws.call("TerminateInstances", InstanceId__1=launched["instanceId"])
    assert not aws.cloud.is_empty()  # waits for the end
    assert aws.call("DescribeNetworkInterfaces", NetworkInterfaceId__1=number).body["networkInterfaceSet"][0]["status"] == \
        "available"
    assert aws.call("DeleteNetworkInterface", NetworkInterfaceId=number).status == 200 and aws.cloud.is_empty()
    check(aws.call("DeleteNetworkInterface", NetworkInterfaceId=number), "InvalidNetworkInterfaceID.NotFound")


@pytest.mark.parametrize("action, kind, params", [
    ("ImportKeyPair", "key-pair", {"KeyName": "k", "PublicKeyMaterial": b64(KEY)}),
    ("CreateSecurityGroup", "security-group", {"GroupName": "g", "GroupDescription": "g"})])
def test_who_may_not_tag_makes_nothing_that_is_tagged(aws, action, kind, params):
    aws.cloud.deny("ec2:CreateTags")
    tags = {"TagSpecification__1__ResourceType": kind, "TagSpecification__1__Tag__1__Key": "k"}
    check(aws.call(action, **params, **tags), "UnauthorizedOperation", "ec2:CreateTags", 403)
    assert aws.call(action, **params).status == 200

# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Where keys come from: STS, the instance's metadata, the container's endpoint; and the way by a proxy."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.clouds.ec2 import EC2
from tests.clouds.ec2_client import Ec2Client

ROLE = "arn:aws:iam::123456789012:role/"


def ask(url, method="GET", **headers):
    """Status and text of a plain request."""
    request = urllib.request.Request(url, method=method, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def token_of(cloud, seconds="21600"):
    return ask(f"{cloud.metadata_endpoint}/latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds=seconds)


def test_the_metadata_of_an_instance_needs_a_token(ec2):
    url = f"{ec2.metadata_endpoint}/latest/meta-data/iam/security-credentials/"
    assert ask(url)[0] == 401 and ask(url, X_aws_ec2_metadata_token="made up")[0] == 401
    assert ask(f"{ec2.metadata_endpoint}/latest/api/token", "PUT")[0] == 400
    assert token_of(ec2, "21601")[0] == 400 and ask(f"{ec2.metadata_endpoint}/latest/api/token")[0] == 405
    status, token = token_of(ec2)
    assert status == 200 and ask(url, X_aws_ec2_metadata_token=token) == (200, "worker-role")
    keys = json.loads(ask(url + "worker-role", X_aws_ec2_metadata_token=token)[1])
    assert keys["Code"] == "Success" and Ec2Client(ec2, ec2.keys.find(keys["AccessKeyId"])).call("DescribeVpcs").status == 200
    assert ask(url + "other", X_aws_ec2_metadata_token=token)[0] == 404
    ec2.metadata.forget_tokens()
    assert ask(url, X_aws_ec2_metadata_token=token)[0] == 401


def test_metadata_of_the_first_version_is_a_setting(ec2):
    url = f"{ec2.metadata_endpoint}/latest/meta-data/placement/region"
    assert ask(url)[0] == 401
    ec2.settings.imds_v1 = True
    assert ask(url) == (200, "us-east-1")
    document = json.loads(ask(f"{ec2.metadata_endpoint}/latest/dynamic/instance-identity/document")[1])
    assert document["region"] == "us-east-1"


def test_an_instance_may_have_no_role(ec2):
    ec2.metadata.role = None
    url = f"{ec2.metadata_endpoint}/latest/meta-data/iam/security-credentials/"
    assert ask(url, X_aws_ec2_metadata_token=token_of(ec2)[1])[0] == 404


def test_keys_close_to_their_end_are_replaced(ec2):
    url = f"{ec2.metadata_endpoint}/latest/meta-data/iam/security-credentials/worker-role"
    token = token_of(ec2)[1]

    def key():
        return json.loads(ask(url, X_aws_ec2_metadata_token=token)[1])["AccessKeyId"]
    first = key()
    assert key() == first
    ec2.expire_sessions()
    assert key() != first


def test_the_endpoint_of_a_container_may_want_a_token(ec2):
    url = ec2.container_environment()["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    assert ask(url)[0] == 200
    environment = ec2.container_environment("secret-token")
    assert environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] == "secret-token" and "secret-token" in ec2.secrets()
    assert ask(url)[0] == 401 and ask(url, Authorization="secret-token")[0] == 200
    assert ask(url + "x")[0] == 404


@pytest.mark.parametrize("params, code, text", [
    ({"RoleArn": ROLE + "nobody"}, "AccessDenied", "is not authorized to perform: sts:AssumeRole on resource"),
    ({"RoleArn": "other-role"}, "AccessDenied", "other-role"), ({"RoleSessionName": "a b"}, "ValidationError", "roleSessionName"),
    ({"RoleArn": ""}, "ValidationError", "roleArn"), ({"DurationSeconds": 899}, "ValidationError", "900"),
    ({"DurationSeconds": 50000}, "ValidationError", "MaxSessionDuration"),
    ({"ExternalId": "wrong"}, "AccessDenied", "sts:AssumeRole"),
])
def test_a_wrong_role_is_refused(rude_ec2, params, code, text):
    rude_ec2.sts.external_ids["other-role"] = "right"
    client = Ec2Client(rude_ec2, service="sts")
    good = {"RoleArn": ROLE + "other-role", "RoleSessionName": "me", "ExternalId": "right"}
    assert client.call("AssumeRole", **good).status == 200
    answer = client.call("AssumeRole", **(good | params))
    assert answer.code == code and text in answer.message


def test_a_web_identity_gives_keys_without_a_signature(ec2):
    environment = ec2.web_identity_environment()
    token = open(environment["AWS_WEB_IDENTITY_TOKEN_FILE"]).read()
    client = Ec2Client(ec2, service="sts")
    params = {"Action": "AssumeRoleWithWebIdentity", "RoleArn": environment["AWS_ROLE_ARN"], "RoleSessionName": "me"}
    answer = client.send({**params, "WebIdentityToken": token}, spoil=lambda headers, body: headers.pop("Authorization") and None)
    result = answer.body["AssumeRoleWithWebIdentityResult"]
    assert Ec2Client(ec2, ec2.keys.find(result["Credentials"]["AccessKeyId"])).call("DescribeVpcs").status == 200
    assert client.send({**params, "WebIdentityToken": "made.up.token"}).code == "InvalidIdentityToken"
    old = open(ec2.web_identity_environment(seconds=-1)["AWS_WEB_IDENTITY_TOKEN_FILE"]).read()
    assert client.send({**params, "WebIdentityToken": old}).code == "ExpiredTokenException"
    assert client.send({**params, "RoleArn": ROLE + "nobody", "WebIdentityToken": token}).code == "AccessDenied"


def test_amazons_client_finds_its_way_by_the_proxy_and_its_keys_in_files(ec2):
    """In a process of its own: boto3 reads the variables once."""
    program = ("import boto3; c = boto3.client('ec2'); print(c.meta.endpoint_url); "
               "print(c.describe_vpcs()['Vpcs'][0]['VpcId']); print(boto3.client('sts').get_caller_identity()['Arn'])")
    base = {"source_profile": "base", "role_arn": ROLE + "other-role"}
    files = ec2.credentials.files({"base": ec2.credentials.section(ec2.user)}, {"profile work": base})
    with ec2.proxy() as proxy:
        environment = {"PATH": os.environ["PATH"], "AWS_CA_BUNDLE": str(ec2.ca_file), "AWS_PROFILE": "work",
                       "AWS_DEFAULT_REGION": "ap-northeast-1", **files, **proxy.environment()}
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.split()
        assert lines[0] == "https://ec2.ap-northeast-1.amazonaws.com"
        assert lines[1] == ec2.default_vpc("ap-northeast-1").id and ":assumed-role/other-role/" in lines[2]
        assert "ec2.ap-northeast-1.amazonaws.com:443" in proxy.connections


@pytest.mark.parametrize("environment", ["environment", "metadata_environment", "container_environment",
                                         "web_identity_environment"])
def test_amazons_client_finds_its_keys_by_each_environment(ec2, environment):
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    variables = getattr(ec2, environment)() | {"PATH": os.environ["PATH"], "AWS_CA_BUNDLE": str(ec2.ca_file)}
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    wanted = {"environment": "user/tester", "metadata_environment": "worker-role", "container_environment": "worker-role",
              "web_identity_environment": "web-role"}[environment]
    assert wanted in done.stdout


def test_it_serves_by_itself_and_takes_orders(tmp_path):
    process = subprocess.Popen([sys.executable, "-m", "tests.clouds.ec2", "--dir", tmp_path, "--judge", "auto"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert "judged by AWS's model" in process.stdout.readline()
        lines = dict(line.removeprefix("export ").rstrip().split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
        control = lines["EC2_CONTROL"]
        assert ask(control + "/empty") == (200, "true\n")
        order = urllib.request.Request(control + "/do", json.dumps({"do": "exhaust", "arguments": ["us-east-1a"]}).encode())
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(order, timeout=30) as answer:
            assert answer.status == 200
        assert os.stat(tmp_path / "env").st_mode & 0o077 == 0
    finally:
        process.stdin.close()
        assert process.wait(60) == 0


def test_the_certificate_is_good_for_amazons_names_alone():
    import ssl
    with EC2() as cloud:
        context = ssl.create_default_context(cafile=str(cloud.ca_file))
        for name, good in (("ec2.eu-west-1.amazonaws.com", True), ("sts.amazonaws.com", True), ("ec2.us-east-1.api.aws", True),
                           ("ec2.cn-north-1.amazonaws.com.cn", True), ("ec2.example.com", False)):
            import socket
            with socket.create_connection(("127.0.0.1", cloud.port), timeout=30) as plain:
                try:
                    context.wrap_socket(plain, server_hostname=name).close()
                    assert good, name
                except ssl.SSLCertVerificationError:
                    assert not good, name

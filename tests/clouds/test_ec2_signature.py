# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Signatures: AWS's published vectors, and what EC2 and STS say to wrong ones."""

import time

import pytest

from tests.clouds.common.http import Request
from tests.clouds.ec2 import EC2
from tests.clouds.ec2.sigv4 import Principal, signature
from tests.clouds.ec2_client import Ec2Client, header

# From AWS's "Signature Version 4 test suite" (aws-sig-v4-test-suite) and, last, the IAM User Guide's example.
SUITE = {"host": "example.amazonaws.com", "x-amz-date": "20150830T123600Z"}
FORM = "application/x-www-form-urlencoded"
VECTORS = [
    ("get-vanilla", "GET", [], {}, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    ("get-vanilla-query-order-key-case", "GET", [("Param2", "value2"), ("Param1", "value1")], {}, b"",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    ("get-header-value-trim", "GET", [], {"my-header1": " value1", "my-header2": ' "a   b   c"'}, b"",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
    ("post-vanilla", "POST", [], {}, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    ("post-header-key-sort", "POST", [], {"my-header1": "value1"}, b"",
     "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
    ("post-x-www-form-urlencoded", "POST", [], {"content-type": FORM}, b"Param1=value1",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
]


@pytest.mark.parametrize("name, method, query, headers, body, expected", VECTORS, ids=[one[0] for one in VECTORS])
def test_a_published_vector_gives_its_signature(name, method, query, headers, body, expected):
    headers = {**headers, **SUITE}
    request = Request("service", method, "/", query, headers, body)
    assert signature(request, sorted(headers), "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SUITE["x-amz-date"], "20150830",
                     "us-east-1", "service") == expected


def test_the_example_of_the_user_guide_gives_its_signature():
    headers = {"content-type": f"{FORM}; charset=utf-8", "host": "iam.amazonaws.com", "x-amz-date": "20150830T123600Z"}
    request = Request("iam", "GET", "/", [("Action", "ListUsers"), ("Version", "2010-05-08")], headers, b"")
    assert signature(request, sorted(headers), "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830T123600Z", "20150830",
                     "us-east-1", "iam") == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


@pytest.fixture(scope="module")
def ec2():
    """One for all: nothing is made here.."""
    with EC2() as cloud:
        yield cloud


@pytest.fixture
def aws(ec2):
    return Ec2Client(ec2)


def regions(client, **more):
    return client.send({"Action": "DescribeRegions"}, **more)


def rewrite(**changes):
    """Replaces texts within Authorization after signing."""
    def spoil(headers, body):
        for old, new in changes.values():
            assert old in headers["Authorization"]
            headers["Authorization"] = headers["Authorization"].replace(old, new)
    return spoil


@pytest.mark.parametrize("spoil, status, code, text", [
    (header("Authorization", None), 403, "MissingAuthenticationToken", "missing Authentication Token"),
    (header("Authorization", "Bearer x"), 400, "IncompleteSignature", "requires 'Credential' parameter"),
    (header("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0"), 400, "IncompleteSignature",
     "exactly 5 slash-delimited elements"),
    (header("X-Amz-Date", None), 400, "IncompleteSignature", "'X-Amz-Date'"),
    (header("X-Amz-Date", "Sat, 21 Nov 2026 15:00:00 GMT"), 400, "IncompleteSignature", "'X-Amz-Date'"),
    (header("X-Amz-Security-Token", "made up"), 403, "SignatureDoesNotMatch", "'x-amz-security-token' must be"),
    (header("X-Amz-Content-Sha256", "0" * 64), 403, "SignatureDoesNotMatch", "'x-amz-content-sha256' must be"),
    (header("Content-Type", f"{FORM};charset=utf-8"), 403, "SignatureDoesNotMatch", "does not match the signature"),
    (lambda headers, body: body + b"&AllRegions=true", 403, "SignatureDoesNotMatch", "does not match the signature"),
    (rewrite(a=("Signature=", "Signature=0")), 403, "SignatureDoesNotMatch", "does not match the signature"),
    (rewrite(a=("/us-east-1/", "/us-east-9/")), 403, "SignatureDoesNotMatch", "scoped to a valid region, not 'us-east-9'"),
    (rewrite(a=("/us-east-1/", "/custom-endpoint/")), 403, "SignatureDoesNotMatch", "not 'custom-endpoint'"),
    (rewrite(a=("/ec2/", "/iam/")), 403, "SignatureDoesNotMatch", "correct service: 'ec2'"),
    (rewrite(a=("/aws4_request", "/aws5_request")), 403, "SignatureDoesNotMatch", "valid terminator"),
    (rewrite(a=("content-type;host", "host;content-type")), 403, "SignatureDoesNotMatch", "in order"),
    (rewrite(a=("content-type;host;", "content-type;")), 403, "SignatureDoesNotMatch", "'Host' must be a 'SignedHeader'"),
    (rewrite(a=("Credential=AKIA", "Credential=AKIX")), 401, "AuthFailure", "not able to validate"),
])
def test_a_wrong_signature_is_refused(aws, spoil, status, code, text):
    answer = regions(aws, spoil=spoil)
    assert (answer.status, answer.code) == (status, code) and text in answer.message


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"])
def test_a_right_signature_passes_in_every_region(ec2, region):
    answer = Ec2Client(ec2, region=region).call("DescribeRegions")
    assert answer.status == 200 and region in [one["regionName"] for one in answer.body["regionInfo"]]


@pytest.mark.parametrize("host, region, good", [
    ("ec2.eu-west-1.amazonaws.com", "eu-west-1", True), ("ec2.eu-west-1.amazonaws.com", "us-east-1", False),
    ("ec2.eu-west-1.api.aws", "eu-west-1", True), ("ec2.cn-north-1.amazonaws.com.cn", "cn-north-1", True),
    ("ec2.cn-north-1.amazonaws.com.cn:443", "cn-northwest-1", False)])
def test_a_named_endpoint_serves_its_own_region_only(ec2, host, region, good):
    answer = regions(Ec2Client(ec2, region=region, host=host))
    assert (answer.status, answer.code) == ((200, "") if good else (403, "SignatureDoesNotMatch"))


@pytest.mark.parametrize("clock, good", [(0, True), (280, True), (-280, True), (320, False), (-320, False)])
def test_a_clock_may_be_five_minutes_wrong(ec2, clock, good):
    answer = regions(Ec2Client(ec2, clock=clock))
    assert (answer.status, answer.code) == ((200, "") if good else (400, "RequestExpired"))
    answer = Ec2Client(ec2, clock=clock, service="sts").call("GetCallerIdentity")
    assert (answer.status, answer.code) == ((200, "") if good else (403, "SignatureDoesNotMatch"))


def test_the_clouds_own_clock_shows_in_its_date_header():
    with EC2() as cloud:
        cloud.settings.clock_offset = 3600
        late = regions(Ec2Client(cloud))
        assert late.code == "RequestExpired"
        cloud.settings.skew_code = "AuthFailure"
        assert (regions(Ec2Client(cloud)).status, regions(Ec2Client(cloud)).code) == (401, "AuthFailure")
        assert time.strftime("%d %b %Y %H", time.gmtime(time.time() + 3600)) in late.headers["Date"]
        assert regions(Ec2Client(cloud, clock=3600)).status == 200


def test_sessions_need_their_token_and_end(ec2):
    role = ec2.keys.add_session("other-role", "me", 900)
    assert regions(Ec2Client(ec2, role)).status == 200
    for token in (None, "made up"):
        other = Principal(role.key_id, role.secret, role.arn, role.user_id, token)
        assert (regions(Ec2Client(ec2, other)).status, regions(Ec2Client(ec2, other)).code) == (401, "AuthFailure")
    ec2.expire_sessions()
    assert (regions(Ec2Client(ec2, role)).status, regions(Ec2Client(ec2, role)).code) == (400, "RequestExpired")
    assert Ec2Client(ec2, role, service="sts").call("GetCallerIdentity").code == "ExpiredToken"
    ec2.keys.revoke(role.key_id)
    assert regions(Ec2Client(ec2, role)).code == "AuthFailure"
    assert Ec2Client(ec2, role, service="sts").call("GetCallerIdentity").code == "InvalidClientTokenId"


def test_no_secret_is_in_the_call_log(ec2):
    role = ec2.keys.add_session("other-role", "me", 900)
    regions(Ec2Client(ec2, role))
    client = Ec2Client(ec2, role, service="sts")
    client.call("AssumeRole", RoleArn="arn:aws:iam::123456789012:role/other-role", RoleSessionName="me")
    text = "".join(str(call.record()) for call in ec2.calls(None))
    assert "redacted" in text and [secret for secret in ec2.secrets() if secret in text] == []

# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Logging in: the token endpoint checks what it is given, and every type of credential file leads to a token."""

import json
import time
import urllib.parse
import warnings

import google.auth
import google.auth.aws
import google.auth.identity_pool
import google.auth.transport.requests
import pytest
import requests

from tests.clouds.api_client import COMPUTE_SCOPE, Api
from tests.clouds.common import jwt
from tests.clouds.common.pki import RsaKey
from tests.clouds.compute_engine.tokens import CLOUD_PLATFORM

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Login:
    """A service account and the parts of its grant, each of which a test may spoil."""

    KEY = RsaKey.generate()

    def __init__(self, engine):
        self.engine, self.api = engine, Api(engine)
        self.mail, self.key_id, self.key = engine.credentials.add_service_account(key=self.KEY)

    def grant(self, *, key=None, header=None, form=None, **claims):
        now = int(time.time())
        claims = {"iss": self.mail, "scope": COMPUTE_SCOPE, "aud": self.engine.credentials.token_uri, "iat": now - 10,
                  "exp": now + 3590, **claims}
        token = jwt.encode(header or {"alg": "RS256", "typ": "JWT", "kid": self.key_id}, claims, key or self.key)
        return self.post({"grant_type": JWT_GRANT, "assertion": token, **(form or {})})

    def post(self, form, path="/token", headers=None):
        return self.api.raw("POST", path, urllib.parse.urlencode(form).encode(),
                            {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})


@pytest.fixture
def login(engine):
    return Login(engine)


def test_a_signed_grant_gives_a_token_that_works(login):
    answer = login.grant()
    assert answer.status == 200 and (answer.body["token_type"], answer.body["expires_in"]) == ("Bearer", 3599)
    login.api.token = answer.body["access_token"]
    assert login.api.call("GET", "").status == 200


@pytest.mark.parametrize("claims, error", [
    ({"iss": "who@example.com"}, "invalid_grant"), ({"aud": "https://example.com/token"}, "invalid_grant"),
    ({"scope": "compute"}, "invalid_scope"), ({"scope": ""}, "invalid_scope"),
    ({"iat": 1, "exp": 3601}, "invalid_grant"), ({"exp": int(time.time()) + 90000}, "invalid_grant"),
    ({"iat": int(time.time()) + 4000, "exp": int(time.time()) + 7000}, "invalid_grant"), ({"iat": "now"}, "invalid_grant"),
    ({"header": {"alg": "HS256", "typ": "JWT"}}, "invalid_grant"), ({"header": {"alg": "none"}}, "invalid_grant"),
    ({"header": {"alg": "RS256", "kid": "other"}}, "invalid_grant"), ({"form": {"grant_type": "password"}}, "unsupported_grant_type"),
    ({"form": {"assertion": "a.b"}}, "invalid_grant"), ({"form": {"assertion": ""}}, "invalid_request"),
], ids=str)
def test_a_grant_with_a_flaw_is_refused(login, claims, error):
    answer = login.grant(**claims)
    assert (answer.status, answer.body["error"]) == (400, error) and answer.body["error_description"]


def test_a_grant_signed_with_another_key_is_refused(login):
    answer = login.grant(key=RsaKey.generate())
    assert answer.body == {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}


def test_a_grant_without_key_id_is_checked_with_all_keys(login):
    assert login.grant(header={"alg": "RS256", "typ": "JWT"}).status == 200


def test_a_grant_has_to_be_a_form(login):
    answer = login.api.raw("POST", "/token", b"{}", {"Content-Type": "application/json"})
    assert answer.body["error"] == "invalid_request"
    assert login.api.raw("GET", "/token").status == 405


def test_calls_without_a_good_token_are_refused(login):
    api = login.api
    bare = api.raw("GET", "/compute/v1/projects/demo-project")
    assert (bare.status, bare.reason, bare.body["error"]["status"]) == (401, "required", "UNAUTHENTICATED")
    api.token = "ya29.forged"
    assert (api.call("GET", "").status, api.call("GET", "").reason) == (401, "authError")
    expired = Api(login.engine, lifetime=-1)
    assert expired.call("GET", "").body["error"]["details"][0]["reason"] == "ACCESS_TOKEN_EXPIRED"
    fresh = Api(login.engine)
    assert fresh.call("GET", "").status == 200
    login.engine.tokens.expire_all()
    assert fresh.call("GET", "").status == 401


def test_the_scopes_of_a_token_count(login):
    reader = Api(login.engine, scopes=(COMPUTE_SCOPE + ".readonly",))
    assert reader.call("GET", "").status == 200
    refused = reader.call("POST", "global/firewalls", {})
    assert (refused.status, refused.reason) == (403, "insufficientPermissions")
    login.engine.judge.take()  # the empty rule
    other = Api(login.engine, scopes=("https://www.googleapis.com/auth/devstorage.read_only",))
    assert other.call("GET", "").reason == "insufficientPermissions"
    assert Api(login.engine, scopes=(CLOUD_PLATFORM,)).call("GET", "").status == 200


def test_a_short_lifetime_is_told_and_kept(login):
    login.engine.settings.token_lifetime = 2
    answer = login.grant()
    assert answer.body["expires_in"] == 1
    assert login.engine.tokens.all()[-1].expires < time.time() + 2.1


def test_a_refresh_token_needs_its_client(login):
    fields = login.engine.credentials.authorized_user_fields()
    form = {"grant_type": "refresh_token", **{key: fields[key] for key in ("client_id", "client_secret", "refresh_token")}}
    assert login.post(form).status == 200
    assert login.post(form | {"refresh_token": "1//0x"}).body["error"] == "invalid_grant"
    for key in ("client_id", "client_secret"):
        refused = login.post(form | {key: "x"})
        assert (refused.status, refused.body["error"]) == (401, "invalid_client")


def test_an_exchange_with_a_flaw_is_refused(login):
    credentials = json.loads(login.engine.credentials.external_account().read_text())
    subject = open(credentials["credential_source"]["file"]).read().strip()
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "audience": credentials["audience"],
            "requested_token_type": "urn:ietf:params:oauth:token-type:access_token", "scope": CLOUD_PLATFORM,
            "subject_token_type": credentials["subject_token_type"], "subject_token": subject}
    assert login.post(form, "/sts/v1/token").body["issued_token_type"].endswith("access_token")
    for change, error in (({"audience": "//x"}, "invalid_target"), ({"subject_token": "x"}, "invalid_grant"),
                          ({"subject_token_type": "x"}, "invalid_request"), ({"scope": "x"}, "invalid_scope"),
                          ({"requested_token_type": "x"}, "invalid_request"), ({"grant_type": "x"}, "unsupported_grant_type")):
        assert login.post(form | change, "/sts/v1/token").body["error"] == error


def test_impersonation_needs_the_right_to(login):
    engine, api = login.engine, Api(login.engine, scopes=(CLOUD_PLATFORM,))
    path = urllib.parse.urlsplit(engine.credentials.impersonation_uri(login.mail)).path

    def mint(body, who=api):
        return who.raw("POST", path, json.dumps(body).encode(),
                       {"Authorization": f"Bearer {who.token}", "Content-Type": "application/json"})

    assert mint({"scope": [COMPUTE_SCOPE]}).reason == "forbidden"
    engine.credentials.accounts.impersonators.add(("tester@example.com", login.mail))
    answer = mint({"scope": [COMPUTE_SCOPE], "lifetime": "600s", "delegates": []})
    assert answer.status == 200 and answer.body["expireTime"].endswith("Z")
    api.token = answer.body["accessToken"]
    assert api.call("GET", "").status == 200
    weak, again = Api(engine), Api(engine, scopes=(CLOUD_PLATFORM,))
    assert mint({"scope": [COMPUTE_SCOPE]}, weak).reason == "insufficientPermissions"
    for bad in ({}, {"scope": []}, {"scope": ["x"]}, {"scope": [COMPUTE_SCOPE], "lifetime": "1h"},
                {"scope": [COMPUTE_SCOPE], "lifetime": "3601s"}, {"scope": [COMPUTE_SCOPE], "extra": 1}):
        assert mint(bad, again).status == 400


# With Google's own authentication library, as a third pair of eyes.

@pytest.fixture
def session(engine, monkeypatch):
    """Through the proxy: for users the library asks Google's own host, whatever token_uri the file names. By variables,
    because some of its types make sessions of their own."""
    with engine.proxy() as proxy, requests.Session() as session:
        for name, value in (("REQUESTS_CA_BUNDLE", str(engine.ca_file)), ("HTTPS_PROXY", proxy.url), ("NO_PROXY", "")):
            monkeypatch.setenv(name, value)
            monkeypatch.delenv(name.lower(), raising=False)
        yield session


def load(path):
    """The general loader looks up the project of a federated identity at another API, so these have their own."""
    fields = json.loads(path.read_text())
    if fields["type"] == "external_account":
        kind = google.auth.aws if "environment_id" in fields["credential_source"] else google.auth.identity_pool
        return kind.Credentials.from_info(fields, scopes=[COMPUTE_SCOPE])
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # meant for files of strangers
        return google.auth.load_credentials_from_file(str(path), scopes=[COMPUTE_SCOPE])[0]


def check_token(engine, session, credentials):
    credentials.refresh(google.auth.transport.requests.Request(session))
    api = Api(engine)
    api.token = credentials.token
    assert api.call("GET", "").status == 200


AWS_KEYS = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG", "session-token")


@pytest.mark.parametrize("make", [
    lambda made: made.service_account(), lambda made: made.authorized_user(),
    lambda made: made.external_account_authorized_user(), lambda made: made.external_account(),
    lambda made: made.external_account(as_json=True), lambda made: made.external_account(impersonate="robot"),
    lambda made: made.external_account_url(), lambda made: made.impersonated(),
    lambda made: made.external_account_aws(AWS_KEYS),
], ids=["service_account", "authorized_user", "external_account_authorized_user", "external_account", "json", "impersonating",
        "url", "impersonated_service_account", "aws"])
def test_googles_library_logs_in_with_every_type_of_file(engine, session, monkeypatch, make):
    for name, value in zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"),
                           (*AWS_KEYS, "eu-west-1")):
        monkeypatch.setenv(name, value)
    path = make(engine.credentials)
    assert path.stat().st_mode & 0o777 == 0o600
    check_token(engine, session, load(path))


def test_an_aws_request_signed_with_another_key_is_refused(engine, session, monkeypatch):
    for name, value in zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"),
                           ("AKIDEXAMPLE", "other", "session-token", "eu-west-1")):
        monkeypatch.setenv(name, value)
    credentials = load(engine.credentials.external_account_aws(AWS_KEYS))
    with pytest.raises(google.auth.exceptions.GoogleAuthError, match="signature differs"):
        credentials.refresh(google.auth.transport.requests.Request(session))


def test_the_metadata_server_answers_those_who_ask_properly(engine):
    base = f"http://{engine.metadata_host}"
    probe = requests.get(base + "/", timeout=5)
    assert (probe.status_code, probe.headers["Metadata-Flavor"]) == (200, "Google")
    path = base + "/computeMetadata/v1/instance/service-accounts/default/token"
    assert requests.get(path, timeout=5).status_code == 403
    flavor = {"Metadata-Flavor": "Google"}
    assert requests.get(path, headers=flavor | {"X-Forwarded-For": "1.2.3.4"}, timeout=5).status_code == 403
    assert requests.get(base + "/computeMetadata/v1/nothing", headers=flavor, timeout=5).status_code == 404
    api = Api(engine)
    api.token = requests.get(path, params={"scopes": COMPUTE_SCOPE}, headers=flavor, timeout=5).json()["access_token"]
    assert api.call("GET", "").status == 200
    engine.settings.vm_scopes = ["https://www.googleapis.com/auth/devstorage.read_only"]
    api.token = requests.get(path, params={"scopes": COMPUTE_SCOPE}, headers=flavor, timeout=5).json()["access_token"]
    assert api.call("GET", "").reason == "insufficientPermissions"


def test_the_aws_metadata_service_hands_out_the_keys_of_a_role(engine):
    engine.aws_metadata.keys = AWS_KEYS
    base = f"http://{engine.metadata_host}/latest"
    keys = base + "/meta-data/iam/security-credentials"
    assert requests.get(keys, timeout=5).status_code == 401
    token = requests.put(base + "/api/token", headers={"X-aws-ec2-metadata-token-ttl-seconds": "300"}, timeout=5).text
    headers = {"X-aws-ec2-metadata-token": token}
    role = requests.get(keys, headers=headers, timeout=5).text
    assert requests.get(f"{keys}/{role}", headers=headers, timeout=5).json()["AccessKeyId"] == AWS_KEYS[0]
    assert requests.get(base + "/meta-data/placement/availability-zone", headers=headers, timeout=5).text == "us-east-2b"


def test_no_credential_is_in_the_call_log(login):
    login.grant()
    login.api.call("GET", "")
    text = json.dumps([call.record() for call in login.engine.calls(None)])
    assert '"Bearer [redacted]"' in text and '"[redacted]"' in text
    assert not [secret for secret in login.engine.secrets() if secret in text]

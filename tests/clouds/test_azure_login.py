# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Every way to log in, and what the login server refuses."""

import http.client
import json
import subprocess
import time
import urllib.parse
import uuid

import pytest

from tests.clouds.azure import assertions
from tests.clouds.azure_client import Arm
from tests.clouds.common import jwt
from tests.clouds.common.pki import RsaKey

ARM = "https://management.azure.com/"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def ask(azure, form, *, path="/oauth2/v2.0/token", tenant=None, kind="application/x-www-form-urlencoded"):
    return Arm(azure).raw("POST", f"/{tenant or azure.tenant}{path}", urllib.parse.urlencode(form).encode(), {"Content-Type": kind})


def secret_form(azure, **changes):
    client_id, secret = azure.credentials.service_principal()
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "scope": ARM + ".default"}
    return {name: value for name, value in (form | changes).items() if value is not None}


def works(azure, answer):
    token = answer.body["access_token"]
    return Arm(azure).call("GET", "", token=token, version="2022-12-01").status == 200


def test_a_secret(azure):
    answer = ask(azure, secret_form(azure))
    assert answer.status == 200 and works(azure, answer) and answer.body["expires_in"] == 3600
    assert "refresh_token" not in answer.body and azure.token_calls()[0].status == 200


def test_version_1_writes_numbers_as_strings(azure):
    form = secret_form(azure, scope=None, resource="https://management.core.windows.net/")
    answer = ask(azure, form, path="/oauth2/token?api-version=1.0")
    assert works(azure, answer) and answer.body["resource"] == "https://management.core.windows.net/"
    assert all(isinstance(answer.body[name], str) for name in ("expires_in", "expires_on", "not_before"))


@pytest.mark.parametrize("changes, status, error, number", [
    ({"client_secret": "wrong"}, 401, "invalid_client", 7000215), ({"client_secret": None}, 401, "invalid_client", 7000218),
    ({"client_id": str(uuid.uuid4())}, 400, "unauthorized_client", 700016), ({"client_id": None}, 400, "invalid_request", 900144),
    ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003), ({"grant_type": None}, 400, "invalid_request", 900144),
    ({"scope": None}, 400, "invalid_request", 900144), ({"scope": ARM + "user"}, 400, "invalid_scope", 1002012),
    ({"scope": "https://graph.microsoft.com/.default"}, 400, "invalid_resource", 500011),
])
def test_bad_forms(azure, changes, status, error, number):
    answer = ask(azure, secret_form(azure, **changes))
    assert (answer.status, answer.body["error"], answer.body["error_codes"]) == (status, error, [number])
    assert answer.body["error_description"].startswith(f"AADSTS{number}: ") and not azure.tokens.all()[1:]


def test_places(azure):
    assert ask(azure, secret_form(azure), tenant=str(uuid.uuid4())).body["error_codes"] == [90002]
    assert ask(azure, secret_form(azure), kind="application/json").status == 400
    assert ask(azure, secret_form(azure), path="/oauth3/token").status == 404


def test_the_tenant_is_found_without_a_token(azure):
    answer = Arm(azure).raw("GET", f"/subscriptions/{azure.subscription}?api-version=2022-12-01")
    assert answer.status == 401 and azure.tenant in answer.headers["WWW-Authenticate"]
    azure.settings.legacy = True
    answer = Arm(azure).raw("GET", f"/subscriptions/{azure.subscription}?api-version=2015-11-01")
    assert answer.status == 401 and azure.tenant in answer.headers["WWW-Authenticate"]


def assertion(azure, key, thumbprint, client_id, *, algorithm="RS256", **claims):
    moment = int(time.time())
    good = {"aud": f"{azure.base}/{azure.tenant}/oauth2/v2.0/token", "iss": client_id, "sub": client_id,
            "jti": str(uuid.uuid4()), "nbf": moment, "exp": moment + 600}
    claims = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode({"alg": algorithm, "typ": "JWT", "x5t": thumbprint}, claims, key)


@pytest.mark.parametrize("changes, number", [
    ({}, None), ({"aud": "https://elsewhere/"}, 700023), ({"sub": "x"}, 700021), ({"exp": 1}, 700024), ({"jti": None}, 50027),
    ({"nbf": time.time() + 9999}, 700024), ({"iss": "x"}, 700213), ({"algorithm": "none"}, 700027)])
def test_a_certificate(azure, changes, number):
    client_id, _ = azure.credentials.certificate()
    known = azure.credentials.applications[client_id].certificates[0]
    form = {"grant_type": "client_credentials", "client_id": client_id, "scope": ARM + ".default",
            "client_assertion_type": BEARER, "client_assertion": assertion(azure, known.key, known.sha1, client_id, **changes)}
    answer = ask(azure, form)
    if number is None:
        assert works(azure, answer)
        stranger = RsaKey.generate()
        for key, thumbprint in ((stranger, known.sha1), (known.key, "AAAA")):
            form["client_assertion"] = assertion(azure, key, thumbprint, client_id)
            assert ask(azure, form).body["error_codes"] == [700027]
        assert ask(azure, {**form, "client_assertion_type": "jwt"}).body["error_codes"] == [900144]
    else:
        assert (answer.status, answer.body["error_codes"]) == (401, [number])


def test_pss_signatures_by_openssl(tmp_path):
    """RSASSA-PSS as another program makes it is accepted, and what was changed is not."""
    key, message = RsaKey.generate(), b"a message"
    (tmp_path / "key").write_text(key.private_pem)
    (tmp_path / "message").write_bytes(message)
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", tmp_path / "key", "-sigopt", "rsa_padding_mode:pss", "-sigopt",
                                "rsa_pss_saltlen:digest", tmp_path / "message"], capture_output=True, check=True).stdout
    assert assertions.is_signed_pss(key, message, signature)
    assert not assertions.is_signed_pss(key, b"another", signature)
    assert not assertions.is_signed_pss(key, message, bytes([signature[0] ^ 1]) + signature[1:])
    assert not assertions.is_signed_pss(key, message, key.sign(message))


@pytest.mark.parametrize("claims, number", [({}, None), ({"aud": "api://other"}, 700212), ({"sub": "other"}, 700213),
                                            ({"iss": "https://other"}, 700213), ({"exp": 1}, 700024)])
def test_a_federated_token(azure, claims, number):
    client_id, path = azure.credentials.federated()
    federation = azure.credentials.applications[client_id].federations[0]
    token = azure.credentials.federated_token(federation, **claims) if claims else path.read_text()
    answer = ask(azure, {"grant_type": "client_credentials", "client_id": client_id, "scope": ARM + ".default",
                         "client_assertion_type": BEARER, "client_assertion": token})
    assert works(azure, answer) if number is None else answer.body["error_codes"] == [number]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("modern", [True, False])
@pytest.mark.parametrize("outcome, error", [("granted", None), ("declined", {True: "authorization_declined", False: "access_denied"}),
                                            ("expired", {True: "expired_token", False: "code_expired"})])
def test_a_device_code(azure, modern, outcome, error):
    azure.settings.device_outcome, azure.settings.device_interval = outcome, 0
    where = "/oauth2/v2.0" if modern else "/oauth2"
    whose = {"scope": ARM + ".default offline_access"} if modern else {"resource": ARM}
    client = {"client_id": "637ddaba-219b-43b8-bf19-8cea500cf273"}
    begun = ask(azure, client | whose, path=where + "/devicecode").body
    assert begun["user_code"] in begun["message"] and begun["verification_uri" if modern else "verification_url"]
    assert isinstance(begun["interval"], int if modern else str)
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": begun["device_code"]} if modern else \
        {"grant_type": "device_code", "code": begun["device_code"]}
    turn = lambda: ask(azure, client | grant | ({} if modern else whose), path=where + "/token")  # noqa: E731
    assert turn().body["error"] == "authorization_pending"
    answer = turn()
    if error:
        assert answer.body["error"] == error[modern]
        return
    assert works(azure, answer)
    again = ask(azure, client | whose | {"grant_type": "refresh_token", "refresh_token": answer.body["refresh_token"]},
                path=where + "/token")
    assert works(azure, again)
    assert ask(azure, client | whose | {"grant_type": "refresh_token", "refresh_token": "x"}, path=where + "/token").body[
        "error"] == "invalid_grant"
    assert turn().status == 400  # a code is good once


def test_a_device_that_asks_too_often(azure):
    azure.settings.device_interval, azure.settings.device_polls = 5, 0
    client = {"client_id": "637ddaba-219b-43b8-bf19-8cea500cf273"}
    code = ask(azure, client | {"scope": ARM + ".default"}, path="/oauth2/v2.0/devicecode").body["device_code"]
    azure.settings.device_polls = 9
    form = client | {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": code}
    assert [ask(azure, form).body["error"] for _ in range(2)] == ["authorization_pending", "slow_down"]


def test_an_application_without_users(azure):
    client_id, _ = azure.credentials.service_principal()
    assert ask(azure, {"client_id": client_id, "scope": ARM + ".default"}, path="/oauth2/v2.0/devicecode").status == 401


def plain(azure, path, headers):
    host, _, port = azure.metadata_host.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_managed_identity(azure):
    at = f"/metadata/identity/oauth2/token?api-version=2018-02-01&resource={ARM}"
    assert plain(azure, at, {"Metadata": "true"})[1]["error_description"] == "Identity not found"
    mine = azure.credentials.managed_identity()
    status, answer = plain(azure, at, {"Metadata": "true"})
    assert status == 200 and isinstance(answer["expires_on"], str) and isinstance(answer["expires_in"], str)
    assert Arm(azure).call("GET", "", token=answer["access_token"], version="2022-12-01").status == 200
    assert plain(azure, at + f"&client_id={mine}", {"Metadata": "true"})[0] == 200
    for path, headers in ((at, {}), (at, {"Metadata": "true", "X-Forwarded-For": "1.2.3.4"}), (at + "&client_id=x", {"Metadata": "true"}),
                          (at.replace("2018-02-01", "2001-01-01"), {"Metadata": "true"}),
                          (at.replace("management", "graph"), {"Metadata": "true"})):
        assert plain(azure, path, headers)[0] == 400
    assert [call.request.service for call in azure.calls("metadata")] == ["metadata"] * 8


def test_app_service(azure):
    environment = azure.app_service_environment()
    path = "/msi/token?api-version=2019-08-01&resource=" + ARM
    assert plain(azure, path, {"X-IDENTITY-HEADER": environment["IDENTITY_HEADER"]})[0] == 200
    assert plain(azure, path, {"X-IDENTITY-HEADER": "x"})[0] == 401


def test_discovery(azure):
    arm = Arm(azure)
    document = arm.raw("GET", f"/{azure.tenant}/v2.0/.well-known/openid-configuration").body
    assert document["token_endpoint"].endswith(f"/{azure.tenant}/oauth2/v2.0/token")
    assert arm.raw("GET", "/common/discovery/instance?api-version=1.1").body["metadata"]

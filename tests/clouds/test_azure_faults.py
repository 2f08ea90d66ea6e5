# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Faults on request, rights, throttling, the control API and the command line."""

import base64
import email.utils
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from tests.clouds.azure import Azure
from tests.clouds.azure_client import LOCATION, Arm, address, security_group


def test_the_kth_write_fails(azure):
    arm = Arm(azure)
    azure.fail_write(3, 409, "SkuNotAvailable", "planted")
    arm.make_network()
    assert arm.get("rg").status == 200  # reads do not count
    answer = arm.put("rg/publicIPAddresses/a", address())
    assert (answer.status, answer.code, answer.message) == (409, "SkuNotAvailable", "planted")
    assert arm.get("rg/publicIPAddresses/a").status == 404
    assert arm.put("rg/publicIPAddresses/a", address()).body["status"] == "Succeeded"


def test_an_error_after_the_work_was_done(azure):
    arm = Arm(azure)
    azure.fail_write(1, 502, after_work=True)
    assert arm.put("rg", {"location": LOCATION}).status == 502
    assert arm.get("rg").status == 200


@pytest.mark.parametrize("when, there", [("before", False), ("after", True)])
def test_a_cut_connection(azure, when, there):
    arm = Arm(azure)
    azure.faults.drop(when, method="PUT")
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        arm.put("rg", {"location": LOCATION})
    assert (arm.get("rg").status == 200) == there


def test_a_gate_holds_a_call(azure):
    arm = Arm(azure)
    gate = azure.faults.gate("done", method="PUT")
    thread = threading.Thread(target=lambda: arm.put("rg", {"location": LOCATION}))
    thread.start()
    assert gate.wait().path.endswith("/resourceGroups/rg")
    assert arm.get("rg").status == 200
    gate.release()
    thread.join(30)


def test_faults_of_the_login_server(azure):
    azure.faults.answer(503, "temporarily_unavailable", service="login")
    arm = Arm(azure)
    client_id, secret = azure.credentials.service_principal()
    form = f"grant_type=client_credentials&client_id={client_id}&client_secret={secret}&scope={azure.endpoint}.default"
    ask = lambda: arm.raw("POST", f"/{azure.tenant}/oauth2/v2.0/token", form.encode(),  # noqa: E731
                          {"Content-Type": "application/x-www-form-urlencoded"})
    assert [ask().status, ask().status] == [503, 200]
    assert len(azure.token_calls()) == 2


def test_rights(azure):
    arm = Arm(azure)
    azure.deny("Microsoft.Resources/subscriptions/resourceGroups/write")
    answer = arm.put("rg", {"location": LOCATION})
    assert (answer.status, answer.code) == (403, "AuthorizationFailed")
    assert "'Microsoft.Resources/subscriptions/resourceGroups/write' over scope" in answer.message
    azure.settings.denied_permissions.clear()
    arm.put("rg", {"location": LOCATION})
    azure.deny("Microsoft.Network/*/write", "Microsoft.Compute/virtualMachines/start/action")
    assert arm.put("rg/publicIPAddresses/a", address()).status == 403
    assert arm.put("rg/availabilitySets/a", {"location": LOCATION}).status == 200
    assert arm.call("POST", "rg/virtualMachines/a/start").status == 403
    assert arm.call("POST", "rg/virtualMachines/a/restart").status == 404


def test_who_may_not_read_operations(azure):
    arm = Arm(azure)
    azure.deny("*/locations/operations/read")
    arm.put("rg", {"location": LOCATION})
    assert arm.put("rg/publicIPAddresses/a", address()).status == 403


def test_throttling_and_who_does_not_wait(azure):
    arm = Arm(azure)
    azure.settings.rate_limit = 3
    connection = http.client.HTTPSConnection("127.0.0.1", azure.port, timeout=30, context=arm.tls)
    limited = 0
    for _ in range(6):
        connection.request("GET", arm.id("rg") + "?api-version=2025-04-01", headers={"Authorization": f"Bearer {arm.token}"})
        answer = connection.getresponse()
        answer.read()
        if answer.status == 429:
            assert answer.headers["Retry-After"] == "1"
            limited += 1
    connection.close()
    found = [one.what for one in azure.judge.take()]
    assert limited and len(found) == limited - 1 and all("Retry-After: 1" in what for what in found)
    azure.settings.rate_limit = None
    assert arm.get("rg").code == "ResourceGroupNotFound" and azure.judge.take() == []  # another connection was told nothing


def test_request_ids(azure):
    arm = Arm(azure)
    headers = arm.get("rg").headers
    assert {"x-ms-request-id", "x-ms-correlation-request-id", "x-ms-ratelimit-remaining-subscription-reads"} <= set(headers)


def test_the_log_has_no_secrets(tmp_path):
    log = tmp_path / "calls.jsonl"
    with Azure(log=log) as cloud:
        arm = Arm(cloud)
        client_id, secret = cloud.credentials.service_principal()
        answer = arm.raw("POST", f"/{cloud.tenant}/oauth2/v2.0/token", (
            f"grant_type=client_credentials&client_id={client_id}&client_secret={secret}&scope={cloud.endpoint}.default"
        ).encode(), {"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.body["access_token"] in cloud.secrets() and secret in cloud.secrets()
        arm.call("GET", "", token=answer.body["access_token"], version="2022-12-01")
        found = cloud.secrets()
    text = log.read_text()
    assert len(text.splitlines()) == 2 and not [value for value in found if value in text]


def test_the_control_api(azure):
    url = azure.control()

    def ask(method, path, body=None):
        request = urllib.request.Request(url + path, json.dumps(body or {}).encode(), method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return json.load(answer)
    arm = Arm(azure)
    ask("POST", "/do", {"do": "put", "arguments": ["rg", {"location": LOCATION}]})
    ask("POST", "/faults", {"fault": "answer", "arguments": [503], "method": "PUT"})
    assert arm.put("rg/networkSecurityGroups/g", security_group()).status == 503
    ask("POST", "/do", {"do": "exhaust", "size": "Standard_B1s"})
    ask("POST", "/settings", {"retry_after": 0})
    assert ask("GET", "/state")["groups"] == [] and ask("GET", "/empty") is True
    assert ask("GET", "/calls?service=arm")[0]["status"] == 503 and ask("GET", "/verdict") == []


@pytest.mark.parametrize("end", ["stdin", "SIGTERM"])
def test_it_runs_by_itself(tmp_path, end):
    process = subprocess.Popen([sys.executable, "-m", "tests.clouds.azure", "--dir", str(tmp_path), "--judge", "off"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               cwd=Path(__file__).resolve().parents[2])
    try:
        assert process.stdout.readline().startswith("serving https://127.0.0.1:")
        environment = (tmp_path / "env").read_text()
        for name in ("AZURE_ARM_ENDPOINT", "AZURE_AUTHORITY_HOST", "AZURE_CLIENT_SECRET", "AZURE_CONTROL", "SSL_CERT_FILE"):
            assert f"export {name}=" in environment
        if end == "stdin":
            process.stdin.close()
        else:
            os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)


def signed(azure, account, key, method, path, query=""):
    """A request of the blob service with an account's key, by the rules of Shared Key."""
    connection = http.client.HTTPSConnection("127.0.0.1", azure.port, timeout=30, context=Arm(azure).tls)
    headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2015-02-21"}
    own = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    resource = f"/{account}{path}" + "".join("\n" + one.replace("=", ":") for one in sorted(query.split("&")) if one)
    text = f"{method}" + "\n" * 12 + own + resource
    signature = base64.b64encode(hmac.digest(base64.b64decode(key), text.encode(), "sha256")).decode()
    headers |= {"Authorization": f"SharedKey {account}:{signature}", "Host": f"{account}.blob.core.windows.net"}
    try:
        connection.request(method, path + ("?" + query if query else ""), headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_the_blob_service(azure):
    """As Docker Machine 0.16.2 uses it: delete a machine's container, see whether any is left."""
    azure.settings.legacy = True
    arm = Arm(azure)
    arm.put("rg", {"location": LOCATION})
    arm.put("rg/storageAccounts/vhdsx", {"location": LOCATION, "sku": {"name": "Standard_LRS"}})
    azure.world.find(arm.id("rg/storageAccounts/vhdsx")).hidden["containers"] |= {"vhd-a": ["a.vhd"], "vhd-b": []}
    key = arm.call("POST", "rg/storageAccounts/vhdsx/listKeys").body["keys"][0]["value"]
    assert key in azure.secrets()
    status, body = signed(azure, "vhdsx", key, "GET", "/", "comp=list")
    assert status == 200 and "<Name>vhd-a</Name>" in body and "<Name>vhd-b</Name>" in body
    assert signed(azure, "vhdsx", key, "DELETE", "/vhd-a", "restype=container")[0] == 202
    assert signed(azure, "vhdsx", key, "DELETE", "/vhd-a", "restype=container")[0] == 404
    assert signed(azure, "vhdsx", base64.b64encode(b"x" * 64).decode(), "GET", "/", "comp=list")[0] == 403
    assert signed(azure, "nobody", key, "GET", "/", "comp=list")[0] == 404
    assert [call.request.service for call in azure.calls("blob")] == ["blob"] * 5

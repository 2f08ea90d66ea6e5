# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Faults on request, gates, the call log, the rate limit, the proxy, the control API, and the program by itself."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.request

import pytest

from tests.clouds.api_client import ZONE, Api, firewall, instance


@pytest.mark.parametrize("status, reason, wanted", [
    (403, None, "forbidden"), (403, "rateLimitExceeded", "rateLimitExceeded"), (404, None, "notFound"),
    (409, None, "alreadyExists"), (412, None, "conditionNotMet"), (429, None, "rateLimitExceeded"),
    (500, None, "backendError"), (503, None, "backendError"),
])
def test_a_call_can_be_told_to_fail(api, status, reason, wanted):
    api.engine.faults.answer(status, reason, "told to", method="GET", path=r"/instances/vm1$", headers={"Retry-After": "7"})
    assert api.call("GET", "").status == 200
    answer = api.get()
    assert (answer.status, answer.reason, answer.message, answer.headers["Retry-After"]) == (status, wanted, "told to", "7")
    assert api.get().reason == "notFound" and api.engine.calls()[-2].faults and not api.engine.calls()[-1].faults


def test_the_nth_call_and_those_after_it(api):
    api.engine.faults.answer(500, nth=2, times=2)
    assert [api.call("GET", "").status for _ in range(4)] == [200, 500, 500, 200]
    api.engine.faults.answer(503, times=None)
    assert {api.call("GET", "").status for _ in range(5)} == {503}
    api.engine.faults.clear()
    assert api.call("GET", "").status == 200


def test_the_work_can_be_done_although_the_answer_says_no(api):
    api.engine.faults.answer(503, after_work=True, method="POST")
    assert api.call("POST", f"zones/{ZONE}/instances", instance()).status == 503
    assert api.get().status == 200


def test_an_error_page_is_no_json(api):
    api.engine.faults.html(502)
    answer = api.call("GET", "")
    assert answer.status == 502 and "502" in answer.body and "text/html" in answer.headers["Content-Type"]


@pytest.mark.parametrize("when, status", [("before", 404), ("after", 200)])
def test_a_connection_can_be_cut(api, when, status):
    api.engine.faults.drop(when, method="POST")
    with pytest.raises((ConnectionError, ssl.SSLError, http.client.HTTPException)):
        api.call("POST", f"zones/{ZONE}/instances", instance())
    assert api.get().status == status
    assert [call.outcome for call in api.engine.calls()] == ["dropped", "answered"]


def test_a_call_can_hang(api):
    api.engine.faults.hang()
    with pytest.raises(TimeoutError):
        api.call("GET", "", timeout=0.3)


def test_an_answer_can_be_late(api):
    api.engine.faults.delay(0.4)
    begun = time.monotonic()
    assert api.call("GET", "").status == 200 and time.monotonic() - begun >= 0.4


def test_all_calls_can_have_latency(api):
    api.engine.settings.latency = 0.2
    begun = time.monotonic()
    assert api.call("GET", "").status == 200 and time.monotonic() - begun >= 0.2


def test_the_login_servers_can_fail_as_well(api):
    api.engine.faults.answer(500, service="oauth")
    api.engine.faults.answer(503, service="metadata")
    assert api.call("GET", "").status == 200
    assert api.raw("POST", "/token", b"", {}).status == 500


def insert_in_background(api):
    outcome = []

    def insert():
        try:
            outcome.append(api.call("POST", f"zones/{ZONE}/instances", instance()).status)
        except Exception as error:
            outcome.append(error)
    thread = threading.Thread(target=insert)
    thread.start()
    return thread, outcome


@pytest.mark.parametrize("point, there", [("before", False), ("done", True), ("after", True)])
def test_a_call_stands_at_a_gate_until_it_is_released(api, point, there):
    gate = api.engine.faults.gate(point, method="POST")
    thread, outcome = insert_in_background(api)
    assert gate.wait(5).path.endswith("/instances")
    if point == "after":
        thread.join(5)
        assert outcome == [200]
    else:
        time.sleep(0.1)
        assert outcome == []
    assert (list(api.engine.state()["instances"]) == ["vm1"]) is there
    gate.release()
    thread.join(5)
    assert outcome == [200] and api.get().status == 200


@pytest.mark.parametrize("point, status", [("before", 404), ("done", 200)])
def test_a_call_at_a_gate_can_be_dropped(api, point, status):
    gate = api.engine.faults.gate(point, method="POST")
    thread, outcome = insert_in_background(api)
    gate.wait(5)
    gate.release(drop=True)
    thread.join(5)
    assert isinstance(outcome[0], Exception) and api.get().status == status


def test_later_calls_wait_behind_a_gate_that_is_shut_after_a_call(api):
    gate = api.engine.faults.gate("after", path="/demo-project$")
    assert api.call("GET", "").status == 200
    gate.wait(5)
    thread, outcome = insert_in_background(api)
    time.sleep(0.2)
    assert outcome == [] and api.engine.is_empty()
    gate.release(drop=True)
    thread.join(5)
    assert isinstance(outcome[0], Exception) and api.engine.is_empty()
    assert api.get().status == 404


def test_a_gate_nobody_comes_to_says_so(api):
    with pytest.raises(TimeoutError):
        api.engine.faults.gate().wait(0.05)


def test_a_hook_sees_every_call(api):
    seen = []
    hook = api.engine.faults.hook("done", lambda call: seen.append((call.number, call.method)))
    api.call("GET", "")
    api.get()
    api.engine.faults.remove(hook)
    api.call("GET", "")
    assert seen == [(1, "GET"), (2, "GET")]


def test_too_many_requests_a_second_are_refused(api):
    api.engine.settings.rate_limit = 5
    answers = [api.call("GET", "") for _ in range(8)]
    refused = [answer for answer in answers if answer.status != 200]
    assert refused and all((one.status, one.reason) == (403, "rateLimitExceeded") for one in refused)
    assert refused[0].body["error"]["errors"][0]["domain"] == "usageLimits"
    time.sleep(1.05)
    assert api.call("GET", "").status == 200


def test_the_call_log_has_every_byte(engine, tmp_path):
    api = Api(engine)
    api.call("POST", "global/firewalls", firewall(), alt="json")
    call = engine.calls()[0]
    assert (call.number, call.method, call.status, call.json()) == (1, "POST", 200, firewall())
    assert call.request.query == [("alt", "json")] and call.request.headers["content-type"] == "application/json"
    record = json.loads(json.dumps(call.record()))
    assert record["answer"]["kind"] == "compute#operation" and record["seconds"] >= 0
    engine.forget_calls()
    api.call("GET", "")
    assert [call.number for call in engine.calls()] == [1]


def test_answers_are_pretty_unless_told_otherwise(api):
    tls = ssl.create_default_context(cafile=str(api.engine.ca_file))
    connection = http.client.HTTPSConnection("127.0.0.1", api.engine.port, context=tls)
    lines = []
    for query in ("", "?prettyPrint=false"):  # both on one connection
        connection.request("GET", "/compute/v1/projects/demo-project" + query, headers={"Authorization": f"Bearer {api.token}"})
        lines.append(connection.getresponse().read().count(b"\n"))
    connection.close()
    assert lines[0] > 10 and lines[1] == 1


def test_the_certificate_is_for_this_server_alone(engine):
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(engine.base, timeout=5)
    assert engine.ca_file.read_text().count("BEGIN CERTIFICATE") == 1


def test_googles_own_names_lead_here_through_the_proxy(api):
    tls = ssl.create_default_context(cafile=str(api.engine.ca_file))
    with api.engine.proxy() as proxy:
        host, port = proxy.url.removeprefix("http://").split(":")
        connection = http.client.HTTPSConnection(host, int(port), context=tls)
        connection.set_tunnel("www.googleapis.com", 443)
        connection.request("GET", "/compute/v1/projects/demo-project", headers={"Authorization": f"Bearer {api.token}"})
        assert connection.getresponse().status == 200
        connection.close()
        other = http.client.HTTPSConnection(host, int(port), context=tls)
        other.set_tunnel("example.com", 443)
        with pytest.raises(OSError, match="403"):
            other.connect()
        assert proxy.connections == ["www.googleapis.com:443", "example.com:443"]
    with api.engine.proxy(("user", "secret")) as proxy:
        host, port = proxy.url.removeprefix("http://").split(":")
        other = http.client.HTTPSConnection(host, int(port), context=tls)
        other.set_tunnel("www.googleapis.com", 443)
        with pytest.raises(OSError, match="407"):
            other.connect()


class Remote:
    """A client of the control API."""

    def __init__(self, url):
        self.url = url

    def __call__(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method != "GET" else None
        request = urllib.request.Request(self.url + path, data, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)


def test_a_script_can_control_the_cloud(engine):
    remote, api = Remote(engine.control()), Api(engine)
    assert remote("GET", "/empty") is True
    remote("POST", "/faults", {"fault": "answer", "arguments": [503], "method": "GET", "times": None})
    assert api.call("GET", "").status == 503
    remote("DELETE", "/faults")
    gate = remote("POST", "/faults", {"fault": "gate", "arguments": ["before"], "method": "POST"})["gate"]
    thread, outcome = insert_in_background(api)
    assert remote("GET", f"/gates/{gate}?timeout=5")["method"] == "POST"
    remote("POST", f"/gates/{gate}/release", {"drop": False})
    thread.join(5)
    assert outcome == [200] and list(remote("GET", "/state")["instances"]) == ["vm1"]
    assert len(remote("GET", "/calls?service=compute")) == 2 and remote("GET", "/verdict") == []
    remote("POST", "/settings", {"latency": 0.25, "exhausted": [[ZONE, "*"]]})
    assert engine.settings.latency == 0.25 and engine.settings.exhausted == {(ZONE, "*")}
    remote("POST", "/do", {"do": "vanish", "arguments": ["vm1"]})
    remote("POST", "/forget")
    assert remote("GET", "/empty") is True and remote("GET", "/calls") == []
    for bad in ({"do": "close"}, {"do": "vanish", "arguments": ["nobody"]}):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            remote("POST", "/do", bad)


@pytest.mark.parametrize("end", ["stdin", "SIGTERM"])
def test_it_runs_by_itself(tmp_path, end):
    command = [sys.executable, "-m", "tests.clouds.compute_engine", "--dir", str(tmp_path), "--project", "p-1",
               "--operation-seconds", "0.01"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert "judged by Google's description" in process.stdout.readline()
        lines = (tmp_path / "env").read_text().splitlines()
        exported = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        assert exported["GOOGLE_PROJECT"] == "p-1" and exported["SSL_CERT_FILE"] == str(tmp_path / "ca.pem")
        assert json.loads(open(exported["GOOGLE_APPLICATION_CREDENTIALS"]).read())["type"] == "service_account"
        tls = ssl.create_default_context(cafile=exported["SSL_CERT_FILE"])
        url = exported["CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE"] + "projects/p-1"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(url, timeout=5, context=tls)
        assert Remote(exported["COMPUTE_ENGINE_CONTROL"])("GET", "/empty") is True
        process.stdin.close() if end == "stdin" else process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert json.loads((tmp_path / "calls.jsonl").read_text().splitlines()[0])["status"] == 401


def test_a_hundred_clients_at_once(api):
    outcomes = []

    def create(number):
        outcomes.append("error" in api.insert(f"vm{number}"))
    threads = [threading.Thread(target=create, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert outcomes == [False] * 100 and len(api.engine.state()["instances"]) == 100
    addresses = {one["nat_ip"] for one in api.engine.state()["instances"].values()}
    assert len(addresses) == 100 and all(address.startswith("127.") for address in addresses)

# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The first judge catches planted errors on both sides, and our own hand-written shapes agree with Google's."""

import copy

import pytest

from tests.clouds.api_client import ZONE, Api, instance
from tests.clouds.compute_engine import ComputeEngine, JudgeError, shapes
from tests.clouds.compute_engine.judge import Judge, find_document


@pytest.fixture(scope="module")
def judge():
    return Judge(find_document())


def planted(path, value):
    from tests.clouds.test_compute_engine_strict import changed
    return changed(instance(), path, value)


@pytest.mark.parametrize("path, value, complaint", [
    ("nmae", "x", "body has the unknown field nmae"),
    ("disks/0/initializeParams/diskSizeGB", "10", "body.disks[0].initializeParams has the unknown field diskSizeGB"),
    ("disks/0/initializeParams/diskSizeGb", 10, "is 10, not of type string (int64)"),
    ("disks/0/initializeParams/diskSizeGb", "10GB", "not a number of format int64"),
    ("disks/0/autoDelete", "true", "body.disks[0].autoDelete is 'true', not of type boolean"),
    ("disks/0/mode", "READ", "not one of READ_ONLY, READ_WRITE"),
    ("disks", {}, "body.disks is {}, not an array"),
    ("name", None, "body lacks the required field name"), ("name", "Vm", "does not match"),
    ("metadata", {"items": [{"value": "x"}]}, "body.metadata.items[0] lacks the required field key"),
    ("labels", {"a": 1}, "body.labels.a is 1, not of type string"),
    ("tags", {"items": ["A"]}, "'A' does not match"),
    ("guestAccelerators", [{"acceleratorCount": "1"}], "not of type integer (int32)"),
])
def test_a_wrong_field_of_the_client_is_caught(path, value, complaint):
    with pytest.raises(JudgeError, match="client: POST"), ComputeEngine() as engine:
        answer = Api(engine).call("POST", f"zones/{ZONE}/instances", planted(path, value))
        assert answer.status == 400 and engine.is_empty()
        assert any(complaint in str(found) for found in engine.judge.violations), engine.judge.violations


@pytest.mark.parametrize("method, path, query, complaint", [
    ("GET", "", {"nonsense": "1"}, "unknown parameter nonsense"),
    ("GET", f"zones/{ZONE}/instances", {"maxResults": "many"}, "parameter maxResults is 'many', not a number"),
    ("DELETE", f"zones/{ZONE}/instances/vm1", {"noGracefulShutdown": "1"}, "not a boolean"),
    ("GET", "planets/mars", {}, "the API has no such method"),
    ("GET", f"zones/{ZONE}/instances/VM", {}, "parameter instance is 'VM', which does not match"),
    ("GET", "", {"alt": "yaml"}, "not one of json, media, proto"),
])
def test_a_wrong_parameter_of_the_client_is_caught(method, path, query, complaint):
    with pytest.raises(JudgeError), ComputeEngine() as engine:
        assert Api(engine).call(method, path, **query).status in (400, 404)
        assert any(complaint in str(found) for found in engine.judge.violations), engine.judge.violations


@pytest.mark.parametrize("spoil, complaint", [
    (lambda body: body.update(statsu="x"), "answer has the unknown field statsu"),
    (lambda body: body.update(status="HAPPY"), "answer.status is 'HAPPY', not one of"),
    (lambda body: body.update(id=5), "answer.id is 5, not of type string (uint64)"),
    (lambda body: body.update(kind="compute#machine"), "answer.kind is 'compute#machine', not 'compute#instance'"),
    (lambda body: body["networkInterfaces"][0].update(natIP="1.2.3.4"), "networkInterfaces[0] has the unknown field natIP"),
    (lambda body: body["tags"].update(fingerprint="?"), "not base64"),
])
def test_a_wrong_field_of_our_own_answer_is_caught(spoil, complaint):
    with pytest.raises(JudgeError, match="server: GET"), ComputeEngine() as engine:
        api = Api(engine)
        api.insert()
        spoil(engine.instance("vm1").body)
        if "status" in complaint and "HAPPY" in complaint:
            engine.instance("vm1").status = "HAPPY"
        assert api.get().status == 200
        assert any(complaint in str(found) for found in engine.judge.violations), engine.judge.violations


def test_a_method_that_is_not_simulated_is_told_apart_from_none(engine):
    answer = Api(engine).call("GET", "global/healthChecks")
    assert answer.status == 501
    assert [str(found) for found in engine.judge.take()] == [
        "server: GET /compute/v1/projects/demo-project/global/healthChecks: the real API has this method, the simulated one "
        "has not"]


def test_a_good_request_and_answer_pass(api):
    api.insert()
    api.get()
    assert api.engine.judge.violations == []


def test_the_judge_is_demanded_unless_refused(monkeypatch):
    monkeypatch.setattr("tests.clouds.compute_engine.engine.find_document", lambda: None)
    with pytest.raises(JudgeError, match="tests/requirements.txt"):
        ComputeEngine()
    with ComputeEngine(judge=False) as engine:
        assert engine.judge is None and Api(engine).insert()["status"] == "DONE"


@pytest.mark.parametrize("shape, schema", [
    (shapes.INSTANCE, "Instance"), (shapes.INSTANCE_PROPERTIES, "InstanceProperties"), (shapes.FIREWALL, "Firewall"),
    (shapes.DISK, "Disk"), (shapes.ADDRESS, "Address"), (shapes.METADATA, "Metadata"), (shapes.TAGS, "Tags"),
    (shapes.SET_LABELS, "InstancesSetLabelsRequest"), (shapes.BULK_INSERT, "BulkInsertInstanceResource"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_our_shapes_are_parts_of_googles(judge, shape, schema):
    """A value with every field of a shape is one of the schema, up to enums and patterns of its made-up texts."""
    complaints = judge.check_fields(schema, example(shape))
    assert [one for one in complaints if "not one of" not in one and "does not match" not in one and
            "kind is" not in one] == []
    wrong = copy.deepcopy(example(shape)) | {"made-up": 1}
    assert any("unknown field made-up" in one for one in judge.check_fields(schema, wrong))


def example(shape):
    if isinstance(shape, dict):
        return {name: example(inner) for name, inner in shape.items()}
    if isinstance(shape, list):
        return [example(shape[0])]
    if isinstance(shape, shapes.MapOf):
        return {"a": example(shape.shape)}
    return {shapes.STRING: "text", shapes.BOOL: True, shapes.INT32: 7, shapes.INT64: "7", shapes.BYTES: "AAAA",
            shapes.MAP: {"a": "b"}}[shape]

# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What can be done to an instance that is there: stop, start, reset, and new metadata, tags, labels."""

from __future__ import annotations

from ..errors import not_ready
from ..guest import users_of
from ..names import check_fingerprint, check_labels, check_metadata, check_tags
from ..routing import Context, route
from ..shapes import METADATA, SET_LABELS, TAGS
from ..world import Instance, fingerprint_of, timestamp
from .instances import boot, find_instance, run

_METHOD = "zones/{zone}/instances/{instance}/"
_STOPPED = ("TERMINATED", "STOPPED")


def _operate(context: Context, kind: str, instance: Instance, **steps) -> dict:
    return context.cloud.operate(context, context.path("zones", context.zone), kind, instance.path, **steps)


def _ready(context: Context, *statuses: str) -> Instance:
    instance = find_instance(context)
    if instance.status not in statuses or instance.deleting:
        raise not_ready(instance.path)
    return instance


@route("POST", _METHOD + "stop", "compute.instances.stop", query={"discardLocalSsd", "noGracefulShutdown"})
def stop_instance(context: Context) -> dict:
    instance = _ready(context, "RUNNING", *_STOPPED)
    before = instance.status
    if before in _STOPPED:
        return _operate(context, "stop", instance)
    instance.status = "STOPPING"

    def work() -> None:
        if instance.host:
            instance.host.stop()

    def undo() -> None:
        instance.status = before
    return _operate(context, "stop", instance, work=work, finish=lambda: halt(instance), undo=undo)


def halt(instance: Instance) -> None:
    """The host is down: the ephemeral address is gone, a static one stays."""
    instance.status = "TERMINATED"
    instance.nat_ip = instance.static_ip
    instance.body["lastStopTimestamp"] = timestamp()


@route("POST", _METHOD + "start", "compute.instances.start")
def start_instance(context: Context) -> dict:
    instance = _ready(context, "RUNNING", *_STOPPED)
    before = instance.status
    if before == "RUNNING":
        return _operate(context, "start", instance)
    instance.status = "STAGING"

    def work() -> None:
        if instance.host:
            instance.host.start()
        else:
            boot(context, instance)

    def undo() -> None:
        instance.status = before
    instance.body["lastStartTimestamp"] = timestamp()
    return _operate(context, "start", instance, work=work, finish=lambda: run(context, instance), undo=undo)


@route("POST", _METHOD + "reset", "compute.instances.reset")
def reset_instance(context: Context) -> dict:
    instance = _ready(context, "RUNNING")

    def work() -> None:
        if instance.host:
            instance.host.reset()
    return _operate(context, "reset", instance, work=work)


@route("POST", _METHOD + "setMetadata", "compute.instances.setMetadata", body=METADATA)
def set_metadata(context: Context) -> dict:
    instance = find_instance(context)
    items = context.body.get("items", [])
    check_metadata("metadata", items)
    check_fingerprint(context.body.get("fingerprint"), instance.body["metadata"]["fingerprint"],
                      "Supplied fingerprint does not match current metadata fingerprint.")
    instance.body["metadata"] = {"kind": "compute#metadata", **_fingerprinted(instance, "metadata", items)}

    def work() -> None:
        with context.cloud.world.lock:
            users, host = users_of(instance.metadata(), context.project.metadata), instance.host
        if host:
            host.update_keys(users)
    return _operate(context, "setMetadata", instance, work=work)


@route("POST", _METHOD + "setTags", "compute.instances.setTags", body=TAGS)
def set_tags(context: Context) -> dict:
    instance = find_instance(context)
    items = context.body.get("items", [])
    check_tags("tags", items)
    check_fingerprint(context.body.get("fingerprint"), instance.body["tags"]["fingerprint"],
                      "Supplied fingerprint does not match current tags fingerprint.")
    instance.body["tags"] = _fingerprinted(instance, "tags", items)
    return _operate(context, "setTags", instance)


@route("POST", _METHOD + "setLabels", "compute.instances.setLabels", body=SET_LABELS)
def set_labels(context: Context) -> dict:
    instance = find_instance(context)
    labels = context.body.get("labels", {})
    check_labels("labels", labels)
    check_fingerprint(context.body.get("labelFingerprint"), instance.body["labelFingerprint"],
                      "Labels fingerprint either invalid or resource labels have changed")
    instance.body["labels"] = labels
    instance.body["labelFingerprint"] = fingerprint_of([labels, instance.body["labelFingerprint"]])
    return _operate(context, "setLabels", instance)


def _fingerprinted(instance: Instance, field: str, items: list) -> dict:
    # The old fingerprint goes into the new one, so that no change leads back to a fingerprint of before.
    made = {"fingerprint": fingerprint_of([items, instance.body[field]["fingerprint"]])}
    return {**made, "items": items} if items else made

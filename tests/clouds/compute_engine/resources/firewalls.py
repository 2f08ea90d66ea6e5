# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Firewall rules of a project."""

from __future__ import annotations

import ipaddress
import re

from ..errors import already_exists, invalid, not_found, not_ready, required
from ..links import link
from ..names import NAME, check_name
from ..routing import LIST_QUERY, Context, route
from ..shapes import FIREWALL
from ..world import new_id, timestamp
from .lists import list_answer
from .networks import resolve_network

_PROTOCOLS = {"tcp", "udp", "icmp", "esp", "ah", "ipip", "sctp", "all"}
_WITH_PORTS = {"tcp", "udp", "sctp", "6", "17", "132"}
_OUTPUT_ONLY = ("kind", "id", "creationTimestamp", "selfLink")


def _path(context: Context, name: str) -> str:
    return context.path("global", "firewalls", name)


def _find(context: Context) -> dict:
    name = context.ids["firewall"]
    if name not in context.project.firewalls:
        raise not_found(_path(context, name))
    return context.project.firewalls[name]


@route("GET", "global/firewalls/{firewall}", "compute.firewalls.get")
def get_firewall(context: Context) -> dict:
    return _find(context)


@route("GET", "global/firewalls", "compute.firewalls.list", query=LIST_QUERY)
def list_firewalls(context: Context) -> dict:
    return list_answer(context, "compute#firewallList", list(context.project.firewalls.values()))


@route("POST", "global/firewalls", "compute.firewalls.create", body=FIREWALL)
def insert_firewall(context: Context) -> dict:
    rule = _checked(context, context.body)
    path = _path(context, rule["name"])
    if rule["name"] in context.project.firewalls:
        raise already_exists(path)
    context.project.firewalls[rule["name"]] = {
        **rule, "kind": "compute#firewall", "id": new_id(), "creationTimestamp": timestamp(), "selfLink": link(path)}

    def undo() -> None:
        context.project.firewalls.pop(rule["name"], None)
    return _operate(context, "insert", path, undo=undo)


@route("PUT", "global/firewalls/{firewall}", "compute.firewalls.update", body=FIREWALL)
def update_firewall(context: Context) -> dict:
    return _replace(context, _find(context), context.body, "update")


@route("PATCH", "global/firewalls/{firewall}", "compute.firewalls.update", body=FIREWALL)
def patch_firewall(context: Context) -> dict:
    old = _find(context)
    return _replace(context, old, {**old, **context.body}, "patch")


@route("DELETE", "global/firewalls/{firewall}", "compute.firewalls.delete")
def delete_firewall(context: Context) -> dict:
    old = _find(context)
    path = _path(context, old["name"])
    _check_ready(context, path)
    return _operate(context, "delete", path, finish=lambda: context.project.firewalls.pop(old["name"], None))


def _replace(context: Context, old: dict, body: dict, kind: str) -> dict:
    path = _path(context, old["name"])
    if body.get("name", old["name"]) != old["name"]:
        raise invalid("resource.name", body["name"], f"It must be '{old['name']}', the name in the URL.")
    rule = _checked(context, {**body, "name": old["name"]})
    if rule["network"] != old["network"]:
        raise invalid("resource.network", body.get("network"), "The network of a firewall rule cannot be changed.")
    if rule["direction"] != old["direction"]:
        raise invalid("resource.direction", body.get("direction"), "The direction of a firewall rule cannot be changed.")
    _check_ready(context, path)
    kept = {key: old[key] for key in _OUTPUT_ONLY}
    context.project.firewalls[old["name"]] = {**rule, **kept}

    def undo() -> None:
        context.project.firewalls[old["name"]] = old
    return _operate(context, kind, path, undo=undo)


def _check_ready(context: Context, path: str) -> None:
    if any(operation.target == path for operation in context.cloud.operations.running()):
        raise not_ready(path)


def _operate(context: Context, kind: str, path: str, **steps) -> dict:
    return context.cloud.operate(context, context.path("global"), kind, path, **steps)


def _checked(context: Context, body: dict) -> dict:
    """The rule with the API's defaults, ApiError 400 if it breaks a rule."""
    if not body.get("name"):
        raise required("resource.name")
    check_name("resource.name", body["name"])
    network = resolve_network(context.cloud.world, context.project, "resource.network",
                              body.get("network") or "global/networks/default")
    if bool(body.get("allowed")) == bool(body.get("denied")):
        raise invalid("resource.allowed", "", "Exactly one of allowed and denied must be specified.")
    for field in ("allowed", "denied"):
        _check_protocols(f"resource.{field}", body.get(field, []))
    direction = body.get("direction", "INGRESS")
    if direction not in ("INGRESS", "EGRESS"):
        raise invalid("resource.direction", direction, "Must be one of: INGRESS, EGRESS.")
    if (direction == "INGRESS" and body.get("destinationRanges")) or (direction == "EGRESS" and (
            body.get("sourceRanges") or body.get("sourceTags"))):
        raise invalid("resource", "", f"Sources or destinations do not fit a rule of direction {direction}.")
    for field in ("sourceRanges", "destinationRanges"):
        for index, text in enumerate(body.get(field, [])):
            _check_range(f"resource.{field}[{index}]", text)
    for field in ("sourceTags", "targetTags"):
        for index, tag in enumerate(body.get(field, [])):
            if not re.fullmatch(NAME, tag):
                raise invalid(f"resource.{field}[{index}]", tag, f"Must be a match of regex '(?:{NAME})'")
    priority = int(body.get("priority", 1000))
    if not 0 <= priority <= 65535:
        raise invalid("resource.priority", priority, "Must be between 0 and 65535.")
    rule = {key: value for key, value in body.items() if key not in _OUTPUT_ONLY and value not in ([], "")}
    rule.update(network=network["selfLink"], direction=direction, priority=priority)
    rule.setdefault("disabled", False)
    rule.setdefault("logConfig", {"enable": False})
    if direction == "INGRESS" and not rule.get("sourceRanges") and not rule.get("sourceTags"):
        rule["sourceRanges"] = ["0.0.0.0/0"]
    return rule


def _check_protocols(field: str, entries: list[dict]) -> None:
    for index, entry in enumerate(entries):
        protocol = entry.get("IPProtocol", "")
        if not protocol:
            raise required(f"{field}[{index}].IPProtocol")
        known = protocol in _PROTOCOLS or (protocol.isdigit() and int(protocol) < 256)
        if not known:
            raise invalid(f"{field}[{index}].IPProtocol", protocol, "Must be a known protocol name or a number up to 255.")
        if entry.get("ports") and protocol not in _WITH_PORTS:
            raise invalid(f"{field}[{index}].ports", entry["ports"][0], "Ports cannot be given for this protocol.")
        for number, ports in enumerate(entry.get("ports", [])):
            match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", ports)
            if not match or int(match[1]) > int(match[2] or match[1]) or int(match[2] or match[1]) > 65535:
                raise invalid(f"{field}[{index}].ports[{number}]", ports,
                              "Must be a port or a range of ports between 0 and 65535.")


def _check_range(field: str, text: str) -> None:
    try:
        ipaddress.ip_network(text, strict=True)
    except ValueError:
        raise invalid(field, text, "Must be a CIDR address range.") from None

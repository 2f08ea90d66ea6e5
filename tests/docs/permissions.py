# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""What a cloud wants its caller to be allowed for each call, as its own documents say, and what the pages' policies allow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tests.docs.blocks import blocks

# Google: the method's page of the API reference, "IAM permissions". Of an insert, by what its body holds.
GOOGLE = [
    ("GET", r"projects/[^/]+", ["compute.projects.get"]),
    ("GET", r".*/instances", ["compute.instances.list"]),
    ("GET", r".*/instances/[^/]+", ["compute.instances.get"]),
    ("DELETE", r".*/instances/[^/]+", ["compute.instances.delete"]),
    ("POST", r".*/instances/[^/]+/(start|stop|reset|resume|setMetadata|setTags|setLabels)", ["compute.instances.{}"]),
    ("GET", r".*/disks", ["compute.disks.list"]),
    ("GET", r".*/disks/[^/]+", ["compute.disks.get"]),
    ("DELETE", r".*/disks/[^/]+", ["compute.disks.delete"]),
    ("GET", r".*/global/firewalls/[^/]+", ["compute.firewalls.get"]),
    ("POST", r".*/global/firewalls", ["compute.firewalls.create", "compute.networks.updatePolicy"]),
    ("PUT", r".*/global/firewalls/[^/]+", ["compute.firewalls.update", "compute.networks.updatePolicy"]),
    ("DELETE", r".*/global/firewalls/[^/]+", ["compute.firewalls.delete", "compute.networks.updatePolicy"]),
    ("POST", r".*/zones/[^/]+/operations/[^/]+/wait", ["compute.zoneOperations.get"]),
    ("POST", r".*/global/operations/[^/]+/wait", ["compute.globalOperations.get"]),
]


def google(calls) -> set[str]:
    return {permission for call in calls for permission in of_google_call(call)}


def of_google_call(call) -> Iterator[str]:
    path = call.path.partition("/compute/v1/")[2]
    if call.method == "POST" and path.endswith("/instances"):
        body = call.json()
        disk, interface = body["disks"][0]["initializeParams"], body["networkInterfaces"][0]
        yield from ("compute.instances.create", "compute.disks.create", "compute.subnetworks.use")
        yield from ["compute.subnetworks.useExternalIp"] * bool(interface.get("accessConfigs"))
        yield from ["compute.disks.setLabels"] * bool(disk.get("labels"))
        for key, verb in (("labels", "setLabels"), ("metadata", "setMetadata"), ("tags", "setTags"),
                          ("serviceAccounts", "setServiceAccount")):
            yield from [f"compute.instances.{verb}"] * bool(body.get(key))
        return
    for method, pattern, wanted in GOOGLE:
        match = re.fullmatch(pattern, path)
        if match and method == call.method:
            yield from (permission.format(*match.groups()) for permission in wanted)
            return
    raise AssertionError(f"{call.method} {path}: no row says which permission it takes")


def amazonec2(calls) -> set[str]:
    """An action is its permission; tags in a call that makes something take ec2:CreateTags besides."""
    actions = {f"ec2:{call.action}" for call in calls}
    tagged = any("TagSpecification" in key for call in calls for key in call.request.form())
    return actions | ({"ec2:CreateTags"} if tagged else set())


VERBS = {"GET": "read", "PUT": "write", "DELETE": "delete"}


def azure(calls) -> set[str]:
    return {permission for call in calls for permission in of_azure_call(call)}


def of_azure_call(call) -> Iterator[str]:
    path = call.path.strip("/")
    *_, provider = ("/" + path).rpartition("/providers/")
    if "/providers/" not in "/" + path:
        kinds = ["Microsoft.Resources", "subscriptions"] + (["resourceGroups"] if "/resourcegroups/" in f"/{path}/".lower() else [])
        words = []
    else:
        space, *words = provider.split("/")
        kinds = [space]
    # Types and names take turns; a last type without a name is a look at it, or an action.
    kinds += words[0::2]
    if call.method == "POST":
        yield "/".join(kinds) + "/action"
        return
    yield "/".join(kinds) + "/" + VERBS[call.method]
    # What a resource is tied to must be joined.
    text = json.dumps(call.json()) if call.method == "PUT" else ""
    for kind in ("networkInterfaces", "networkSecurityGroups", "publicIPAddresses"):
        if re.search(rf'"id": "[^"]*/{kind}/', text, re.I):
            yield f"Microsoft.Network/{kind}/join/action"
    if re.search(r'"id": "[^"]*/virtualNetworks/[^"]*/subnets/', text, re.I):
        yield "Microsoft.Network/virtualNetworks/subnets/join/action"


def policy(driver: str) -> set[str]:
    """All that the policies of the driver's page allow."""
    if driver == "google":
        return {line.removeprefix("- ") for block in blocks("yaml google-role") for line in block.lines() if line.startswith("- ")}
    documents = [json.loads(block.text) for block in blocks(f"json {'aws-policy' if driver == 'amazonec2' else 'azure-role'}")]
    if driver == "amazonec2":
        return {action for document in documents for statement in document["Statement"] for action in statement["Action"]}
    return {action for document in documents for action in document["Actions"]}


CALLS = {"google": google, "amazonec2": amazonec2, "azure": azure}

# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Microsoft's model classes, read as a description of the API: which fields there are, of which types, and which of them
only the service writes."""

from __future__ import annotations

import datetime
import enum
import functools
import importlib
import importlib.util
import re
import sys
import types
import typing
from typing import Any

_PACKAGES = {"compute": "azure.mgmt.compute.models", "network": "azure.mgmt.network.models",
             "resources": "azure.mgmt.resource.resources.models"}
_RESOURCES = {
    "resourceGroups/{group}": "resources.ResourceGroup",
    "Microsoft.Compute/virtualMachines": "compute.VirtualMachine",
    "Microsoft.Compute/availabilitySets": "compute.AvailabilitySet",
    "Microsoft.Compute/disks": "compute.Disk",
    "Microsoft.Compute/images": "compute.Image",
    "Microsoft.Network/networkInterfaces": "network.NetworkInterface",
    "Microsoft.Network/networkSecurityGroups": "network.NetworkSecurityGroup",
    "Microsoft.Network/networkSecurityGroups/{name}/securityRules": "network.SecurityRule",
    "Microsoft.Network/virtualNetworks": "network.VirtualNetwork",
    "Microsoft.Network/virtualNetworks/{name}/subnets": "network.Subnet",
    "Microsoft.Network/publicIPAddresses": "network.PublicIPAddress",
}
# What the answers of lists and of one-off methods are made of, by the end of the path.
_ANSWERS = {
    "virtualMachines/{name}/instanceView": "compute.VirtualMachineInstanceView",
    "Microsoft.Compute/skus": "compute.ResourceSku",
    "Microsoft.Compute/locations/{location}/usages": "compute.Usage",
    "Microsoft.Network/locations/{location}/usages": "network.Usage",
    "Microsoft.Compute/locations/{location}/vmSizes": "compute.VirtualMachineSize",
    "locations/{location}/publishers": "compute.VirtualMachineImageResource",
    "artifacttypes/vmimage/offers": "compute.VirtualMachineImageResource",
    "offers/{offer}/skus": "compute.VirtualMachineImageResource",
    "skus/{sku}/versions": "compute.VirtualMachineImage",
    "skus/{sku}/versions/{version}": "compute.VirtualMachineImage",
    "{subscription}/resourceGroups": "resources.ResourceGroup",
    "{subscription}/resources": "resources.GenericResourceExpanded",
    "{group}/resources": "resources.GenericResourceExpanded",
    "{subscription}/providers": "resources.Provider",
    "providers/{namespace}": "resources.Provider",
    "providers/{namespace}/register": "resources.Provider",
}
# Enumerations whose description says that they do not keep up with the service.
_OPEN = {"VirtualMachineSizeTypes"}


def available() -> bool:
    """Whether Microsoft's packages are installed."""
    try:
        return all(importlib.util.find_spec(package) for package in _PACKAGES.values())
    except ModuleNotFoundError:
        return False


def of_request(method: str, template: str) -> str | None:
    return _resource_of(template) if method == "PUT" else None


def of_answer(method: str, template: str) -> str | None:
    return next((model for end, model in _ANSWERS.items() if template.endswith(end)), None) or _resource_of(template)


def _resource_of(template: str) -> str | None:
    path = template.partition("/providers/")[2] or template.partition("{subscription}/")[2]
    path = re.sub(r"/{\w+}$", "", path) if "Microsoft" in path else path
    return _RESOURCES.get(path)


def check(model: str, value: Any, at: str, *, asking: bool) -> list[str]:
    """What is wrong with a value of a model such as compute.VirtualMachine. `asking`: it is a request, where fields that
    only the service writes have no place. A list's answer is checked item by item."""
    if not asking and isinstance(value, list):
        return [c for index, item in enumerate(value) for c in check(model, item, f"{at}[{index}]", asking=False)]
    if not asking and isinstance(value, dict) and set(value) <= {"value", "nextLink"} and "value" in value:
        return check(model, value["value"], f"{at}.value", asking=False)
    return _check_class(class_of(model), value, at, asking)


def class_of(model: str) -> type:
    package, _, name = model.partition(".")
    return getattr(importlib.import_module(_PACKAGES[package]), name)


@functools.lru_cache(maxsize=None)
def fields_of(model_class: type) -> dict[str, tuple[Any, bool, bool]]:
    """Name in JSON -> its type, whether only the service writes it, whether it must be there."""
    model_class({})  # the fields get their names with the first instance
    module = sys.modules[model_class.__module__]
    public = importlib.import_module(model_class.__module__.rpartition(".")[0])
    hints = typing.get_type_hints(model_class, vars(module), {"_models": public})
    found = {}
    for attribute, field in model_class._attr_to_rest_field.items():
        hint = hints.get(attribute, Any)
        found[field._rest_name] = (hint, field._visibility == ["read"], not _takes_none(hint))
    return found


def _takes_none(hint: Any) -> bool:
    return hint is Any or type(None) in typing.get_args(hint)


def _check_class(model_class: type, value: Any, at: str, asking: bool) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at} is {value!r}, not an object ({model_class.__name__})"]
    fields = fields_of(model_class)
    complaints = []
    for name, item in value.items():
        if name not in fields:
            complaints.append(f"{at} has the unknown field {name} ({model_class.__name__})")
            continue
        hint, read_only, _ = fields[name]
        if asking and read_only:
            complaints.append(f"{at}.{name} is written by the service alone ({model_class.__name__})")
        elif item is not None:
            complaints += _check_hint(hint, item, f"{at}.{name}", asking)
    complaints += [f"{at} lacks the required field {name} ({model_class.__name__})"
                   for name, (_, read_only, needed) in fields.items() if needed and not read_only and value.get(name) is None]
    return complaints


def _check_hint(hint: Any, value: Any, at: str, asking: bool) -> list[str]:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return []
    if origin in (typing.Union, types.UnionType):
        return _check_union([one for one in arguments if one is not type(None)], value, at, asking)
    if origin is typing.Literal:
        return [] if value in arguments else [f"{at} is {value!r}, not one of {arguments}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{at} is {value!r}, not an array"]
        return [c for index, item in enumerate(value) for c in _check_hint(arguments[0], item, f"{at}[{index}]", asking)]
    if origin is dict:
        if not isinstance(value, dict):
            return [f"{at} is {value!r}, not an object"]
        return [c for name, item in value.items() for c in _check_hint(arguments[1], item, f"{at}.{name}", asking)]
    if isinstance(hint, type) and hasattr(hint, "_is_model"):
        return _check_class(hint, value, at, asking)
    return _check_scalar(hint, value, at)


def _check_union(choices: list[Any], value: Any, at: str, asking: bool) -> list[str]:
    """A union of str and an enumeration means its words; Azure reads them in any case."""
    words = [word.value for one in choices if isinstance(one, type) and issubclass(one, enum.Enum)
             and one.__name__ not in _OPEN for word in one]
    if words:
        good = isinstance(value, str) and value.lower() in (str(word).lower() for word in words)
        return [] if good else [f"{at} is {value!r}, not one of {', '.join(map(str, words))}"]
    found = [_check_hint(one, value, at, asking) for one in choices]
    return min(found, key=len) if found else []


def _check_scalar(hint: Any, value: Any, at: str) -> list[str]:
    if hint is datetime.datetime:
        try:
            datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
            return []
        except (AttributeError, ValueError):
            return [f"{at} is {value!r}, not a point in time"]
    wanted = {str: str, bool: bool, int: int, float: (int, float), bytes: str}.get(hint)
    if wanted is None:
        return []
    if not isinstance(value, wanted) or (isinstance(value, bool) and hint is not bool):
        return [f"{at} is {value!r}, not of type {hint.__name__}"]
    return []

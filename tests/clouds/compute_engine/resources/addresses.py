# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Static external addresses of a region."""

from __future__ import annotations

import ipaddress

from ..errors import already_exists, in_use, invalid, not_found, required
from ..links import link
from ..names import check_name
from ..routing import LIST_QUERY, Context, route
from ..shapes import ADDRESS
from ..world import Address
from .lists import list_answer


def address_body(address: Address) -> dict:
    state = {"status": "IN_USE", "users": [link(address.user)]} if address.user else {"status": "RESERVED"}
    return {**address.body, **state}


def _find(context: Context) -> Address:
    region, name = context.ids["region"], context.ids["address"]
    if (region, name) not in context.project.addresses:
        raise not_found(context.path("regions", region, "addresses", name))
    return context.project.addresses[region, name]


@route("GET", "regions/{region}/addresses/{address}", "compute.addresses.get")
def get_address(context: Context) -> dict:
    return address_body(_find(context))


@route("GET", "regions/{region}/addresses", "compute.addresses.list", query=LIST_QUERY)
def list_addresses(context: Context) -> dict:
    return list_answer(context, "compute#addressList", [
        address_body(address) for address in context.project.addresses.values() if address.region == context.ids["region"]])


@route("POST", "regions/{region}/addresses", "compute.addresses.create", body=ADDRESS)
def insert_address(context: Context) -> dict:
    name, region = context.body.get("name"), context.ids["region"]
    if not name:
        raise required("resource.name")
    check_name("resource.name", name)
    path = context.path("regions", region, "addresses", name)
    if (region, name) in context.project.addresses:
        raise already_exists(path)
    given = context.body.get("address")
    if given is not None:
        try:
            ipaddress.IPv4Address(given)
        except ValueError:
            raise invalid("resource.address", given, "Must be an IPv4 address.") from None
    number = len(context.project.addresses) + 1
    context.cloud.world.add_address(context.project.id, region, name, given or f"203.0.113.{number % 254 + 1}")
    return context.cloud.operate(context, f"projects/{context.project.id}/regions/{region}", "insert", path)


@route("DELETE", "regions/{region}/addresses/{address}", "compute.addresses.delete")
def delete_address(context: Context) -> dict:
    address = _find(context)
    if address.user:
        raise in_use(address.path, address.user)
    del context.project.addresses[address.region, address.body["name"]]
    return context.cloud.operate(context, f"projects/{context.project.id}/regions/{address.region}", "delete", address.path)

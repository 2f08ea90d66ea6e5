# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Key pairs: brought by their public half, or made here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

from ..errors import ApiError, invalid, missing
from ..filters import select, tag_set
from ..ids import visible
from ..query import BOOL, FILTERS, STRING, TAG_SPECIFICATIONS
from ..routing import Context, action
from ..tagging import tags_for
from ..world import KeyPair, new_id
from ..xml import timestamp


def new_key_pair(name: str, public: str) -> KeyPair:
    """From a line of authorized_keys. ApiError if it is none that EC2 takes."""
    parts = public.split(None, 2)
    if len(parts) < 2 or parts[0] not in ("ssh-rsa", "ssh-ed25519"):
        raise _bad_format()
    try:
        fields = _fields(base64.b64decode(parts[1], validate=True))
    except (binascii.Error, ValueError):
        raise _bad_format() from None
    if fields[:1] != [parts[0].encode()] or len(fields) != (3 if parts[0] == "ssh-rsa" else 2):
        raise _bad_format()
    if parts[0] == "ssh-rsa":
        bits = int.from_bytes(fields[2], "big").bit_length()
        if bits not in (1024, 2048, 4096):
            raise ApiError("InvalidKey.Format", f"Supported key lengths are 1024, 2048, and 4096, not {bits}")
        return KeyPair(id=new_id("key"), name=name, public=public.strip(), kind="rsa", fingerprint=_rsa_print(fields))
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(parts[1])).digest()).decode()
    return KeyPair(id=new_id("key"), name=name, public=public.strip(), kind="ed25519", fingerprint=digest)


@action("DescribeKeyPairs", {"KeyName": [STRING], "KeyPairId": [STRING], "IncludePublicKey": BOOL, "Filter": FILTERS})
def describe_key_pairs(context: Context) -> dict:
    params = context.params
    pairs = visible(context, context.region.key_pairs.values())
    for name in params.get("KeyName", []):
        if name not in [pair.name for pair in pairs]:
            raise not_found(name)
    for number in params.get("KeyPairId", []):
        if number not in [pair.id for pair in pairs]:
            raise _no_id(number)
    if params.get("KeyName") or params.get("KeyPairId"):
        pairs = [pair for pair in pairs if pair.name in params.get("KeyName", []) or pair.id in params.get("KeyPairId", [])]
    found = select(context, pairs, {"key-name": lambda pair: pair.name, "key-pair-id": lambda pair: pair.id,
                                    "fingerprint": lambda pair: pair.fingerprint})
    return {"keySet": [{"keyPairId": pair.id, "keyFingerprint": pair.fingerprint, "keyName": pair.name, "keyType": pair.kind,
                        "tagSet": tag_set(pair), "createTime": timestamp(pair.created),
                        "publicKey": pair.public if params.get("IncludePublicKey") else None} for pair in found]}


@action("ImportKeyPair", {"KeyName": STRING, "PublicKeyMaterial": STRING, "TagSpecification": TAG_SPECIFICATIONS},
        required=("KeyName", "PublicKeyMaterial"))
def import_key_pair(context: Context) -> dict:
    try:
        text = base64.b64decode(context.params["PublicKeyMaterial"], validate=True).decode()
    except ValueError:
        raise ApiError("InvalidKey.Format", "Key is not in valid OpenSSH public key format") from None
    return _shown(_add(context, new_key_pair(_free_name(context), text)))


@action("CreateKeyPair", {"KeyName": STRING, "KeyType": STRING, "KeyFormat": STRING,
                          "TagSpecification": TAG_SPECIFICATIONS}, required=("KeyName",))
def create_key_pair(context: Context) -> dict:
    name, kind = _free_name(context), context.params.get("KeyType", "rsa")
    if kind not in ("rsa", "ed25519"):
        raise invalid(f"Value ({kind}) for parameter KeyType is invalid. Valid values are rsa, ed25519.")
    if context.params.get("KeyFormat", "pem") not in ("pem", "ppk"):
        raise invalid(f"Value ({context.params['KeyFormat']}) for parameter KeyFormat is invalid. Valid values are pem, ppk.")
    if context.params.get("KeyFormat") == "ppk":
        raise ApiError("NotSimulated", "PuTTY keys are not simulated")
    context.commit()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", kind, *(["-b", "2048", "-m", "PEM"] if kind == "rsa" else []), "-N", "",
                        "-C", name, "-f", path], check=True)
        pair = _add(context, new_key_pair(name, path.with_suffix(".pub").read_text()))
        return {**_shown(pair), "keyMaterial": path.read_text()}


@action("DeleteKeyPair", {"KeyName": STRING, "KeyPairId": STRING})
def delete_key_pair(context: Context) -> dict:
    name, number = context.params.get("KeyName"), context.params.get("KeyPairId")
    if not name and not number:
        raise missing("KeyName or KeyPairId")
    if name and number:
        raise ApiError("InvalidParameterCombination", "The parameter KeyName cannot be used with the parameter KeyPairId")
    pairs = context.region.key_pairs
    found = next((pair for pair in pairs.values() if number == pair.id or name == pair.name), None)
    context.commit()
    if found:
        del pairs[found.name]
    # What is not there is deleted all the same, by name as by id.
    return {"return": True, "keyPairId": found.id if found else None}


def not_found(name: str) -> ApiError:
    return ApiError("InvalidKeyPair.NotFound", f"The key pair '{name}' does not exist")


def _no_id(number: str) -> ApiError:
    if not re.fullmatch("key-[0-9a-f]{17}", number):
        return ApiError("InvalidParameterValue", f"Invalid id: \"{number}\" (expecting \"key-...\")")
    return ApiError("InvalidKeyPair.NotFound", f"The key pair ID '{number}' does not exist")


def _free_name(context: Context) -> str:
    name = context.params["KeyName"]
    if len(name) > 255 or not name.isascii():
        raise invalid(f"Value ({name}) for parameter KeyName is invalid. Character sets beyond ASCII are not supported."
                      if not name.isascii() else "The key name is longer than 255 characters")
    if name in context.region.key_pairs:
        raise ApiError("InvalidKeyPair.Duplicate", "The keypair already exists")
    return name


def _add(context: Context, pair: KeyPair) -> KeyPair:
    pair.tags = tags_for(context.params, {"key-pair"}).get("key-pair", {})
    context.commit()
    context.region.key_pairs[pair.name] = pair
    return pair


def _shown(pair: KeyPair) -> dict:
    return {"keyName": pair.name, "keyFingerprint": pair.fingerprint, "keyPairId": pair.id, "tagSet": tag_set(pair)}


def _bad_format() -> ApiError:
    return ApiError("InvalidKey.Format", "Key is not in valid OpenSSH public key format")


def _fields(blob: bytes) -> list[bytes]:
    fields = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        if len(blob) < 4 + length:
            raise ValueError("cut off")
        fields.append(blob[4:4 + length])
        blob = blob[4 + length:]
    return fields


def _rsa_print(fields: list[bytes]) -> str:
    """MD5 of the public key in DER (SubjectPublicKeyInfo), as EC2 shows it of imported keys."""
    numbers = _der(2, fields[2]) + _der(2, fields[1])
    info = _der(0x30, bytes.fromhex("300d06092a864886f70d0101010500") + _der(3, b"\0" + _der(0x30, numbers)))
    return ":".join(f"{byte:02x}" for byte in hashlib.md5(info).digest())


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    head = bytes([size]) if size < 128 else bytes([0x80 | (size.bit_length() + 7) // 8]) + \
        size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + head + content

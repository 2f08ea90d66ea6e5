# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Many instances at once, as somebody else's creates left them: for listings."""

from __future__ import annotations

from .links import link
from .world import Instance, Project, World, fingerprint_of, new_id, timestamp


def add_instances(world: World, project: Project, zone: str, names: list[str], address: str | None,
                  status: str = "RUNNING", labels: dict[str, str] | None = None) -> None:
    """Instances that no host stands behind, with a boot disk each. `address`: the external one of all, None for
    instances without."""
    with world.changed:
        for name in names:
            path = f"{project.path}/zones/{zone}/instances/{name}"
            disk = f"{project.path}/zones/{zone}/disks/{name}-disk"
            labelled = {"labels": dict(labels)} if labels else {}
            project.disks[zone, f"{name}-disk"] = _disk(project, zone, f"{name}-disk", disk, path) | labelled
            project.instances[zone, name] = Instance(
                _body(project, zone, name, path, disk) | labelled, path, zone, status=status,
                nat_ip=address if status == "RUNNING" else None)


def _disk(project: Project, zone: str, name: str, path: str, user: str) -> dict:
    return {
        "kind": "compute#disk", "id": new_id(), "creationTimestamp": timestamp(), "name": name,
        "zone": link(f"{project.path}/zones/{zone}"), "selfLink": link(path), "sizeGb": "10", "status": "READY",
        "type": link(f"{project.path}/zones/{zone}/diskTypes/pd-standard"), "users": [link(user)],
        "labelFingerprint": fingerprint_of({}), "physicalBlockSizeBytes": "4096",
    }


def _body(project: Project, zone: str, name: str, path: str, disk: str) -> dict:
    region = zone.rsplit("-", 1)[0]
    metadata = {"items": [{"key": "ssh-keys", "value": f"ubuntu:ssh-rsa {'A' * 370} ubuntu"}]}
    return {
        "kind": "compute#instance", "id": new_id(), "creationTimestamp": timestamp(), "name": name,
        "description": "docker host vm", "zone": link(f"{project.path}/zones/{zone}"), "selfLink": link(path),
        "machineType": link(f"{project.path}/zones/{zone}/machineTypes/n1-standard-1"), "cpuPlatform": "Intel Haswell",
        "canIpForward": False, "deletionProtection": False, "startRestricted": False,
        "tags": {"items": ["docker-machine"], "fingerprint": fingerprint_of("docker-machine")},
        "metadata": {"kind": "compute#metadata", "fingerprint": fingerprint_of(metadata), **metadata},
        "labelFingerprint": fingerprint_of({}), "fingerprint": fingerprint_of(path),
        "disks": [{
            "kind": "compute#attachedDisk", "type": "PERSISTENT", "mode": "READ_WRITE", "source": link(disk),
            "deviceName": "persistent-disk-0", "index": 0, "boot": True, "autoDelete": True, "interface": "SCSI",
        }],
        "networkInterfaces": [{
            "kind": "compute#networkInterface", "name": "nic0", "networkIP": "10.128.0.2",
            "network": link(f"{project.path}/global/networks/default"),
            "subnetwork": link(f"{project.path}/regions/{region}/subnetworks/default"),
            "fingerprint": fingerprint_of("nic0"),
            "accessConfigs": [{"kind": "compute#accessConfig", "type": "ONE_TO_ONE_NAT", "name": "External NAT",
                               "networkTier": "PREMIUM"}],
        }],
        "scheduling": {"onHostMaintenance": "MIGRATE", "automaticRestart": True, "preemptible": False,
                       "provisioningModel": "STANDARD"},
        "lastStartTimestamp": timestamp(),
    }

# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Machines of the driver google in a store, as Docker Machine wrote them: for listings."""

from __future__ import annotations

import json
from pathlib import Path


def add_machines(store: Path, names: list[str], address: str = "", zone: str = "us-central1-a", **options) -> None:
    """`address`: what the store says about where they are. `options`: more keys of HostOptions."""
    certs = store / "certs"
    for name in names:
        folder = store / "machines" / name
        folder.mkdir(parents=True, mode=0o700)
        (folder / "config.json").write_text(json.dumps({
            "ConfigVersion": 3,
            "Driver": {
                "IPAddress": address, "MachineName": name, "SSHUser": "ubuntu", "SSHPort": 22, "SSHKeyPath": "",
                "StorePath": str(store), "SwarmMaster": False, "SwarmHost": "tcp://0.0.0.0:3376", "SwarmDiscovery": "",
                "Zone": zone, "MachineType": "n1-standard-1", "Project": "demo-project",
            },
            "DriverName": "google",
            "HostOptions": {
                "Driver": "", "Memory": 0, "Disk": 0, "EngineOptions": {}, "SwarmOptions": {},
                "AuthOptions": {
                    "CertDir": str(certs), "CaCertPath": str(certs / "ca.pem"),
                    "CaPrivateKeyPath": str(certs / "ca-key.pem"), "ClientKeyPath": str(certs / "key.pem"),
                    "ClientCertPath": str(certs / "cert.pem"), "ServerCertPath": str(folder / "server.pem"),
                    "ServerKeyPath": str(folder / "server-key.pem"), "StorePath": str(folder),
                },
                **options,
            },
            "Name": name,
        }))

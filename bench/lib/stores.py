# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Stores of any number of machines in the form Docker Machine 0.16.2 writes them."""

import json
import pathlib
import shutil

from lib import pki

COPIED = ("ca.pem", "cert.pem", "key.pem", "server.pem", "server-key.pem")


def make_certs(store, addresses):
    """CA, client and server certificate; the server's is good for every address given."""
    certs = pathlib.Path(store) / "certs"
    pki.make_ca(certs)
    pki.issue(certs, "cert", "bench.<bootstrap>", "clientAuth")
    pki.issue(certs, "server", "bench.server", "serverAuth", [f"IP:{a}" for a in addresses])
    return certs


def name_of(number):
    return f"runner-abcdefghi-bench-1700000000-{number:08x}"


def fill(store, count, driver_name, driver_keys):
    """Adds machines so that the store holds `count`; all have the same keys but for their names."""
    store = pathlib.Path(store)
    machines = store / "machines"
    for number in range(count):
        folder = machines / name_of(number)
        if folder.exists():
            continue
        folder.mkdir(parents=True, mode=0o700)
        for file in COPIED:
            shutil.copy2(store / "certs" / file, folder / file)
        config = host(store, name_of(number), driver_name, driver_keys)
        (folder / "config.json").write_text(json.dumps(config, indent=4))
        (folder / "config.json").chmod(0o600)


def host(store, name, driver_name, driver_keys):
    certs, folder = store / "certs", store / "machines" / name
    driver = {
        "IPAddress": "", "MachineName": name, "SSHUser": "root", "SSHPort": 22, "SSHKeyPath": "",
        "StorePath": str(store), "SwarmMaster": False, "SwarmHost": "", "SwarmDiscovery": "",
    }
    engine = {
        "ArbitraryFlags": [], "Dns": None, "GraphDir": "", "Env": [], "Ipv6": False,
        "InsecureRegistry": [], "Labels": [], "LogLevel": "", "StorageDriver": "",
        "SelinuxEnabled": False, "TlsVerify": True, "RegistryMirror": [],
        "InstallURL": "https://get.docker.com",
    }
    swarm = {
        "IsSwarm": False, "Address": "", "Discovery": "", "Agent": False, "Master": False,
        "Host": "tcp://0.0.0.0:3376", "Image": "swarm:latest", "Strategy": "spread",
        "Heartbeat": 0, "Overcommit": 0, "ArbitraryFlags": [], "ArbitraryJoinFlags": [],
        "Env": None, "IsExperimental": False,
    }
    auth = {
        "CertDir": str(certs), "CaCertPath": str(certs / "ca.pem"),
        "CaPrivateKeyPath": str(certs / "ca-key.pem"), "CaCertRemotePath": "",
        "ServerCertPath": str(folder / "server.pem"), "ServerKeyPath": str(folder / "server-key.pem"),
        "ClientKeyPath": str(certs / "key.pem"), "ServerCertRemotePath": "",
        "ServerKeyRemotePath": "", "ClientCertPath": str(certs / "cert.pem"), "ServerCertSANs": [],
        "StorePath": str(folder),
    }
    return {
        "ConfigVersion": 3, "Driver": {**driver, **driver_keys}, "DriverName": driver_name,
        "HostOptions": {
            "Driver": "", "Memory": 0, "Disk": 0, "EngineOptions": engine, "SwarmOptions": swarm,
            "AuthOptions": auth,
        },
        "Name": name,
    }

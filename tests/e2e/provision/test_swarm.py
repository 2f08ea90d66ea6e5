# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""The containers of the retired swarm (provision.md section 3)."""

from __future__ import annotations

import json

from tests.e2e.program import Program
from tests.lab.images import Images

# Stands for the image of swarm, which no registry of the lab has: takes any command.
IMPORT = """docker import --change 'ENTRYPOINT ["/bin/busybox", "sh", "-c", "sleep 600"]' - swarm:latest"""


def test_a_master_and_an_agent_run_with_the_options_given(boot, manager, tmp_path):
    host = boot()
    image = host.disk.root / "root/image.tar"
    image.write_bytes(Images.current().image_tar.read_bytes())
    host.exec(f"{IMPORT} </root/image.tar")
    program = Program(tmp_path / "store", name="docker-machine")
    result = program.run(
        "create", "-d", "generic", "--generic-ip-address", host.ip, "--generic-ssh-user", "ubuntu", "--generic-ssh-key", str(manager.key),
        "--swarm", "--swarm-master", "--swarm-discovery", "token://abc", "--swarm-strategy", "binpack", "--swarm-opt", "heartbeat=5s",
        "--swarm-join-opt", "ttl=1m", "--swarm-host", "tcp://0.0.0.0:3377", "--engine-env", "A=b c", "m")  # fmt: skip
    assert result.code == 0, result
    assert "Configuring swarm..." in result.lines()

    def containers() -> dict[str, dict]:
        return {one["Name"]: one for one in json.loads(host.exec("docker inspect swarm-agent-master swarm-agent").stdout)}

    made = containers()
    master, agent = made["/swarm-agent-master"], made["/swarm-agent"]
    assert master["Config"]["Cmd"] == [
        "manage", "--tlsverify", "--tlscacert=/etc/docker/ca.pem", "--tlscert=/etc/docker/server.pem",
        "--tlskey=/etc/docker/server-key.pem", "-H", "tcp://0.0.0.0:3377", "--strategy", "binpack", "--advertise",
        f"{host.ip}:3376", "--heartbeat=5s", "token://abc"]  # fmt: skip
    assert agent["Config"]["Cmd"] == ["join", "--advertise", f"{host.ip}:2376", "--ttl=1m", "token://abc"]
    assert master["HostConfig"]["PortBindings"] == {"3377/tcp": [{"HostIp": "", "HostPort": "3377"}]}
    assert master["HostConfig"]["Binds"] == ["/etc/docker:/etc/docker"]
    for one in made.values():
        assert one["State"]["Running"] and one["HostConfig"]["RestartPolicy"]["Name"] == "always"
        assert "A=b c" in one["Config"]["Env"]

    # A second time they are left alone.
    assert program.run("provision", "m").code == 0
    assert {one["Id"] for one in containers().values()} == {one["Id"] for one in made.values()}

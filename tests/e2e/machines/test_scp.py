# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""scp between here and machines, and between machines, by the system's clients and by our own."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

BY_CLIENT = pytest.mark.parametrize("client", [["scp"], ["--native-ssh", "scp"]], ids=["system", "native"])


@pytest.fixture
def tree(tmp_path):
    top = tmp_path / "tree"
    (top / "deep" / "er").mkdir(parents=True)
    (top / "empty").mkdir()
    (top / "deep" / "er" / "file with blank").write_text("text\n")
    (top / "big").write_bytes(os.urandom(5_000_000))
    (top / "run").write_text("#!/bin/sh\n")
    (top / "run").chmod(0o750)
    (top / "link").symlink_to("big")
    return top


def contents(top: Path) -> dict[str, tuple[int, bytes]]:
    return {str(path.relative_to(top)): (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
            for path in sorted(top.rglob("*")) if path.is_file()}  # fmt: skip


@BY_CLIENT
def test_a_file_goes_to_a_machine_and_comes_back(fleet, tree, tmp_path, client):
    program, host = fleet.program, fleet.hosts["a"]
    assert program.ok(*client, "-q", str(tree / "run"), "a:/tmp/there") == ""
    assert host.exec("stat -c '%a %U' /tmp/there; cat /tmp/there").stdout == "750 ubuntu\n#!/bin/sh\n"
    program.ok(*client, "a:/tmp/there", str(tmp_path / "back"))
    assert contents(tmp_path)["back"] == (0o750, b"#!/bin/sh\n")
    host.exec("rm /tmp/there")


@BY_CLIENT
def test_paths_begin_at_home_and_folders_take_the_name(fleet, tree, tmp_path, client):
    program, host = fleet.program, fleet.hosts["a"]
    host.exec("rm -rf /home/ubuntu/copies; sudo -u ubuntu mkdir /home/ubuntu/copies")
    program.ok(*client, str(tree / "run"), "a:")
    program.ok(*client, str(tree / "run"), "ubuntu@a:copies")
    program.ok(*client, str(tree / "run"), "a:~/copies/other")
    assert host.exec("cd /home/ubuntu; ls run copies").stdout == "run\n\ncopies:\nother\nrun\n"
    program.ok(*client, "a:copies/other", f"localhost:{tmp_path}")
    assert (tmp_path / "other").exists()
    host.exec("rm -rf /home/ubuntu/copies /home/ubuntu/run")


@BY_CLIENT
def test_folders_need_the_option(fleet, tree, tmp_path, client):
    program = fleet.program
    assert program.run(*client, str(tree), "a:/tmp/tree").code == 1
    program.ok(*client, "-r", str(tree), "a:/tmp/tree")
    program.ok(*client, "--recursive", "a:/tmp/tree", str(tmp_path / "back"))
    assert contents(tmp_path / "back") == contents(tree)
    assert (tmp_path / "back" / "empty").is_dir()
    program.ok(*client, "-r", "a:/tmp/tree", str(tmp_path / "back"))  # there now: into it
    assert contents(tmp_path / "back" / "tree") == contents(tree)
    fleet.hosts["a"].exec("rm -rf /tmp/tree")


@BY_CLIENT
def test_between_machines_with_other_ports_and_keys(fleet, tree, client):
    program, hosts = fleet.program, fleet.hosts
    program.ok(*client, "-r", "-q", str(tree), "a:/tmp/from-a")
    program.ok(*client, "-r", "-q", "a:/tmp/from-a", "b:/tmp/on-b")
    sums = "cd {}; find . -type f | sort | xargs -d '\\n' sha256sum"
    assert hosts["b"].exec(sums.format("/tmp/on-b")).stdout == hosts["a"].exec(sums.format("/tmp/from-a")).stdout
    program.ok(*client, "b:/tmp/on-b/run", "b:/tmp/twice")
    assert hosts["b"].exec("cat /tmp/twice").stdout == "#!/bin/sh\n"
    for name, host in hosts.items():
        host.exec("rm -rf /tmp/from-a /tmp/on-b /tmp/twice")
        pins = (program.store / "machines" / name / "known_hosts").read_text()
        assert pins.split()[0] == name  # nobody else's key was written there


@BY_CLIENT
def test_failures_tell_why(fleet, tmp_path, client):
    program = fleet.program
    for words, cause in (
        (["a:/nosuch", str(tmp_path)], "/nosuch"),
        ([str(tmp_path / "none"), "a:/tmp/x"], str(tmp_path / "none")),
        ([str(program.store / "certs/ca.pem"), "a:/root/x"], "ermission denied"),
    ):
        result = program.run(*client, *words)
        assert (result.code, result.out) == (1, "")
        assert cause in result.err
    absent = ('Docker machine "x" does not exist. Use "docker-machine ls" to list machines. '
              'Use "docker-machine create" to add a new one.\n')  # fmt: skip
    result = program.run(*client, "x:/a", "b")
    assert (result.code, result.err) == (1, "Error loading host: Error loading host: " + absent)
    for words in ([], ["a"], ["a", "b", "c"]):
        result = program.run(*client, *words)
        assert (result.code, result.err) == (1, "Improper number of arguments\n")
        assert result.out == program.ok("help", "scp")


@BY_CLIENT
def test_a_host_with_another_key_gets_and_gives_nothing(fleet, tree, tmp_path, client):
    program = fleet.program
    pin = program.store / "machines" / "a" / "known_hosts"
    kept = pin.read_text()
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    pin.write_text("a " + " ".join(other.with_suffix(".pub").read_text().split()[:2]) + "\n")
    try:
        assert program.run(*client, str(tree / "run"), "a:/tmp/stolen").code == 1
        assert program.run(*client, "a:/etc/hostname", str(tmp_path / "got")).code == 1
        assert program.run(*client, "b:/etc/hostname", "a:/tmp/stolen").code == 1
    finally:
        pin.write_text(kept)
    assert fleet.hosts["a"].exec("ls /tmp/stolen", check=False).returncode != 0
    assert not (tmp_path / "got").exists()


def test_without_an_scp_program_our_own_is_used(fleet, tree, tmp_path):
    (tmp_path / "bin").mkdir()
    fleet.program.ok("scp", str(tree / "run"), "a:/tmp/no-scp", environment={"PATH": str(tmp_path / "bin")})
    fleet.hosts["a"].exec("rm /tmp/no-scp")
    result = fleet.program.run("scp", "-d", "a:x", "b", environment={"PATH": str(tmp_path / "bin")})
    assert (result.code, result.err) == (1, "You must have a copy of the rsync binary locally to use the --delta option\n")


def test_the_reference_order_of_words(fleet, tmp_path):
    """`scp a -q b` copies from b to a: words before the first option come last."""
    program = fleet.program
    program.ok("scp", str(tmp_path / "name"), "-q", "a:/etc/hostname")
    assert (tmp_path / "name").read_text() == "a\n"


def test_nothing_of_the_key_but_its_path_is_in_argv(fleet, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("scp", "rsync", "ssh"):
        (folder / name).write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{tmp_path}/{name}.words\nexit 3\n')
        (folder / name).chmod(0o755)
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    result = fleet.program.run("scp", "-r", "-q", "b:/x", "y", environment=path)
    assert (result.code, result.err) == (1, "exit status 3\n")
    words = (tmp_path / "scp.words").read_text().split("\n")[:-1]
    store = fleet.program.store / "machines" / "b"
    assert words == [
        "-o", "StrictHostKeyChecking=yes", "-o", f'UserKnownHostsFile="{store}/known_hosts"', "-o", "HostKeyAlias=b",
        "-o", "LogLevel=error", "-o", "IdentitiesOnly=yes", "-o", "Port=2222",
        "-o", f'IdentityFile="{store}/key-b"', "-3", "-r", "-q", f"ubuntu@{fleet.hosts['b'].ip}:/x", "y",
    ]  # fmt: skip
    assert fleet.program.run("scp", "--delta", "b:/x", "y", environment=path).code == 1
    assert (tmp_path / "rsync.words").read_text().startswith("--progress\n-e\nssh -o ")


@pytest.mark.skipif(shutil.which("rsync") is None, reason="no rsync here")
def test_delta_sends_by_rsync(fleet, tree, tmp_path):
    program, host = fleet.program, fleet.hosts["a"]
    put_program(host, "rsync")
    program.ok("scp", "-d", "-q", "-r", f"{tree}/", "a:/tmp/delta")
    (tree / "run").write_text("changed\n")
    out = program.ok("scp", "-d", "-r", f"{tree}/", "a:/tmp/delta")
    assert "run" in out
    assert host.exec("cat /tmp/delta/run").stdout == "changed\n"
    program.ok("scp", "--delta", "--quiet", "a:/tmp/delta/big", str(tmp_path / "big"))
    assert (tmp_path / "big").read_bytes() == (tree / "big").read_bytes()
    host.exec("rm -rf /tmp/delta")


def put_program(host, name: str) -> None:
    """A program of this machine, with its libraries and its C library, on a host that may have others."""
    folder = host.disk.root / "opt" / name
    folder.mkdir(parents=True)
    program = shutil.which(name)
    libraries = [word for word in subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.split()
                 if word.startswith("/")]  # fmt: skip
    for file in (program, *libraries):
        shutil.copy(file, folder)
    loader = next(Path(file).name for file in libraries if "ld-linux" in file)
    wrapper = host.disk.root / "usr/local/bin" / name
    wrapper.write_text(f'#!/bin/sh\nexec /opt/{name}/{loader} --library-path /opt/{name} /opt/{name}/{name} "$@"\n')
    wrapper.chmod(0o755)

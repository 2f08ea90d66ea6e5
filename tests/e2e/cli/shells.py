# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Completing a line in the real shells: bash and zsh at a terminal of their own, fish by its own `complete -C`."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
from pathlib import Path

COMPLETIONS = Path(__file__).parents[3] / "completions"
PROMPT = b"ready> "
INSERT_ALL = b"\x18\x01"
TAB = b"\t"

# Both bind ^X^A to "insert all completions" and ^X^P to "tell the line".
BASH = r"""
PS1='ready> '
bind 'set enable-bracketed-paste off'
bind '"\C-x\C-a": insert-completions'
bind -x '"\C-x\C-p": printf "%s\n" "$READLINE_LINE" >"$ANSWER"'
. "$COMPLETIONS/dmachine.bash"
"""
ZSH = r"""
PS1='ready> '
unsetopt zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste
fpath=("$COMPLETIONS" $fpath)
autoload -Uz compinit && compinit -u -D
zle -C all-matches complete-word _generic
bindkey '^X^A' all-matches
zstyle ':completion:all-matches:*' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true
tell() { print -r -- "$BUFFER" >"$ANSWER" }
zle -N tell
bindkey '^X^P' tell
"""


def _wait_for(terminal: int, text: bytes) -> None:
    seen = b""
    while text not in seen:
        assert select.select([terminal], [], [], 60)[0], f"no {text!r} in {seen!r}"
        seen += os.read(terminal, 4096)


def _at_a_terminal(command: list[str], keys: bytes, variables: dict[str, str], folder: Path) -> str:
    """The line after these keys."""
    answer = folder / "answer"
    if not answer.exists():
        os.mkfifo(answer)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, variables | {"ANSWER": str(answer), "COMPLETIONS": str(COMPLETIONS), "TERM": "dumb"})
    reader = os.open(answer, os.O_RDONLY | os.O_NONBLOCK)
    try:
        _wait_for(terminal, PROMPT)
        os.write(terminal, keys + b"\x18\x10")
        told = b""
        while not told.endswith(b"\n"):
            ready = select.select([reader, terminal], [], [], 60)[0]
            assert ready, f"no answer to {keys!r}"
            if terminal in ready:
                os.read(terminal, 65536)  # a full terminal would stop the shell
            if reader in ready:
                told += os.read(reader, 65536)
        return told.decode().rstrip("\n")
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)
        os.close(reader)


def complete_line(shell: str, line: str, variables: dict[str, str], folder: Path, key: bytes = INSERT_ALL) -> str:
    """bash's or zsh's line with all candidates in the place of its last word, or as TAB leaves it."""
    keys = line.encode() + key
    if shell == "bash":
        (folder / "rc").write_text(BASH)
        return _at_a_terminal(["bash", "--noprofile", "--rcfile", str(folder / "rc"), "-i"], keys, variables, folder)
    (folder / ".zshrc").write_text(ZSH)
    return _at_a_terminal(["zsh", "-d", "-i"], keys, variables | {"ZDOTDIR": str(folder)}, folder)


def candidates(shell: str, line: str, variables: dict[str, str], folder: Path) -> set[str]:
    """What `shell` offers for the line's last word."""
    if shell == "fish":
        script = f"source {COMPLETIONS}/dmachine.fish; complete -C $argv[1]"
        done = subprocess.run(["fish", "--no-config", "-c", script, line], env=variables, cwd=folder, text=True,
                              stdout=subprocess.PIPE, check=True, timeout=120)
        return {row.split("\t")[0] for row in done.stdout.splitlines()}
    before = line[: line.rindex(" ") + 1]
    completed = complete_line(shell, line, variables, folder)
    assert completed.startswith(before), completed
    return set(completed[len(before):].split())

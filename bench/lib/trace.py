# SPDX-FileCopyrightText: The dmachine authors
# SPDX-License-Identifier: Apache-2.0
"""Runs one command under ptrace and counts what it and all its descendants used.

Sampling /proc misses processes that live for a millisecond, and ru_maxrss of a child counts the
memory of whoever forked it. So every process is stopped once, on its way out, and asked for VmHWM
(the peak resident set since its exec). Tracing slows the command down: wall time is measured apart.

As a program: trace.py RESULT_FILE [--syscalls] -- ARGV… writes a JSON object to RESULT_FILE.
"""

import ctypes
import json
import os
import signal
import sys

PTRACE_CONT, PTRACE_SYSCALL = 7, 24
PTRACE_GETEVENTMSG, PTRACE_SEIZE, PTRACE_LISTEN = 0x4201, 0x4206, 0x4208
OPTIONS = (
    0x1  # TRACESYSGOOD: system call stops are told apart from real SIGTRAPs
    | 0x2 | 0x4 | 0x8  # follow fork, vfork, clone
    | 0x10 | 0x40  # stop at exec and on the way out
    | 0x100000  # EXITKILL: no tracee outlives this process
)
EVENT_FORK, EVENT_EXEC, EVENT_EXIT, EVENT_STOP = 1, 4, 6, 128
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, data=0):
    """False when the tracee is gone (killed between its stop and this call)."""
    return libc.ptrace(request, pid, None, data) == 0


def status_of(tid):
    """Process id and peak resident KiB of a stopped thread, or None when it has no memory left."""
    fields = {}
    try:
        with open(f"/proc/{tid}/status") as file:
            for line in file:
                key, _, value = line.partition(":")
                fields[key] = value.split()
    except OSError:
        return None
    if "VmHWM" not in fields:
        return None
    return int(fields["Tgid"][0]), int(fields["VmHWM"][0])


def run(argv, syscalls=False):
    """Peak KiB of each process, most processes at once, system calls, exit code."""
    child = os.fork()
    if child == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            os.execvp(argv[0], argv)
        finally:
            os._exit(127)
    os.waitpid(child, os.WUNTRACED)
    if not ptrace(PTRACE_SEIZE, child, OPTIONS):
        raise OSError(ctypes.get_errno(), "ptrace refused")
    os.kill(child, signal.SIGCONT)

    go_on = PTRACE_SYSCALL if syscalls else PTRACE_CONT
    # A process counts once it has memory of its own: what vfork made and no exec followed (the Go
    # runtime's probes, a failed spawn) shares its parent's.
    peaks, own, alive, calls, most, code = {}, {child}, {child}, 0, 1, None
    while True:
        try:
            tid, status = os.waitpid(-1, WALL)
        except ChildProcessError:
            break
        if not os.WIFSTOPPED(status):
            alive.discard(tid)
            if tid == child:
                code = os.waitstatus_to_exitcode(status)
            continue
        event, sig = status >> 16, os.WSTOPSIG(status)
        if event == EVENT_STOP and sig in (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
            ptrace(PTRACE_LISTEN, tid)
            continue
        if event in (EVENT_FORK, EVENT_EXEC):
            pid = message(tid) if event == EVENT_FORK else tid
            own.add(pid)
            alive.add(pid)
            most = max(most, len(alive))
        if event == EVENT_EXIT:
            seen = status_of(tid)
            if seen and seen[0] in own:
                peaks[seen[0]] = max(peaks.get(seen[0], 0), seen[1])
        if sig == signal.SIGTRAP | 0x80:
            calls += 1
        deliver = 0 if event or sig == signal.SIGTRAP | 0x80 else sig
        ptrace(go_on, tid, deliver)
    return {
        "code": code,
        "peaks_kib": sorted(peaks.values(), reverse=True),
        "processes": len(peaks),
        "most_at_once": most,
        "syscalls": calls // 2 if syscalls else None,  # one stop at entry, one at return
    }


def message(tid):
    """The new process's id at a fork's stop."""
    value = ctypes.c_ulong()
    ptrace(PTRACE_GETEVENTMSG, tid, ctypes.addressof(value))
    return value.value


def main(words):
    result, words = words[0], words[1:]
    syscalls = words[0] == "--syscalls"
    argv = words[words.index("--") + 1 :]
    counted = run(argv, syscalls)
    with open(result, "w") as file:
        json.dump(counted, file)


if __name__ == "__main__":
    main(sys.argv[1:])

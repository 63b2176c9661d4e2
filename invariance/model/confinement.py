"""What the operating system takes from a process that runs a stranger's model, for as long as it lives.

|  | Linux | macOS | Windows |
|---|---|---|---|
| memory, open files, no core dump | yes | files and core dump only | no |
| comes after all others for the processor | yes | yes | no |
| no network, no other program started | yes (seccomp; x86-64 and ARM) | no | no |
| reads nothing but its folder and Python's, writes nothing | where the kernel has Landlock (5.13 or newer) | no | no |
| goes when the app goes | at once | as soon as it waits or runs a graph | the same |

Everywhere the app ends it when it takes too long, and asks it to use one thread.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

LESS_URGENT = 10  # added to the process's niceness: who needs a core as well gets nine parts of ten
OPEN_FILES = 64
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 1, 38, 22, 2  # prctl.h, seccomp.h
REFUSED = 0x00050000 | 13  # SECCOMP_RET_ERRNO with EACCES
ALLOWED = 0x7FFF0000  # SECCOMP_RET_ALLOW
X32 = 0x40000000  # bit of the numbers of a second set of calls on x86-64
CALLS = {  # by machine: its number in audit.h; socket, execve, execveat, io_uring_setup (that opens sockets too)
    "x86_64": (0xC000003E, (41, 59, 322, 425)),
    "aarch64": (0xC00000B7, (198, 221, 281, 425)),
}
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # the same on every machine
BENEATH = 1  # LANDLOCK_RULE_PATH_BENEATH
READ_FILE, READ_FOLDER = 1 << 2, 1 << 3
KINDS_OF_ACCESS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # to files, by Landlock's version; newer ones know as many
SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/share/zoneinfo", "/sys/devices/system/cpu", "/dev/null", "/dev/urandom")


def confine(places: Sequence[Path], memory: int) -> None:
    """Take from this process what a stranger's model has no need of; nothing gives it back.

    Args:
        places: with Python's own the only folders that it may read; the first becomes its working folder.
        memory: bytes that it may take beside what it has.
    """
    os.chdir(places[0])
    if sys.platform == "win32":
        return
    import resource  # there is none on Windows

    os.nice(LESS_URGENT)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        Path("/proc/self/oom_score_adj").write_text("1000")  # the first to go when the machine runs out of memory
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)  # without it, what follows is for root only
        _only_files_in(libc, places)
        _no_network(libc)


def go_with_parent() -> None:
    """Let this process be killed when the thread that started it ends. Nothing happens but on Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0)


def _no_network(libc: ctypes.CDLL) -> None:
    """Refuse the calls of CALLS, and all calls of another machine's kind, by a filter in the kernel."""
    if platform.machine() not in CALLS:
        return
    machine, calls = CALLS[platform.machine()]
    load, equal, above, give = 0x20, 0x15, 0x35, 0x06  # BPF: load a word, jump if equal, if not less, return
    tests = [(equal, call) for call in calls] + ([(above, X32)] if platform.machine() == "x86_64" else [])
    code = [
        (load, 0, 0, 4),  # the machine
        (equal, 0, len(tests) + 2, machine),
        (load, 0, 0, 0),  # the call's number
        *((kind, len(tests) - place, 0, number) for place, (kind, number) in enumerate(tests)),
        (give, 0, 0, ALLOWED),
        (give, 0, 0, REFUSED),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in code))
    header = struct.pack("HL", len(code), ctypes.addressof(program))
    libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0)


def landlock() -> int:
    """The version of Landlock that the kernel has; below 1 if it has none, or a container refuses it."""
    return ctypes.CDLL(None).syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)


def _only_files_in(libc: ctypes.CDLL, places: Sequence[Path]) -> None:
    """Let this process open files beneath some folders and Python's own, to read them, and no others."""
    version = landlock()
    if version < 1:
        return
    handled = (1 << KINDS_OF_ACCESS.get(version, max(KINDS_OF_ACCESS.values()))) - 1
    scoped = 3 if version >= 6 else 0  # no signals to other processes, no abstract sockets of theirs
    rules = struct.pack("QQQ", handled, 0, scoped)[: 24 if version >= 6 else 16 if version >= 4 else 8]
    ruleset = libc.syscall(LANDLOCK_CREATE, rules, ctypes.c_size_t(len(rules)), 0)
    own = Path(__file__).parents[1]
    installed = [place for place in sys.path if place and Path(place) != own.parent]  # not what lies beside the library
    for place in (*places, own, sys.prefix, sys.base_prefix, *installed, *SYSTEM):
        try:
            opened = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue  # this system has none of that name
        access = READ_FILE | (READ_FOLDER if os.path.isdir(place) else 0)
        libc.syscall(LANDLOCK_ADD, ruleset, BENEATH, struct.pack("=Qi", access, opened), 0)
        os.close(opened)
    libc.syscall(LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)

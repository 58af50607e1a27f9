"""A sandbox for the process that opens files from strangers.

A picture may contain an attack on the library that reads it. So after all imports, the process
gives up everything that it does not need. It may compute, and read and write files that it gets
already open. It cannot open other files, use the network or reach other processes, and it runs as
another user if it was started by root.

The parts are independent, and not every system supports all of them (``build_wall`` tells which are
missing). If one has a hole or is missing, the others still protect. The decoder imports this
module; it is not part of the server's package, and uses only the standard library.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Callable

MOST_MEMORY = 1024 * 1024 * 1024
MOST_FILES = 32
# A user id that nothing else uses. The user "nobody" may have other processes, which the process
# could reach.
WALLED_USER = WALLED_GROUP = 65_533
# The server gets the CPU first when there is not enough, because all clients wait for it.
NICE = 10

# Numbers of prctl(2).
SET_DUMPABLE, SET_SECCOMP, SET_NO_NEW_PRIVS = 4, 22, 38
FILTER = 2
# Numbers of landlock(7), which are the same on all machines.
CREATE_RULESET, RESTRICT_SELF = 444, 446
VERSION_ONLY = 1
# Everything that each version of Landlock can forbid: for files, TCP and other processes.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
NEWEST_FILE_RIGHTS = 16
TCP_RIGHTS, SCOPES = 2, 2

# The system calls that are allowed, with their numbers on each machine: for memory, time, the
# process's own signals, and open files. All others fail with EPERM.
X86, ARM = 0, 1
CALLS: dict[str, tuple[int, int]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "readv": (19, 65),
    "writev": (20, 66),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "dup": (32, 23),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    # The process has only one socket for this and cannot make another.
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    "exit": (60, 93),
    "fcntl": (72, 25),
    # Pillow asks for the current folder.
    "getcwd": (79, 17),
    "getrusage": (98, 165),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "futex": (202, 98),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    # Some C libraries use this for fstat. It reveals that a file exists, but not its content.
    "newfstatat": (262, 79),
    "getrandom": (318, 278),
    "rseq": (334, 293),
}
# System calls that are allowed if one argument (given by its place) has none of certain bits.
EXECUTABLE = 0x4
LIMITED_CALLS: dict[str, tuple[tuple[int, int], int, int]] = {
    "mmap": ((9, 222), 2, EXECUTABLE),
    "mprotect": ((10, 226), 2, EXECUTABLE),
    # The process raises its own limits for each file. It cannot change those of another process.
    "prlimit64": ((302, 261), 0, 0xFFFFFFFF),
}
# By platform.machine(): the kernel's number for the machine, and the index of its numbers above.
MACHINES = {"x86_64": (0xC000003E, X86), "aarch64": (0xC00000B7, ARM)}


def build_wall() -> list[str]:
    """Builds the wall, which cannot be undone. Returns the parts that this system does not
    support."""
    parts: dict[str, Callable[[], None]] = {
        "limits": _limit,
        "another user": _leave_user,
        "no new privileges": lambda: _prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        "landlock": _close_files,
        # This part comes last, because it forbids the calls that the others make.
        "seccomp": _close_calls,
    }
    missing = []
    for name, part in parts.items():
        try:
            part()
        except (OSError, ValueError, AttributeError, LookupError):
            missing.append(name)
    return missing


def _limit() -> None:
    os.nice(NICE)
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, MOST_FILES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_AS, MOST_MEMORY),
    ):
        resource.setrlimit(what, (most, most))


def allow(cpu_seconds: int, file_bytes: int) -> None:
    """Sets the limits for the next file, on top of what was used before. If the process uses more
    CPU, the kernel kills it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _allow(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds)
    _allow(resource.RLIMIT_FSIZE, file_bytes)


def _allow(what: int, most: int) -> None:
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _leave_user() -> None:
    """Switches to a user without any rights, if the process was started by root. Other users cannot
    switch."""
    if os.geteuid() != 0:
        return
    os.setgroups([])
    os.setresgid(WALLED_GROUP, WALLED_GROUP, WALLED_GROUP)
    os.setresuid(WALLED_USER, WALLED_USER, WALLED_USER)


def _libc() -> ctypes.CDLL:
    if sys.platform != "linux":
        raise OSError("this is Linux's")
    return ctypes.CDLL(None, use_errno=True)


def _called(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "the kernel refused it")
    return result


def _prctl(what: int, *given: int) -> None:
    _called(_libc().prctl(what, *(ctypes.c_ulong(each) for each in given)))


def _syscall(number: int, *given: object) -> int:
    return _called(_libc().syscall(ctypes.c_long(number), *given))


def _close_files() -> None:
    """Forbids, by Landlock, to open, connect to or signal anything, without exceptions."""
    version = _syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION_ONLY))
    files = (1 << FILE_RIGHTS.get(version, NEWEST_FILE_RIGHTS)) - 1
    tcp = (1 << TCP_RIGHTS) - 1 if version >= 4 else 0
    scopes = (1 << SCOPES) - 1 if version >= 6 else 0
    rules = struct.pack("<QQQ", files, tcp, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    made = _syscall(CREATE_RULESET, rules, ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        _syscall(RESTRICT_SELF, ctypes.c_int(made), ctypes.c_uint32(0))
    finally:
        os.close(made)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def _close_calls() -> None:
    _prctl(SET_DUMPABLE, 0, 0, 0, 0)
    code = seccomp_filter(*MACHINES[platform.machine()])
    program = _Program(len(code) // 8, code)
    address = ctypes.cast(ctypes.pointer(program), ctypes.c_void_p).value or 0
    _prctl(SET_SECCOMP, FILTER, address, 0, 0)


def seccomp_filter(machine: int, place: int) -> bytes:
    """A program for the kernel's packet filter: see seccomp(2). Each instruction loads or compares
    a value, and says how many instructions to skip if the comparison is true, and if it is not."""
    load, equal, any_bit, answer = 0x20, 0x15, 0x45, 0x06
    allowed, refused, killed = 0x7FFF0000, 0x00050000 | 1, 0x80000000
    code = [(load, 0, 0, 4), (equal, 1, 0, machine), (answer, 0, 0, killed), (load, 0, 0, 0)]
    for numbers in CALLS.values():
        code += [(equal, 0, 1, numbers[place]), (answer, 0, 0, allowed)]
    for numbers, argument, bits in LIMITED_CALLS.values():
        code += [
            (equal, 0, 4, numbers[place]),
            (load, 0, 0, 16 + 8 * argument),
            (any_bit, 0, 1, bits),
            (answer, 0, 0, refused),
            (answer, 0, 0, allowed),
        ]
    code.append((answer, 0, 0, refused))
    return b"".join(struct.pack("<HBBI", *each) for each in code)

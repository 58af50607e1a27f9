"""The wall around the processes that open uploaded files: code behind it tries to get out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from server.media.decoding import Decoders
from tests.support.files import sound
from tests.support.node import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the wall is Linux's")

# All imports come first: behind the wall nothing can be imported.
BEFORE = """
import ctypes, mmap, os, resource, signal, socket, subprocess, sys, threading
sys.path.insert(0, sys.argv[1])
import wall
database, listener, parent = sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
libc = ctypes.CDLL(None, use_errno=True)
def called(number, *given):
    if libc.syscall(ctypes.c_long(number), *given) < 0:
        raise OSError(ctypes.get_errno(), "refused")
def read(path):
    with open(path, "rb") as file:
        print("read", file.read(1))
"""
UP = """
missing = wall.build_wall()
wall.allow(1, 1000)
assert not missing, missing
"""

PROBES = {
    "the database": "read(database)",
    "the folder of the database": "print(os.listdir(os.path.dirname(database)))",
    "a new file": "open('/tmp/made-behind-the-wall', 'w')",
    "the server's environment": "read(f'/proc/{parent}/environ')",
    "the server's memory": "read(f'/proc/{parent}/mem')",
    "the server's open files": "print(os.listdir(f'/proc/{parent}/fd'))",
    "its own environment": "read('/proc/self/environ')",
    "to look into the server": "called(101, 16, parent, 0, 0)",
    "to read the server's memory": "called(310, parent, None, 0, None, 0, 0)",
    "a connection": "socket.socket().connect(('127.0.0.1', listener))",
    "a socket": "socket.socket(socket.AF_UNIX)",
    "a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "a fork": "os.fork()",
    "a thread": "threading.Thread(target=print).start()",
    "a program": "os.execv('/bin/true', ['true'])",
    "a program beside it": "subprocess.run(['/bin/true'])",
    "a signal to the server": "os.kill(parent, 0)",
    "a limit of the server": "resource.prlimit(parent, resource.RLIMIT_CPU, (1, 1))",
    "more memory": "resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))",
    "code of its own": "mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC)",
    "to be root again": "os.setuid(0)",
    "another root folder": "os.chroot('/')",
    "a device's settings": "called(16, 0, 0x5413, 0)",
    "what is on the ring": "called(425, 1, None)",
    "32 bits": "called(0x40000000 + 39)",
}


def behind(
    code: str, database: Path, listener: int, up: str = UP
) -> subprocess.CompletedProcess[str]:
    given = [str(ROOT / "server/media"), str(database), str(listener), str(os.getpid())]
    return subprocess.run(
        [sys.executable, "-c", BEFORE + up + code, *given],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def database(folder: Path) -> Path:
    file = folder / "chat.db"
    file.write_bytes(b"all that was ever said")
    # Everybody may read the file, so only the wall protects it.
    for path in (file, *file.parents):
        if path.owner() == "root" and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    return file


@pytest.mark.parametrize("what", PROBES)
def test_it_does_not_get(what: str, database: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = f"try:\n    {PROBES[what]}\nexcept (OSError, RuntimeError, ValueError) as e:\n"
        code += "    print('refused', type(e).__name__)\nelse:\n    print('got it')\n"
        done = behind(code, database, listener.getsockname()[1])
    assert done.stdout.startswith("refused"), (done.stdout, done.stderr[-2000:])


def test_it_can_still_work(database: Path) -> None:
    code = "import math\nprint(sum(n * n for n in range(1000)), len(bytes(10**7)))"
    assert behind(code, database, 1).stdout == "332833500 10000000\n"


@pytest.mark.parametrize(
    ("lost", "part"),
    [("wall.MACHINES.clear()", "seccomp"), ("wall.CREATE_RULESET = 9999", "landlock")],
)
def test_what_a_system_lacks_is_told_and_the_rest_stands(
    database: Path, lost: str, part: str
) -> None:
    code = "print(missing)\ntry:\n    read(database)\nexcept OSError:\n    print('refused')"
    done = behind(code, database, 1, up=f"{lost}\nmissing = wall.build_wall()\n")
    assert done.stdout == f"['{part}']\nrefused\n", done.stderr


def test_who_takes_too_much_cpu_is_killed(database: Path) -> None:
    code = "try:\n    while True: pass\nexcept BaseException: pass\nprint('it went on')"
    done = behind(code, database, 1)
    assert (done.returncode, done.stdout) == (-24, "")


async def test_decoders_are_behind_it(folder: Path) -> None:
    """The server's decoder processes are behind the wall. If the server runs as root, they run as
    another user."""
    file = folder / "sound"
    file.write_bytes(sound(0.5))
    os.environ["SECRET_KEY"] = "something that nobody else may know"
    decoders = Decoders()
    try:
        assert (await decoders.run("duration", "ann", file, kind="wav")).duration == 500
        [decoder] = [
            each for each in psutil.Process().children() if "decoder.py" in str(each.cmdline())
        ]
        status = Path(f"/proc/{decoder.pid}/status").read_text()
        facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert facts["Seccomp"].strip() == "2" and facts["NoNewPrivs"].strip() == "1"
        if os.geteuid() == 0:
            assert set(facts["Uid"].split()) == {"65533"} == set(facts["Gid"].split())
            assert facts["Groups"].strip() == ""
            assert int(facts["CapEff"], 16) == 0
        assert "SECRET_KEY" not in decoder.environ()
        held = {os.readlink(each) for each in Path(f"/proc/{decoder.pid}/fd").iterdir()}
        assert {link.partition(":")[0] for link in held} <= {"socket", "/dev/null"}
        assert decoder.cwd() == "/"
        assert decoder.nice() == 10
    finally:
        del os.environ["SECRET_KEY"]
        await decoders.close()

"""Keeps the decoder of HEIC pictures from starting a thread, which the wall does not allow.

It runs in the decoder, before the wall is built. libde265 decodes as well without threads, but the
library between it and us (libheif) always asks for at least one, and gives up if it does not come.
So the function that starts them is made to return at once. Where that is not possible, such
pictures have no preview.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
from pathlib import Path

_LIBRARY, _FUNCTION = "libde265", "de265_start_worker_threads"
# "Return 0", in the code of each machine.
_RETURN = {"x86_64": bytes.fromhex("31c0c3"), "aarch64": bytes.fromhex("00008052c0035fd6")}
_WRITABLE = mmap.PROT_READ | mmap.PROT_WRITE
_EXECUTABLE = mmap.PROT_READ | mmap.PROT_EXEC


def forbid_threads() -> None:
    maps = Path("/proc/self/maps")
    code = _RETURN.get(platform.machine())
    if code is None or not maps.exists():
        return
    found = {line.split()[-1] for line in maps.read_text().splitlines() if _LIBRARY in line}
    for path in found:
        function = getattr(ctypes.CDLL(path), _FUNCTION)
        at = ctypes.cast(function, ctypes.c_void_p).value or 0
        begins = at - at % mmap.PAGESIZE
        pages = ctypes.c_void_p(begins), ctypes.c_size_t(at + len(code) - begins)
        protect = ctypes.CDLL(None).mprotect
        if protect(*pages, _WRITABLE) == 0:
            ctypes.memmove(at, code, len(code))
            protect(*pages, _EXECUTABLE)

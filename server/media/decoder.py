"""A separate process that opens files from strangers, so that the server itself need not. It is run
as a script.

Its standard input is a socket. Each line that comes in is a job in JSON, together with its files,
which are already open. Each answer is a line too. The process has no settings and no secrets, and
it builds a wall around itself before the first job (``wall.py``). A file that takes too much of
anything ends only this process.
"""

from __future__ import annotations

import errno
import json
import os
import socket
from typing import Any, BinaryIO

import pictures  # type: ignore[import-not-found]
import stripping  # type: ignore[import-not-found]
import tracks  # type: ignore[import-not-found]
import wall  # type: ignore[import-not-found]

# The most CPU time for one file.
MOST_CPU_SECONDS = 5
# How much a file may grow when it is encoded again.
ENCODED_GROWTH, GROWTH_BYTES = 2, 16 * 1024 * 1024
MOST_JOB = 4096
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

JOBS = {
    "image": pictures.show_picture,
    "avatar": pictures.make_avatar,
    "duration": tracks.find_tracks,
}


def answer_job(
    job: dict[str, Any], source: BinaryIO, targets: dict[int, BinaryIO]
) -> dict[str, Any]:
    try:
        found = JOBS[job["job"]](source, job["kind"], targets)
        for file in targets.values():
            file.flush()
        return found
    except stripping.Costly:
        return {"costly": True}
    except pictures.FileRefused as refused:
        return {"refused": str(refused)}
    except OSError as error:
        if error.errno in NO_SPACE:
            return {"full": True}
    except (Exception, MemoryError):
        pass
    return {"refused": "This image cannot be read."}


def work(job: dict[str, Any], source: BinaryIO, targets: dict[int, BinaryIO]) -> dict[str, Any]:
    size = os.fstat(source.fileno()).st_size
    wall.allow(MOST_CPU_SECONDS, ENCODED_GROWTH * size + GROWTH_BYTES)
    return answer_job(job, source, targets)


def main() -> None:
    pictures.prepare()
    server = socket.socket(fileno=0)
    server.sendall(json.dumps({"missing": wall.build_wall()}).encode() + b"\n")
    while True:
        line, handed, _, _ = socket.recv_fds(server, MOST_JOB, 8)
        if not line:
            return
        job = json.loads(line)
        source = os.fdopen(handed[0], "rb")
        written = [os.fdopen(each, "wb") for each in handed[1:]]
        targets = dict(zip(job["sides"], written, strict=True))
        said = work(job, source, dict(targets))
        for file in (source, *written):
            try:
                file.close()
            except OSError:
                said = {"full": True}
        server.sendall(json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    main()

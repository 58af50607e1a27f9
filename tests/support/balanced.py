"""The whole product on this machine, as a cluster of several machines would run it: nodes behind
nginx, a PostgreSQL with a streaming replica, and Redis. All are real, from the system's packages.

``python -m tests.support.balanced`` (``make cluster``) runs it until Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.balancer import Balancer
from tests.support.node import Node, clustered
from tests.support.service import free_port
from tests.support.services import Postgres, Redis, Replica


@dataclass
class BalancedCluster:
    postgres: Postgres
    replica: Replica
    redis: Redis
    nodes: list[Node]
    balancer: Balancer

    @property
    def database_url(self) -> str:
        return self.nodes[0].database_url

    @property
    def front(self) -> Node:
        """The balancer for the users of a test, who take a node: its URL is all they need."""
        front = Node(self.balancer.folder / "front")
        front.port = self.balancer.port
        return front


def _say_nothing(what: str) -> None:
    """The tests need no progress."""


@contextmanager
def balanced_cluster(
    folder: Path, nodes: int = 3, say: Callable[[str], None] = _say_nothing, **settings: str
) -> Iterator[BalancedCluster]:
    """Starts all of it, and ends all of it. ``settings`` are the nodes'."""
    with contextlib.ExitStack() as stack:
        say("PostgreSQL, the primary")
        postgres = stack.enter_context(Postgres())
        url = postgres.create_database("chat")
        say("PostgreSQL, its replica")
        replica = stack.enter_context(Replica(postgres))
        say("Redis")
        redis = stack.enter_context(Redis())
        balancer = Balancer()
        stack.callback(balancer.close)
        shared = {
            **clustered(url, redis.url),
            "MEDIA_URL": f"file:{folder}/media",
            "PUBLIC_URL": balancer.url,
            "CORS_ORIGINS": balancer.tls_url,
            "TRUSTED_PROXIES": "127.0.0.1",
            **settings,
        }
        (folder / "media").mkdir()
        started = [Node(folder / f"node-{n}", **shared) for n in range(1, nodes + 1)]
        for node in started:
            # A node keeps its port, so that nginx finds it again after a restart.
            node.port = free_port()
            stack.callback(node.stop)
        say(f"{nodes} nodes")
        with ThreadPoolExecutor() as threads:
            list(threads.map(Node.start, started))
        say("nginx")
        balancer.nodes = started
        balancer.start()
        yield BalancedCluster(postgres, replica, redis, started, balancer)


def _lines(cluster: BalancedCluster) -> Iterator[str]:
    yield f"The web client    {cluster.balancer.url}"
    yield f"  over HTTP/2     {cluster.balancer.tls_url} (with a certificate of its own)"
    for n, node in enumerate(cluster.nodes, 1):
        yield f"Node {n}            {node.url}, process {node.pid}, log {node.log}"
    yield f"PostgreSQL        {cluster.database_url}"
    yield f"  its replica     {cluster.replica.url_like(cluster.database_url)}"
    yield f"Redis             {cluster.redis.url}"
    yield "Ctrl+C ends all of it."


def main() -> int:
    parser = argparse.ArgumentParser(prog="make cluster", description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=3, choices=range(1, 9), help="(3)")
    parser.add_argument("--seed", action="store_true", help="with people, rooms and messages")
    options = parser.parse_args()
    # SIGTERM ends all of it in order too, like Ctrl+C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:5.1f} s  {what}", file=sys.stderr, flush=True)

    with (
        contextlib.suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory(prefix="chat-cluster-") as folder,
        balanced_cluster(Path(folder), options.nodes, say, RATE_LIMITS="on") as cluster,
    ):
        if options.seed:
            say("people, rooms and messages")
            seeding = cluster.nodes[0].run("seed")
            print(seeding.stdout + seeding.stderr, flush=True)
        print(*_lines(cluster), sep="\n", flush=True)
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""nginx with the configuration of ``deploy/``, in front of nodes on this machine."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Sequence

from tests.support import binaries
from tests.support.certificates import self_signed
from tests.support.node import ROOT, Node
from tests.support.service import Service, free_port

LISTEN = """
listen 127.0.0.1:{port};
listen 127.0.0.1:{tls_port} ssl http2;
ssl_certificate {certificate};
ssl_certificate_key {certificate};
"""


class Balancer(Service):
    """It serves HTTP at ``url``, and TLS with HTTP/2 at ``tls_url``. Only the list of nodes and the
    ports are its own; all else is ``deploy/nginx.conf``. The nodes may start after it."""

    name = "nginx"
    quit_signal = "KILL"

    def __init__(self) -> None:
        self._binary = binaries.nginx()
        super().__init__()
        self.tls_port = free_port()
        self.certificate = self_signed(self.folder / "certificate.pem")
        self.nodes: Sequence[Node] = ()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"https://127.0.0.1:{self.tls_port}"

    def _prepare(self) -> None:
        # nginx's workers are not root, and have to reach their folders below this one.
        self.folder.chmod(0o711)
        shutil.copy(ROOT / "deploy" / "nginx.conf", self.folder)
        servers = (
            f"server 127.0.0.1:{node.port} max_fails=1 fail_timeout=2s;" for node in self.nodes
        )
        (self.folder / "nodes.conf").write_text("\n".join(servers))
        listen = LISTEN.format(port=self.port, tls_port=self.tls_port, certificate=self.certificate)
        (self.folder / "listen.conf").write_text(listen)

    def _command(self) -> list[str]:
        as_user = "user root;" if os.geteuid() == 0 else ""
        configuration = ["-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        return [str(self._binary), *configuration, "-g", f"daemon off; {as_user}"]

    def _probe(self) -> None:
        for port in (self.port, self.tls_port):
            socket.create_connection(("127.0.0.1", port), timeout=2).close()

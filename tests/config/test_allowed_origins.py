"""Which origins may use the server, whatever its URL and port."""

from __future__ import annotations

import pytest

from server.edge.origins import Origins
from tests.support.settings import load

# --- Origins and the port that was found ---


def test_allowed_origins_of_the_default_url_include_the_loopback_address() -> None:
    assert load().allowed_origins == ("http://localhost:8080", "http://127.0.0.1:8080")
    assert load(PORT="80").allowed_origins == ("http://localhost", "http://127.0.0.1")


def test_allowed_origins_of_a_public_url() -> None:
    settings = load(
        PUBLIC_URL="https://chat.example.com",
        CORS_ORIGINS="https://a.example,https://chat.example.com",
    )
    assert settings.allowed_origins == ("https://chat.example.com", "https://a.example")
    assert Origins(settings).allows("https://a.example", None)
    assert not Origins(settings).allows("https://b.example", None)
    assert not Origins(settings).allows("http://127.0.0.1:8080", "127.0.0.1:8080")


def test_any_origin() -> None:
    settings = load(CORS_ORIGINS="*")
    assert Origins(settings).allows("https://b.example", None)
    assert not Origins(settings).is_named("https://b.example", "b.example")


@pytest.mark.parametrize(
    ("name", "local"),
    [
        ("192.168.1.5:8080", True),
        ("203.0.113.7:8080", True),
        ("[fe80::1]:8080", True),
        ("nas:8080", True),
        ("nas.local", True),
        ("box.home.arpa:8080", True),
        ("chat.example.com:8080", False),
        ("local.example.com", False),
        ("192.168.1.5.evil.example", False),
    ],
)
def test_without_a_public_url_local_addresses_are_ours(name: str, local: bool) -> None:
    origins = Origins(load())
    assert origins.is_named(f"http://{name}", name) is local
    assert origins.may_open(f"http://{name}") is local
    # A page of another address is none of ours, and neither is any once the address is known.
    assert not origins.is_named(f"http://{name}", "localhost:8080")
    assert not origins.is_named(f"http://{name}", None)
    assert not Origins(load(PUBLIC_URL="http://chat.example")).is_named(f"http://{name}", name)


@pytest.mark.parametrize(
    "origin", ["null", "", "http://", "http://[", "file://nas", "nas", "http://nas/x"]
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    for host in (origin, "", "nas", None):
        assert not Origins(load()).is_named(origin, host)
    assert not Origins(load()).may_open(origin)


def test_with_port_moves_the_default_url_along() -> None:
    settings = load(PORT="0").with_port(4321)
    assert (settings.port, settings.public_url) == (4321, "http://localhost:4321")
    assert settings.allowed_origins == ("http://localhost:4321", "http://127.0.0.1:4321")
    settings = load(PORT="0", PUBLIC_URL="https://chat.example.com").with_port(4321)
    assert (settings.port, settings.public_url) == (4321, "https://chat.example.com")

"""Which origins may use the server, whatever its URL and port."""

from __future__ import annotations

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
    assert settings.allows_origin("https://a.example")
    assert not settings.allows_origin("https://b.example")
    assert not settings.allows_origin("http://127.0.0.1:8080")


def test_any_origin() -> None:
    settings = load(CORS_ORIGINS="*")
    assert settings.allows_origin("https://b.example")
    assert "https://b.example" not in settings.allowed_origins


def test_with_port_moves_the_default_url_along() -> None:
    settings = load(PORT="0").with_port(4321)
    assert (settings.port, settings.public_url) == (4321, "http://localhost:4321")
    assert settings.allowed_origins == ("http://localhost:4321", "http://127.0.0.1:4321")
    settings = load(PORT="0", PUBLIC_URL="https://chat.example.com").with_port(4321)
    assert (settings.port, settings.public_url) == (4321, "https://chat.example.com")

"""Parsers of settings that are URLs: of web clients, the database, Redis, mail and media."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from server.config.parsing import SettingRefused, absolute_path, list_of
from server.config.values import FileMedia, S3Media, Secret


def _split(text: str, schemes: tuple[str, ...], wanted: str) -> SplitResult:
    """The parts of a URL, whose scheme is one of ``schemes`` and whose port is a number."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        # The message of the ValueError would quote the URL.
        raise SettingRefused(wanted) from None
    if parts.scheme not in schemes:
        raise SettingRefused(wanted)
    return parts


def _origin_of(text: str, wanted: str) -> str:
    """The origin as browsers write it: in lower case and without a default port."""
    scheme = text.partition("://")[0].lower()
    if "://" not in text or not re.fullmatch("[a-z][a-z0-9+.-]*", scheme):
        raise SettingRefused(wanted, text)
    try:
        parts = _split(text, (scheme,), wanted)
        host = parts.hostname or ""
        if ":" in host:
            host = f"[{IPv6Address(host).compressed}]"
    except (SettingRefused, ValueError):
        raise SettingRefused(wanted, text) from None
    plain = re.fullmatch(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]", host)
    if not plain or "@" in parts.netloc or re.search("[?#]", text) or parts.path not in ("", "/"):
        raise SettingRefused(wanted, text)
    usual = {"http": 80, "https": 443}.get(scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{scheme}://{host}{port}"


def _origin(text: str) -> str:
    return _origin_of(text, "origins such as https://chat.example.com, or *")


def parse_origins(text: str) -> tuple[str, ...]:
    return ("*",) if text == "*" else list_of(_origin)(text)


def public_url(text: str) -> str:
    wanted = "an http(s) URL without a path, such as https://chat.example.com"
    if not text.lower().startswith(("http://", "https://")):
        raise SettingRefused(wanted, text)
    return _origin_of(text, wanted)


def postgres_url(text: str) -> Secret:
    wanted = "postgres://user:password@host:port/name, special characters percent-encoded"
    parts = _split(text, ("postgres", "postgresql"), wanted)
    has_host = parts.hostname or dict(parse_qsl(parts.query)).get("host")
    if not has_host or len(parts.path) < 2 or parts.fragment:
        raise SettingRefused(wanted)
    return Secret("postgres://" + text.partition("://")[2])


def database_url(text: str) -> Secret:
    """The URL of the database. As usual, three slashes come before a relative path of SQLite, and
    four before an absolute one."""
    if text.partition(":")[0].lower() in ("postgres", "postgresql"):
        return postgres_url(text)
    path = text.removeprefix("sqlite:///")
    if path == text or not path or path.endswith("/") or re.search("[?#]|:memory:", path):
        raise SettingRefused("sqlite:///path/of/a/file or postgres://user:password@host:port/name")
    return Secret("sqlite:///" + quote(str(absolute_path(unquote(path)))))


def redis_url(text: str) -> Secret:
    wanted = "redis://[user:password@]host:port/0, rediss://… or unix:///path"
    parts = _split(text, ("redis", "rediss", "unix"), wanted)
    if parts.scheme == "unix":
        good = parts.path.startswith("/")
    else:
        good = bool(parts.hostname) and bool(re.fullmatch("(/[0-9]*)?", parts.path))
    if not good or parts.fragment:
        raise SettingRefused(wanted)
    return Secret(text)


def smtp_url(text: str) -> Secret:
    wanted = "smtp://[user:password@]host:port or smtps://…"
    if not _split(text, ("smtp", "smtps"), wanted).hostname:
        raise SettingRefused(wanted)
    return Secret(text)


def _file_media(text: str) -> FileMedia:
    wanted = "file:/path/of/a/folder or s3://bucket?region=…&endpoint=…"
    parts = _split(text, ("file",), wanted)
    if parts.netloc or not parts.path or parts.query or parts.fragment:
        raise SettingRefused(wanted)
    return FileMedia(absolute_path(unquote(parts.path)))


def _s3_media(text: str) -> S3Media:
    wanted = "s3://[key:secret@]bucket[/prefix]?region=…&endpoint=https://…"
    parts = _split(text, ("s3",), wanted)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    options = dict(pairs)
    bucket = parts.netloc.rpartition("@")[2]
    known = options.keys() <= {"region", "endpoint"} and len(options) == len(pairs)
    named = re.fullmatch("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", bucket)
    if not known or not all(options.values()) or not named or parts.fragment:
        raise SettingRefused(wanted)
    if bool(parts.username) != bool(parts.password):
        raise SettingRefused(wanted)
    endpoint = options.get("endpoint")
    return S3Media(
        bucket=bucket,
        prefix=unquote(parts.path).strip("/"),
        region=options.get("region"),
        endpoint=public_url(endpoint) if endpoint else None,
        access_key=unquote(parts.username) if parts.username else None,
        secret_key=Secret(unquote(parts.password)) if parts.password else None,
    )


def media_of(text: str) -> FileMedia | S3Media:
    return _s3_media(text) if text.startswith("s3:") else _file_media(text)


def media_url(text: str) -> Secret:
    media = media_of(text)
    return Secret(media.folder.as_uri() if isinstance(media, FileMedia) else text)

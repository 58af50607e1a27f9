"""Parsers of settings, from text to value. The error of each says what the variable must be."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import TypeVar

from server.config.values import (
    MIN_SECRET_KEY_BYTES,
    Address,
    Network,
    Secret,
)
from server.kernel.limits import Rate

T = TypeVar("T")

TEN_YEARS = 3650 * 86400


class SettingRefused(Exception):
    """A text that a parser refuses. ``shown`` is the text to quote in the error; None if it may
    contain a secret."""

    def __init__(self, wanted: str, shown: str | None = None) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.shown = shown

    def line(self, name: str) -> str:
        # A URL in the wrong variable may contain a password.
        if self.shown is None or "@" in self.shown:
            return f"{name} must be {self.wanted}"
        return f"{name} must be {self.wanted}, not {json.dumps(self.shown[:80])}"


def optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    return lambda text: parse(text) if text else None


def list_of(parse: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    return lambda text: tuple(parse(item.strip()) for item in text.split(",")) if text else ()


def choice(*allowed: T) -> Callable[[str], T]:
    def parse(text: str) -> T:
        for one in allowed:
            if text.lower() == one:
                return one
        raise SettingRefused("one of " + ", ".join(map(str, allowed)), text)

    return parse


def switch(text: str) -> bool:
    if text.lower() in ("on", "true", "1", "yes"):
        return True
    if text.lower() in ("off", "false", "0", "no"):
        return False
    raise SettingRefused("on or off", text)


def parse_number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if re.fullmatch("[0-9]{1,18}", text) and low <= int(text) <= high:
            return int(text)
        raise SettingRefused(f"a number from {low} to {high}", text)

    return parse


def port(text: str) -> int:
    if re.fullmatch("[0-9]{1,5}", text) and int(text) <= 65535:
        return int(text)
    raise SettingRefused("a number from 1 to 65535 (or 0: any free port)", text)


def seconds(low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) and low <= float(text) <= high:
            return float(text)
        raise SettingRefused(f"a number of seconds from {low:g} to {high:g}", text)

    return parse


_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def parse_duration(text: str) -> int:
    match = re.fullmatch("([0-9]{1,9})([smhd]?)", text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < seconds <= TEN_YEARS:
        raise SettingRefused("a time such as 900, 15m or 30d, above 0 and at most 10 years", text)
    return seconds


def size(low: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        match = re.fullmatch("([0-9]{1,15}) ?([kmg]i?b)?", text.lower())
        size = int(match[1]) * _SIZES[match[2] or ""] if match else -1
        if not low <= size < 2**53:
            raise SettingRefused(f"a size such as 131072, 25MB or 1GiB, at least {low} bytes", text)
        return size

    return parse


def rate(text: str) -> Rate:
    match = re.fullmatch("([0-9]{1,9})/([0-9]{0,9})([smh])(?::([0-9]{1,9}))?", text)
    if match:
        count, seconds = int(match[1]), int(match[2] or 1) * _UNITS[match[3]]
        burst = int(match[4] or count)
        if count and seconds and burst:
            return Rate(count / seconds, burst)
    raise SettingRefused("a rate such as 10/s, 10/s:30 (burst 30) or 1/5m:5", text)


def host(text: str) -> str:
    if re.fullmatch("[A-Za-z0-9._:%-]+", text):
        return text
    raise SettingRefused("an address or host name to listen on", text)


def listen_address(text: str) -> Address:
    """An address to listen on: ``127.0.0.1:9090``, ``[::1]:9090`` or ``name:9090``."""
    wanted = "an address and a port, such as 127.0.0.1:9090 or [::1]:9090"
    address, _, number = text.rpartition(":")
    try:
        name = address.removeprefix("[").removesuffix("]") if address[:1] == "[" else address
        if ":" in name and address[:1] != "[":
            raise SettingRefused(wanted, text)
        return Address(host(name), port(number))
    except SettingRefused:
        raise SettingRefused(wanted, text) from None


def metrics_token(text: str) -> Secret:
    if not re.fullmatch(r"[\x21-\x7e]{16,}", text):
        raise SettingRefused("at least 16 characters of ASCII without blanks")
    return Secret(text)


def absolute_path(text: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(text)))


def network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise SettingRefused("addresses or networks such as 10.0.0.0/8", text) from None


def mail_address(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", text):
        return text
    raise SettingRefused("an address such as chat@example.com", text)


def vapid_subject(text: str) -> str:
    if re.fullmatch(r"mailto:\S+@\S+|https://\S+", text):
        return text
    raise SettingRefused("mailto:you@example.com or an https:// URL", text)


def host_name(text: str) -> str:
    """The host name or address as in URLs, but without the brackets of an IPv6 address."""
    name = text.lower().removeprefix("[").removesuffix("]")
    if re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", name):
        return name
    raise SettingRefused("host names or addresses, separated by commas", text)


def secret_key(text: str) -> Secret:
    if len(text.encode()) < MIN_SECRET_KEY_BYTES:
        raise SettingRefused(f"at least {MIN_SECRET_KEY_BYTES} bytes long")
    return Secret(text)

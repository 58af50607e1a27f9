"""The types of the values of settings, and the error for a wrong one."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import NoReturn

Network = IPv4Network | IPv6Network

MIN_SECRET_KEY_BYTES = 32


class ConfigError(ValueError):
    """A wrong setting, which stops the start. Its message is one printable line that names the
    variable."""

    def __init__(self, line: str) -> None:
        super().__init__("".join(c if c.isprintable() else repr(c)[1:-1] for c in line))


class Secret:
    """A text that only ``reveal()`` returns. It does not appear in logs, tracebacks or pickles."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        return self._text

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Secret cannot be changed")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "Secret('********')"

    def __str__(self) -> str:
        return "********"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled: pass the result of reveal() instead")


@dataclass(frozen=True, slots=True)
class Address:
    """An address to listen on."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class FileMedia:
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Media:
    """A bucket on S3. Without an access key, the usual AWS variables, files and roles are used."""

    bucket: str
    prefix: str
    region: str | None
    endpoint: str | None
    access_key: str | None
    secret_key: Secret | None


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable as it is listed in the documentation."""

    name: str
    default: str
    meaning: str

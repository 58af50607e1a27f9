"""What goes into the containers, and what reaches the server in them."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from server.config import SETTINGS
from tests.support.image import DOCKERFILE, copied
from tests.support.node import ROOT

# The image says where to listen and where its volume is.
OF_THE_IMAGE = {"HOST", "DATA_DIR"}
MADE = {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
OF_COMPOSE = {
    *("POSTGRES_PASSWORD", "REDIS_PASSWORD", "SEED", "PUBLISH_ADDR"),
    *("SERVER_MEMORY", "POSTGRES_MEMORY", "REDIS_MEMORY"),
}

NAMES = {setting.name for setting in SETTINGS}
COMPOSE = (ROOT / "docker-compose.yml").read_text()
COMPONENTS: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
DIGEST = "@sha256:[0-9a-f]{64}"


def test_compose_hands_on_every_setting() -> None:
    shared = COMPOSE.split("environment: &environment\n")[1].split("\nservices:")[0]
    assert set(re.findall(r"^    ([A-Z_]+):", shared, re.MULTILINE)) == NAMES - OF_THE_IMAGE


def test_the_example_shows_settings_that_there_are() -> None:
    text = (ROOT / ".env.example").read_text()
    shown = re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE)
    assert set(shown) <= NAMES | OF_COMPOSE
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize("source", copied())
def test_the_image_may_take_what_it_copies(source: str) -> None:
    """It is there, and .dockerignore, which keeps out all that it does not name, lets it in."""
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert (ROOT / source).exists()
    assert PurePosixPath(source).parts[0] in allowed


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_has_no_more_rights_than_it_needs(name: str) -> None:
    component = COMPONENTS[name]
    assert component["read_only"] is True
    assert component["cap_drop"] == ["ALL"]
    assert component["security_opt"] == ["no-new-privileges:true"]
    assert component["mem_limit"] and component["pids_limit"]
    assert "cap_add" not in component and "privileged" not in component
    # The server's own is said in its image.
    assert component.get("user") or "USER 10001:10001" in DOCKERFILE
    for port in component.get("ports", ()):
        assert re.match(r"127\.0\.0\.1:|\$\{PUBLISH_ADDR:-127\.0\.0\.1\}:", port)


def test_images_are_named_by_digest() -> None:
    arguments = re.findall(r"^ARG (\w+)=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert all(re.search(f"{DIGEST}$", image) for _, image in arguments)
    used = set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert used == {f"${{{name}}}" for name, _ in arguments}
    handed_on = {name: f"${{{name}:-{image}}}" for name, image in arguments}
    assert COMPONENTS["server"]["build"]["args"] == handed_on
    for name in ("db", "redis"):
        assert re.search(DIGEST, COMPONENTS[name]["image"])


def test_there_are_no_default_passwords() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE))
    assert asked == MADE
    assert not re.search(r"\$\{(?:\w*PASSWORD|SECRET_KEY)(?::-|\})", COMPOSE)


class Checkout:
    """As far as the script that makes secrets looks at one."""

    def __init__(self, folder: Path) -> None:
        (folder / "deploy").mkdir()
        shutil.copy(ROOT / "deploy" / "secrets.sh", folder / "deploy")
        self.env = folder / ".env"
        self._script = folder / "deploy" / "secrets.sh"

    def make(self, **environ: str) -> str:
        kept = {"PATH": os.environ["PATH"], **environ}
        return subprocess.check_output([self._script], env=kept, text=True)

    def values(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.env.read_text().splitlines() if line)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_secrets_are_made_once(checkout: Checkout) -> None:
    assert "SECRET_KEY was made" in checkout.make()
    made = checkout.values()
    assert set(made) == MADE
    assert len(set(made.values())) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in made.values())
    assert stat.S_IMODE(checkout.env.stat().st_mode) == 0o600
    assert checkout.make() == ""
    assert checkout.values() == made


def test_secrets_that_are_there_are_kept(checkout: Checkout) -> None:
    checkout.env.write_text("# mine\nPORT=81\nREDIS_PASSWORD=\nPOSTGRES_PASSWORD='chosen'")
    checkout.env.chmod(0o644)
    checkout.make(SECRET_KEY="k" * 32)
    lines = checkout.env.read_text().splitlines()
    assert lines[:3] == ["# mine", "PORT=81", "POSTGRES_PASSWORD='chosen'"]
    assert [line.split("=")[0] for line in lines[3:]] == ["REDIS_PASSWORD"]
    assert stat.S_IMODE(checkout.env.stat().st_mode) == 0o600


@pytest.mark.parametrize("nothing", ['""', "''", "", " ", '" "', '""  # to be chosen', "# later"])
def test_what_is_empty_is_no_secret(checkout: Checkout, nothing: str) -> None:
    checkout.env.write_text("".join(f"{name}={nothing}\n" for name in sorted(MADE)))
    checkout.make()
    made = checkout.values()
    assert set(made) == MADE
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in made.values())


@pytest.mark.parametrize("chosen", ["x", "'x'", '"x"', "x=", 'x=""', "x#y", "'#x'", "a='"])
def test_what_is_chosen_is_kept(checkout: Checkout, chosen: str) -> None:
    checkout.env.write_text("".join(f"{name}={chosen}\n" for name in sorted(MADE)))
    before = checkout.env.read_text()
    assert checkout.make() == ""
    assert checkout.env.read_text() == before


def test_a_file_that_has_all_secrets_is_closed_too(checkout: Checkout) -> None:
    checkout.make()
    checkout.env.chmod(0o644)
    assert checkout.make() == ""
    assert stat.S_IMODE(checkout.env.stat().st_mode) == 0o600


def test_the_file_is_closed_before_a_secret_is_in_it(checkout: Checkout) -> None:
    """Whoever has it open to read sees none either, while it is written."""
    checkout.env.write_text("PORT=81\n")
    checkout.env.chmod(0o644)
    # The first program that the script runs to make a secret looks at the file.
    spy = checkout.env.parent / "bin"
    spy.mkdir()
    (spy / "od").write_text(
        f'#!/bin/sh\nstat -c %a {checkout.env} >>{spy}/seen\nexec {shutil.which("od")} "$@"\n'
    )
    (spy / "od").chmod(0o755)
    checkout.make(PATH=f"{spy}:{os.environ['PATH']}")
    assert (spy / "seen").read_text().split() == ["600"] * 3

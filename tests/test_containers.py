"""What goes into the containers, and what reaches the server in them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from server.config import SETTINGS
from tests.node import ROOT

# The image says where to listen and where its volume is.
OF_THE_IMAGE = {"HOST", "DATA_DIR"}
OF_COMPOSE = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "SEED"}

NAMES = {setting.name for setting in SETTINGS}
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_compose_hands_on_every_setting() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    shared = text.split("environment: &environment\n")[1].split("\nservices:")[0]
    assert set(re.findall(r"^    ([A-Z_]+):", shared, re.MULTILINE)) == NAMES - OF_THE_IMAGE


def test_the_example_shows_settings_that_there_are() -> None:
    text = (ROOT / ".env.example").read_text()
    shown = re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE)
    assert set(shown) <= NAMES | OF_COMPOSE
    assert len(shown) == len(set(shown))


def copied() -> list[str]:
    """What the image takes of the working copy."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


@pytest.mark.parametrize("source", copied())
def test_the_image_may_take_what_it_copies(source: str) -> None:
    """It is there, and .dockerignore, which keeps out all that it does not name, lets it in."""
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert (ROOT / source).exists()
    assert PurePosixPath(source).parts[0] in allowed

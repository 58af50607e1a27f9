"""What the container's image is made of."""

from __future__ import annotations

import re

from tests.support.node import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def copied() -> list[str]:
    """What the image takes of the working copy."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]

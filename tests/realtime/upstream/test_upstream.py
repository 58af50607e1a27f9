"""python-socketio's and python-engineio's own suites, run over our classes.

They are in the source distributions of the versions that are pinned, which pip downloads.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.realtime.upstream.expected import ENGINEIO, SOCKETIO
from tests.support.node import ROOT

pytestmark = pytest.mark.long
HERE = Path(__file__).parent
SOURCES = ROOT / "build" / "upstream"


def fetch(package: str) -> Path:
    """The folder of the source distribution, downloaded once."""
    name = f"{package.replace('-', '_')}-{version(package)}"
    if not (SOURCES / name).exists():
        SOURCES.mkdir(parents=True, exist_ok=True)
        wanted = f"{package}=={version(package)}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        options = ["--no-binary", package, "--dest", str(SOURCES), wanted]
        done = subprocess.run([*command, *options], capture_output=True, text=True)
        if done.returncode:
            pytest.fail(f"{wanted} cannot be downloaded, so its tests were not run\n{done.stderr}")
        with tarfile.open(SOURCES / f"{name}.tar.gz") as archive:
            archive.extractall(SOURCES, filter="data")
    return SOURCES / name


def run(folder: Path, files: list[str], report: Path) -> dict[str, bool]:
    """The names of the tests, and whether each holds."""
    command = [sys.executable, "-m", "pytest", "-p", "substitutes", f"--junit-xml={report}"]
    options = ["-q", "-p", "no:cacheprovider", "-W", "ignore", *files]
    environ = {**os.environ, "PYTHONPATH": f"{HERE}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [*command, *options], cwd=folder, env=environ, capture_output=True, text=True, timeout=300
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    cases = list(ElementTree.parse(report).iter("testcase"))
    return {case.attrib["name"]: len(case) == 0 for case in cases}


@pytest.mark.parametrize(
    ("package", "files", "expected"),
    [
        ("python-socketio", ["server"], SOCKETIO),
        ("python-socketio", ["manager", "pubsub_manager", "namespace"], {}),
        ("python-engineio", ["server"], ENGINEIO),
    ],
)
def test_the_suite_of(
    package: str, files: list[str], expected: dict[str, list[str]], tmp_path: Path
) -> None:
    """What fails is what is expected to, no more, and no less: the list must not grow old."""
    names = [f"tests/async/test_{name}.py" for name in files]
    results = run(fetch(package), names, tmp_path / "report.xml")
    failed = sorted(name for name, holds in results.items() if not holds)
    assert failed == sorted(name for names in expected.values() for name in names)
    assert len(results) - len(failed) >= 40

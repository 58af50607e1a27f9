"""Runs `make test` and decides whether a change may land.

Many processes share few cores here, so a test may miss a deadline that it keeps alone. A failed
test is therefore run once more, by itself. That happens only if nothing but tests failed: each
suite has to come to its end, with the status that says "tests failed" or with 0, and each failure
has to have a test's name. A file that cannot be imported, a run that was killed or interrupted, a
wrong option: each fails the gate at once. So do more failures than ``MOST_RETRIED``, in all suites
together, and a test that fails twice.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

MOST_RETRIED = 2
REPORTS = Path("build/gate").absolute()
# The status of pytest and of vitest that says "all ran, and some failed".
TESTS_FAILED = 1


class Broken(Exception):
    """A failure that is no single test's."""


class Report(NamedTuple):
    """The tests that a run reported, by their ids."""

    passed: set[str]
    failed: set[str]


@dataclass(frozen=True)
class Pytest:
    options: tuple[str, ...] = ()

    def command(self, test: str, report: Path) -> list[str]:
        """Runs this test alone."""
        reported = (f"--junitxml={report}", "-o", "junit_family=xunit1")
        return [sys.executable, "-m", "pytest", "-p", "no:xdist", *self.options, *reported, test]

    def read(self, report: Path) -> Report:
        passed, failed = set(), set()
        for case in ElementTree.parse(report).iter("testcase"):
            results = {result.tag for result in case} & {"failure", "error", "skipped"}
            if results & {"failure", "error"}:
                failed.add(_pytest_id(case))
            elif not results:
                passed.add(_pytest_id(case))
        return Report(passed - failed, failed)


def _pytest_id(case: ElementTree.Element) -> str:
    """Raises ``Broken`` where the case is no test that ran: only those know their line."""
    if "line" not in case.attrib:
        what = next(iter(case), case).get("message", "")
        raise Broken(f"{case.get('file')} {case.get('name')}: {what}")
    module = case.attrib["file"].removesuffix(".py").replace("/", ".")
    classes = case.attrib["classname"].removeprefix(module).split(".")[1:]
    return "::".join([case.attrib["file"], *classes, case.attrib["name"]])


@dataclass(frozen=True)
class Vitest:
    script: str

    def command(self, test: str, report: Path) -> list[str]:
        """Runs this test alone."""
        file, _, name = test.partition(" > ")
        only = (f"^{re.escape(name)}$", "--reporter=default", f"--reporter={REPORTER}")
        return ["web/tooling/npm.sh", "run", self.script, "--", file, "-t", *only]

    def read(self, report: Path) -> Report:
        """As ``web/tooling/report.ts`` writes it."""
        said = json.loads(report.read_text())
        if said["broken"]:
            raise Broken("; ".join(said["broken"])[:1000])
        return Report(set(said["passed"]), set(said["failed"]))


REPORTER = Path("web/tooling/report.ts").absolute()
Suite = Pytest | Vitest
SUITES: dict[str, Suite] = {
    "server": Pytest(),
    "walls": Pytest(("-m", "load")),
    "web-unit": Vitest("test:unit"),
    "web-sdk": Vitest("test:sdk"),
    "web-e2e": Vitest("test:e2e"),
}


def failures(name: str, suite: Suite) -> set[str]:
    """The tests of the suite that failed. Raises ``Broken`` where something else did."""
    try:
        status = int((REPORTS / f"{name}.status").read_text())
    except (FileNotFoundError, ValueError):
        raise Broken("it did not come to its end") from None
    if status == 0:
        return set()
    if status != TESTS_FAILED:
        raise Broken(f"it ended with status {status}")
    try:
        failed = suite.read(REPORTS / name).failed
    except (OSError, ValueError, ElementTree.ParseError) as error:
        raise Broken(f"its report cannot be read: {error}") from error
    if not failed:
        raise Broken("it failed, and no test of it did")
    return failed


def passes_alone(suite: Suite, test: str) -> bool:
    report = REPORTS / "retry"
    report.unlink(missing_ok=True)
    environment = os.environ | {"REPORT": str(report)}
    status = subprocess.run(suite.command(test, report), env=environment).returncode
    try:
        return status == 0 and suite.read(report) == Report({test}, set())
    except (OSError, ValueError, ElementTree.ParseError, Broken):
        return False


def gate(arguments: list[str]) -> bool:
    """Whether the change may land. ``arguments`` go to ``make test``."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    made = subprocess.run(["make", "test", f"REPORTS={REPORTS}", *arguments]).returncode
    failed: list[tuple[Suite, str]] = []
    broken = False
    for name, suite in SUITES.items():
        try:
            failed += [(suite, test) for test in sorted(failures(name, suite))]
        except Broken as error:
            broken = True
            print(f"The suite {name} is broken: {error}")
    if made != 0 and not failed and not broken:
        broken = True
        print(f"make test ended with status {made}, and no suite says why")
    if broken:
        return False
    if len(failed) > MOST_RETRIED:
        print(f"{len(failed)} tests failed: {', '.join(test for _, test in failed)}")
        return False
    twice = [test for suite, test in failed if not passes_alone(suite, test)]
    if twice:
        print(f"failed twice: {', '.join(twice)}")
    print(f"retried: {', '.join(test for _, test in failed) or 'none'}")
    return not twice


if __name__ == "__main__":
    sys.exit(0 if gate(sys.argv[1:]) else 1)

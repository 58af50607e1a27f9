"""Runs `make test` and decides whether a change may land.

Many processes share few cores during the tests, so a test may miss a deadline that it meets when it
runs alone. Therefore a failed test is run once more, alone. This happens only if nothing but tests
failed: each suite must have run to its end, with the status 0 or the one for "tests failed", and
each failure must have a test's name. These fail the gate at once: a file that cannot be imported, a
run that was killed or interrupted, a wrong option, a suite of which no test passed, a suite that
this file does not know, more than ``MOST_RETRIED`` failures in all suites together, and a test that
fails twice. Options that end a run at its first failure are refused, because the tests after it
would not run.
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
# The exit status of pytest and vitest if all tests ran and some failed.
TESTS_FAILED = 1
# The options of pytest that leave out tests after a failure.
EARLY_END = re.compile(r"(?:^|[\s=])(?:-\w*x|--exitfirst|--maxfail|--sw|--stepwise)(?=$|[\s=-])")


class Broken(Exception):
    """A failure that does not belong to a single test."""


class Report(NamedTuple):
    """The ids of the tests that passed and failed in a run."""

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
    """The id of a test. Raises ``Broken`` if the case is not a test that ran: only tests that ran
    have a line number."""
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
        """Runs this test alone, and in its own browser if it has one."""
        place, _, name = test.partition(" > ")
        browser, _, file = place.rpartition(": ")
        only = [file, "-t", f"^{re.escape(name)}$"] + (["--project", browser] if browser else [])
        reporters = ["--reporter=default", f"--reporter={REPORTER}"]
        return ["web/tooling/npm.sh", "run", self.script, "--", *only, *reporters]

    def read(self, report: Path) -> Report:
        """Read a report in the format of ``web/tooling/report.ts``."""
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
    """The failed tests of the suite. Raises ``Broken`` if anything else failed."""
    try:
        status = int((REPORTS / f"{name}.status").read_text())
    except (FileNotFoundError, ValueError):
        raise Broken("it did not come to its end") from None
    if status not in (0, TESTS_FAILED):
        raise Broken(f"it ended with status {status}")
    try:
        passed, failed = suite.read(REPORTS / name)
    except (OSError, ValueError, ElementTree.ParseError) as error:
        raise Broken(f"its report cannot be read: {error}") from error
    if status == 0 and failed:
        raise Broken(f"it ended with status 0, and a test failed: {min(failed)}")
    if status != 0 and not failed:
        raise Broken("it failed, and no test of it did")
    if not passed and not failed:
        raise Broken("no test of it passed")
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
    """Whether the change may land. ``arguments`` are passed to ``make test``."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    if any(EARLY_END.search(argument) for argument in arguments):
        print("All tests must run: no option may end the run at a failure")
        return False
    made = subprocess.run(["make", "test", f"REPORTS={REPORTS}", *arguments]).returncode
    failed: list[tuple[Suite, str]] = []
    broken = False
    for unknown in sorted({path.stem for path in REPORTS.glob("*.status")} - SUITES.keys()):
        broken = True
        print(f"The suite {unknown} is broken: .ci/gate.py does not know it")
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

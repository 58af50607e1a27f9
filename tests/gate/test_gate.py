"""The gate lets no broken suite pass: it runs here over tiny suites, each broken in its own way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.node import ROOT

# Runs the suites that are given, as the Makefile does; the others have passed.
MAKEFILE = f"""
test:
	for name in server walls web-unit web-sdk web-e2e; do echo 0 >$(REPORTS)/$$name.status; done
	cp passed.xml $(REPORTS)/walls
	for name in web-unit web-sdk web-e2e; do cp passed.json $(REPORTS)/$$name; done
	-{ROOT}/.ci/suite server {sys.executable} -m pytest -q $(OPTIONS) server \\
		--junitxml=$(REPORTS)/server -o junit_family=xunit1
	-[ ! -d web/src ] || REPORT=$(REPORTS)/web-unit {ROOT}/.ci/suite web-unit \\
		web/tooling/npm.sh run test:unit -- --reporter={ROOT}/web/tooling/report.ts
	$(AFTERWARDS)
"""
# The reports of suites of which one test has passed.
PASSED_XML = '<testsuite><testcase classname="t" name="test_it" file="t.py" line="1"/></testsuite>'
PASSED_JSON = '{"passed": ["t.test.ts > it"], "failed": [], "broken": []}'
PASSES = "def test_passes(): pass\n"
FAILS = "def test_fails(): assert False\n"
FLAKY = """
from pathlib import Path
import pytest
@pytest.mark.parametrize("n", range({count}))
def test_flaky(n):
    seen = Path(f"seen-{{n}}")
    if not seen.exists():
        seen.touch()
        assert False, "the first time"
"""
FLAKY_IN_VITEST = """
import { existsSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
describe("a group (of tests)", () => {
  test("is flaky?", () => {
    const seen = existsSync("seen");
    writeFileSync("seen", "");
    expect(seen).toBe(true);
  });
});
"""

TWO_BROWSERS = """
import { defineConfig } from "vitest/config";
const inBrowser = (name: string) => ({ test: { name, env: { BROWSER: name } } });
export default defineConfig({ test: { projects: ["one", "two"].map(inBrowser) } });
"""
FLAKY_IN_ONE_BROWSER = """
import { appendFileSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
test("is flaky", () => {
  appendFileSync("runs", `${process.env.BROWSER}\\n`);
  const runs = readFileSync("runs", "utf8").split("\\n");
  if (process.env.BROWSER === "two") expect(runs.filter((each) => each === "two").length).toBe(2);
});
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    (tmp_path / "passed.xml").write_text(PASSED_XML)
    (tmp_path / "passed.json").write_text(PASSED_JSON)
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "test_passing.py").write_text(PASSES)
    return tmp_path


def gate(project: Path, *arguments: str) -> tuple[bool, list[str]]:
    """Whether it is green, and the lines that it says itself."""
    outer = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "REPORTS", "PYTEST_ADDOPTS"}
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "gate.py"), *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    said = [line for line in done.stdout.splitlines() if line.startswith(STARTS)]
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0, said


EARLY_END = "All tests must run: no option may end the run at a failure"
STARTS = (
    EARLY_END,
    "retried: ",
    "failed twice: ",
    "The suite ",
    "make test ended ",
    "3 tests failed: ",
)


def plant(project: Path, text: str) -> None:
    (project / "server" / "test_planted.py").write_text(text)


def test_what_passes_is_green(project: Path) -> None:
    assert gate(project) == (True, ["retried: none"])


def test_a_file_that_cannot_be_imported_is_red(project: Path) -> None:
    plant(project, "def (")
    assert gate(project) == (False, ["The suite server is broken: it ended with status 2"])


def test_a_file_that_cannot_be_imported_is_red_where_processes_share_the_tests(
    project: Path,
) -> None:
    """There the status is that of tests that failed."""
    plant(project, "def (")
    green, said = gate(project, "OPTIONS=-p xdist --numprocesses=1")
    assert not green
    assert said == [
        "The suite server is broken: server/test_planted.py server.test_planted: collection failure"
    ]


def test_a_killed_pytest_is_red(project: Path) -> None:
    plant(project, "import os, signal\ndef test_kill(): os.kill(os.getpid(), signal.SIGKILL)\n")
    assert gate(project) == (False, ["The suite server is broken: it ended with status 137"])


def test_a_process_of_pytests_that_is_killed_is_red(project: Path) -> None:
    plant(project, "import os, signal\ndef test_kill(): os.kill(os.getpid(), signal.SIGKILL)\n")
    green, said = gate(project, "OPTIONS=-p xdist --numprocesses=1 --max-worker-restart=0")
    assert not green
    assert len(said) == 1 and "crashed while running" in said[0]


@pytest.mark.parametrize(
    ("text", "options", "status"),
    [("def test_it(): raise KeyboardInterrupt\n", "", 2), (PASSES, "--no-such-option", 4)],
    ids=["interrupted", "a wrong option"],
)
def test_a_run_that_did_not_come_to_its_end_is_red(
    project: Path, text: str, options: str, status: int
) -> None:
    plant(project, text)
    broken = f"The suite server is broken: it ended with status {status}"
    assert gate(project, f"OPTIONS={options}") == (False, [broken])


def test_a_suite_that_was_not_run_is_red(project: Path) -> None:
    """Even if a test elsewhere could have been retried."""
    plant(project, FLAKY.format(count=1))
    green, said = gate(project, "AFTERWARDS=rm $(REPORTS)/walls.status")
    assert (green, said) == (False, ["The suite walls is broken: it did not come to its end"])


def test_a_suite_whose_tests_are_all_skipped_is_red(project: Path) -> None:
    """Its status is 0, as if it had passed."""
    skipped = "import pytest\ndef test_it(): pytest.skip('what it needs is not there')\n"
    (project / "server" / "test_passing.py").write_text(skipped)
    broken = "The suite server is broken: no test of it passed"
    assert gate(project) == (False, [broken])


def test_a_suite_without_a_report_is_red(project: Path) -> None:
    """Even if its status is 0."""
    green, said = gate(project, "AFTERWARDS=rm $(REPORTS)/walls")
    assert not green
    assert len(said) == 1
    assert said[0].startswith("The suite walls is broken: its report cannot be read: ")


def test_a_status_of_0_does_not_hide_a_test_that_failed(project: Path) -> None:
    plant(project, FAILS)
    green, said = gate(project, "AFTERWARDS=echo 0 >$(REPORTS)/server.status")
    failed = "server/test_planted.py::test_fails"
    broken = f"The suite server is broken: it ended with status 0, and a test failed: {failed}"
    assert (green, said) == (False, [broken])


def test_a_suite_that_the_gate_does_not_know_is_red(project: Path) -> None:
    """A retried test elsewhere would explain why make failed."""
    plant(project, FLAKY.format(count=1))
    green, said = gate(project, "AFTERWARDS=echo 1 >$(REPORTS)/new.status; false")
    broken = "The suite new is broken: .ci/gate.py does not know it"
    assert (green, said) == (False, [broken])


@pytest.mark.parametrize(
    "option", ["-x", "-qx", "--exitfirst", "--maxfail=1", "--stepwise", "-k it --maxfail 1"]
)
def test_an_option_that_ends_a_run_at_a_failure_is_refused(project: Path, option: str) -> None:
    """The tests after a flaky one would not run, and the flaky one would pass when retried."""
    plant(project, FLAKY.format(count=1))
    (project / "server" / "test_zlast.py").write_text(FAILS)
    assert gate(project, f"OPTIONS={option}") == (False, [EARLY_END])


def test_other_options_are_passed_on(project: Path) -> None:
    assert gate(project, "OPTIONS=-k passes --durations=1") == (True, ["retried: none"])


def test_what_fails_outside_of_the_suites_is_red(project: Path) -> None:
    said = ["make test ended with status 2, and no suite says why"]
    assert gate(project, "AFTERWARDS=false") == (False, said)


def test_a_test_that_fails_twice_is_red(project: Path) -> None:
    plant(project, FAILS)
    test = "server/test_planted.py::test_fails"
    assert gate(project) == (False, [f"failed twice: {test}", f"retried: {test}"])


def test_two_flaky_tests_are_retried_and_named(project: Path) -> None:
    plant(project, FLAKY.format(count=2))
    tests = [f"server/test_planted.py::test_flaky[{n}]" for n in range(2)]
    assert gate(project) == (True, [f"retried: {', '.join(tests)}"])


def test_three_flaky_tests_are_red(project: Path) -> None:
    plant(project, FLAKY.format(count=3))
    tests = [f"server/test_planted.py::test_flaky[{n}]" for n in range(3)]
    assert gate(project) == (False, [f"3 tests failed: {', '.join(tests)}"])


def test_tests_in_classes_and_with_any_parameter_are_retried(project: Path) -> None:
    """So are those whose fixtures fail."""
    plant(
        project,
        FLAKY.format(count=0)
        + """
@pytest.fixture
def fixture(request):
    test_flaky(request.node.name.encode().hex()[:50])
class TestOfClass:
    @pytest.mark.parametrize("x", ["a 'b' [c]::d/é"])
    def test_it(self, fixture, x): pass
""",
    )
    green, said = gate(project)
    assert green
    assert len(said) == 1 and "server/test_planted.py::TestOfClass::test_it[a 'b'" in said[0]


@pytest.fixture
def web(project: Path) -> Path:
    """The sources of a web client whose tests are run, too."""
    if not (ROOT / "web" / "node_modules" / "vitest").exists() or not shutil.which("npm"):
        pytest.skip("the packages of the web client are not installed")
    web = project / "web"
    (web / "tooling").mkdir(parents=True)
    (web / "src").mkdir()
    shutil.copy(ROOT / "web" / "package.json", web)
    for name in ("tooling/npm.sh", "tooling/report.ts", "node_modules"):
        (web / name).symlink_to(ROOT / "web" / name)
    return web / "src"


def test_a_flaky_test_of_the_web_client_is_retried_and_counts(project: Path, web: Path) -> None:
    (web / "flaky.test.ts").write_text(FLAKY_IN_VITEST)
    plant(project, FLAKY.format(count=1))
    in_vitest = "src/flaky.test.ts > a group (of tests) is flaky?"
    tests = f"server/test_planted.py::test_flaky[0], {in_vitest}"
    assert gate(project) == (True, [f"retried: {tests}"])


def test_a_flaky_web_test_is_retried_in_its_own_browser(project: Path, web: Path) -> None:
    (web.parent / "vitest.config.ts").write_text(TWO_BROWSERS)
    (web / "flaky.test.ts").write_text(FLAKY_IN_ONE_BROWSER)
    assert gate(project) == (True, ["retried: two: src/flaky.test.ts > is flaky"])
    assert sorted((web.parent / "runs").read_text().split()) == ["one", "two", "two"]


@pytest.mark.parametrize(
    "more",
    [
        'import "./nowhere.ts";',
        'import { beforeAll } from "vitest"; beforeAll(() => { throw new Error("no"); });',
        'test("is left early", () => void Promise.reject(new Error("unhandled")));',
        "process.kill(process.pid, 'SIGKILL');",
    ],
    ids=["an import", "a hook", "an error outside of the tests", "a killed process"],
)
def test_a_broken_suite_of_the_web_client_is_red(project: Path, web: Path, more: str) -> None:
    """Although the only test that failed would pass the second time."""
    (web / "flaky.test.ts").write_text(FLAKY_IN_VITEST)
    (web / "broken.test.ts").write_text(f'import {{ test }} from "vitest";\n{more}\n')
    green, said = gate(project)
    assert not green
    assert len(said) == 1 and said[0].startswith("The suite web-unit is broken: ")

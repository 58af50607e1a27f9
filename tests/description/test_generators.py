"""The descriptions are read by the programs that authors of clients use."""

from __future__ import annotations

import compileall
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import javascript
from tests.support.descriptions import Descriptions, descriptions_of
from tests.support.node import Node

PATIENCE = 240


@pytest.fixture
def descriptions(shared_nodes: Callable[[str], list[Node]]) -> Descriptions:
    return descriptions_of(shared_nodes("sqlite")[0])


def read(kind: str, document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What ``read.mjs`` says of a description."""
    where = javascript.install(javascript.GENERATORS)
    file = folder / "description.json"
    file.write_text(json.dumps(document))
    done = subprocess.run(
        ["node", "read.mjs", kind, str(file)],
        cwd=where,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_openapi_python_client_makes_a_client(descriptions: Descriptions, tmp_path: Path) -> None:
    file, client = tmp_path / "openapi.json", tmp_path / "client"
    file.write_text(json.dumps(descriptions.openapi))
    tools = Path(sys.executable).parent
    command = [str(tools / "openapi-python-client"), "generate", "--path", str(file)]
    options = ["--output-path", str(client), "--meta", "none", "--fail-on-warning"]
    # It formats what it has made with ruff.
    environ = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [*command, *options], env=environ, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stdout
    assert compileall.compile_dir(client, quiet=1)
    calls = [
        call["operationId"]
        for path in descriptions.openapi["paths"].values()
        for call in path.values()
    ]
    made = {path.stem for path in client.glob("api/*/*.py")}
    assert set(calls) <= made
    # A refusal is one class for all calls, and not one for each.
    refused = [path.stem for path in client.glob("models/*.py") if "response" in path.stem]
    assert refused == []


def test_openapi_typescript_makes_types(descriptions: Descriptions, tmp_path: Path) -> None:
    said = read("openapi", descriptions.openapi, tmp_path)
    assert said["faults"] == []
    assert "get_config" in said["types"]


def test_asyncapi_is_valid_and_its_models_have_names(
    descriptions: Descriptions, tmp_path: Path
) -> None:
    said = read("asyncapi", descriptions.asyncapi, tmp_path)
    assert said["faults"] == []
    for language, names in said["models"].items():
        assert len(names) > 90, language
        assert [name for name in names if re.search("anonymous", name, re.IGNORECASE)] == []
        named = [name for name in names if name]
        assert len(named) == len(set(named)), language


def test_no_answer_is_described_twice(descriptions: Descriptions) -> None:
    """Each refusal is a reference to a component, and what no generator reads is not there."""
    paths = descriptions.openapi["paths"].values()
    calls = [call for path in paths for call in path.values()]
    for call in calls:
        for status, answer in call["responses"].items():
            assert int(status) < 400 or answer.keys() == {"$ref"}, call["operationId"]
    text = json.dumps([descriptions.openapi, descriptions.asyncapi])
    assert '"items": false' not in text

"""What the server says of itself is valid, whole, and what it does; the page shows all of it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from server.edge.description.openapi import codes
from tests.support import contract, javascript
from tests.support.descriptions import Descriptions, descriptions_of, limited, referred
from tests.support.node import ROOT, Node

Json = dict[str, Any]


@pytest.fixture
def plain_node(shared_nodes: Callable[[str], list[Node]]) -> Node:
    return shared_nodes("sqlite")[0]


@pytest.fixture
def descriptions(plain_node: Node) -> Descriptions:
    return descriptions_of(plain_node)


@pytest.fixture
async def page(plain_node: Node) -> AsyncIterator[aiohttp.ClientResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{plain_node.url}/api/docs") as answer,
    ):
        yield answer


def calls(descriptions: Descriptions) -> dict[str, Json]:
    return {
        f"{method.upper()} {path}": call
        for path, its in descriptions.openapi["paths"].items()
        for method, call in its.items()
    }


def properties(document: Json, schema: Json) -> Json:
    """The fields of a shape, by name."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    found: Json = schema["properties"]
    return found


def shown(document: Json, schema: Json) -> set[str]:
    """As tests/support/contract.py writes fields: what may be absent has a ``?``."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return {n if n in schema["required"] else f"{n}?" for n in schema["properties"]}


# --- OpenAPI ---


def test_openapi_is_valid(descriptions: Descriptions) -> None:
    OpenAPIV31SpecValidator(descriptions.openapi).validate()


def test_every_call_has_words_and_a_name_of_its_own(descriptions: Descriptions) -> None:
    names = [call["operationId"] for call in calls(descriptions).values()]
    assert len(names) == len(set(names))
    for name, call in calls(descriptions).items():
        assert re.fullmatch(r"[A-Z0-9`].*\.", call["summary"], re.DOTALL), name


def test_every_route_in_the_code_is_described(descriptions: Descriptions) -> None:
    source = "".join(path.read_text() for path in Path(ROOT, "server").glob("*/handler.py"))
    assert len(calls(descriptions)) == len(re.findall(r"\bRoute\(", source))


def test_bodies_and_queries_are_the_contracts(descriptions: Descriptions) -> None:
    assert set(calls(descriptions)) == set(contract.ROUTES)
    for name, call in calls(descriptions).items():
        expected = contract.ROUTES[name]
        json = call.get("requestBody", {}).get("content", {}).get("application/json")
        body = shown(descriptions.openapi, json["schema"]) if json else set()
        query = {
            each["name"] if each["required"] else f"{each['name']}?"
            for each in call["parameters"]
            if each["in"] == "query"
        }
        assert (body, query) == (set(expected.body or ()), set(expected.query or ())), name
        assert (call.get("security") == []) == expected.open, name


def test_every_limit_is_said(descriptions: Descriptions) -> None:
    """That each is kept, test_bad_input.py tries."""
    taken = {
        (n, e): descriptions.event_fields(n, e)
        for n, events in contract.EVENTS.items()
        for e in events
    }
    taken |= {(name, "body"): descriptions.body_fields(name) for name in contract.ROUTES}
    taken |= {(name, "query"): descriptions.query_fields(name) for name in contract.ROUTES}
    for where, fields in taken.items():
        for name, schema in fields.items():
            assert limited(schema), (where, name)
            assert limited(schema.get("items", schema)), (where, name)


def test_error_codes_are_the_contracts(descriptions: Descriptions) -> None:
    known = {code: kind.status for code, kind in codes().items()}
    assert known == contract.CODES
    assert set(properties(descriptions.openapi, {"$ref": "#/Problem"})["code"]["enum"]) == set(
        known
    )


# --- AsyncAPI ---


def test_asyncapi_is_valid(descriptions: Descriptions) -> None:
    """By the specification's own schema, which would see a wrong word."""
    specs = javascript.install() / "node_modules" / "@asyncapi" / "specs" / "schemas"
    schema = json.loads((specs / "3.0.0-without-$id.json").read_text())
    official = jsonschema_rs.Draft7Validator(schema)
    official.validate(descriptions.asyncapi)
    assert not official.is_valid(descriptions.asyncapi | {"channel": {}})


def test_every_reference_leads_somewhere(descriptions: Descriptions) -> None:
    for document in (descriptions.openapi, descriptions.asyncapi):
        for reference in re.findall(r"'\$ref': '#/([^']+)'", str(document)):
            found: Any = document
            for part in reference.split("/"):
                found = found[part.replace("~1", "/")]


def test_client_events_have_the_contracts_fields(descriptions: Descriptions) -> None:
    document = descriptions.asyncapi
    for namespace, events in contract.EVENTS.items():
        channel = namespace.strip("/")
        messages = document["channels"][channel]["messages"]
        received = {
            key.partition(".")[2]
            for key, operation in document["operations"].items()
            if key.startswith(f"{channel}.") and operation["action"] == "receive"
        }
        assert received == set(events)
        for name in received:
            assert shown(document, messages[name]["payload"]) == set(events[name]), name
            # With every ack of its own: what it brings, or a refusal.
            ack = referred(document, messages[f"{name}_ack"]["payload"])
            assert len(ack["oneOf"]) == 2


def test_every_event_has_words(descriptions: Descriptions) -> None:
    for key, operation in descriptions.asyncapi["operations"].items():
        assert re.fullmatch(r"[A-Z`].*\.", operation["summary"], re.DOTALL), key


# --- The page ---


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.ids += [str(given["id"])] if "id" in given else []
        self.links |= {str(given[name]) for name in ("href", "src") if name in given}
        assert not any(name == "style" or name.startswith("on") for name in given)


async def test_the_page_shows_all(page: aiohttp.ClientResponse, descriptions: Descriptions) -> None:
    read = Page()
    read.feed(await page.text())
    assert len(read.ids) == len(set(read.ids))
    ids = {f"call-{call['operationId']}" for call in calls(descriptions).values()}
    ids |= {f"event-{key}" for key in descriptions.asyncapi["operations"]}
    ids |= {f"code-{code}" for code in codes()}
    for document in (descriptions.openapi, descriptions.asyncapi):
        # Refusals and acks stand beside the calls and events.
        ids |= {
            f"shape-{name}"
            for name in document["components"]["schemas"]
            if not name.startswith("Refused") and not name.endswith(("Ack", "Done"))
        }
    assert ids <= set(read.ids)
    # Every link to a part of the page leads to one.
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)


async def test_the_page_needs_nothing_from_elsewhere(
    page: aiohttp.ClientResponse, plain_node: Node
) -> None:
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    read = Page()
    read.feed(await page.text())
    assert not read.tags & {"script", "style", "iframe", "img"}
    async with aiohttp.ClientSession() as session:
        for link in read.links:
            if not link.startswith("#"):
                assert link.startswith("/api/")
                async with session.get(plain_node.url + link) as answer:
                    assert answer.status == 200

"""The page at /api/docs: both descriptions for people. It has no scripts and loads nothing from
other sites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from server.edge.description.openapi import (
    ALWAYS,
    REFUSAL_PREFIX,
    STORES,
    WITH_BODY,
    WITH_TOKEN,
    codes,
)
from server.edge.description.schemas import Json
from server.edge.description.shapes import fields, kind, line, paragraphs

ANY_CALL = [kind.code for kind in (*WITH_TOKEN, *WITH_BODY, *ALWAYS, *STORES)]
# The ends of the names of acks and of their parts, which stand beside their events.
ANSWERS = ("Ack", "Done")
DIRECTIONS = {"receive": "client → server", "send": "server → client"}


def page(calls: Json, events: Json) -> str:
    parts = [*_calls(calls), *_events(events), _codes(), _shapes(calls, events)]
    contents = "".join(entry for entry, _ in parts)
    body = "".join(section for _, section in parts)
    title = escape(calls["info"]["title"])
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: API</title>
<link rel="stylesheet" href="/api/docs.css">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<nav aria-label="Contents">
<a class="home" href="#top">{title}</a>
<details open><summary>Contents</summary><ul>{contents}</ul></details>
</nav>
<main id="content">
<header id="top">
<h1>API</h1>
<p>For programs: <a href="/api/openapi.json">OpenAPI 3.1</a> of the HTTP calls and
<a href="/api/asyncapi.json">AsyncAPI 3</a> of the events.</p>
</header>
{body}
</main>
</body>
</html>
"""


def _section(anchor: str, name: str, body: str, level: int = 2) -> tuple[str, str]:
    """A section's entry in the table of contents, and the section itself."""
    depth = ' class="inner"' if level > 2 else ""
    entry = f'<li{depth}><a href="#{anchor}">{escape(name)}</a></li>'
    heading = f"<h{level}>{escape(name)}</h{level}>"
    return entry, f'<section id="{anchor}">{heading}{body}</section>'


# --- HTTP ---


def _calls(document: Json) -> Iterator[tuple[str, str]]:
    base = document["servers"][0]["url"]
    any_call = "".join(f"<li>{_code(code)}</li>" for code in ANY_CALL)
    about = (
        f"<p>Paths are below <code>{base}</code>. Besides what a call says that it may refuse,"
        f' any may answer:</p><ul class="codes">{any_call}</ul>'
    )
    yield _section("http", "HTTP", paragraphs(document["info"]["description"]) + about)
    for tag in document["tags"]:
        its = [
            _call(method, path, call, document)
            for path, calls in document["paths"].items()
            for method, call in calls.items()
            if tag["name"] in call["tags"]
        ]
        yield _section(f"http-{tag['name']}", tag["name"].capitalize(), "".join(its), 3)


def _call(method: str, path: str, call: Json, document: Json) -> str:
    shown = re.sub(r"({\w+})", r"<i>\1</i>", escape(path))
    open_ = '<span class="tag">open</span>' if call.get("security") == [] else ""
    title = f"<code><b>{method.upper()}</b> {shown}</code>{open_}"
    rows = [*_inputs(call, document), *_answers(call, document)]
    return _article(f"call-{call['operationId']}", title, call["summary"], _facts(rows))


def _inputs(call: Json, document: Json) -> Iterator[tuple[str, str]]:
    for where in ("path", "query"):
        its = [each for each in call["parameters"] if each["in"] == where]
        if its:
            shape = {
                "properties": {each["name"]: each["schema"] for each in its},
                "required": [each["name"] for each in its if each["required"]],
            }
            yield where, fields(shape)
    for media_type, content in call.get("requestBody", {}).get("content", {}).items():
        note = "" if media_type == "application/json" else f" <code>{media_type}</code>"
        yield "body", fields(resolved(content["schema"], document)) + note


def _answers(call: Json, document: Json) -> Iterator[tuple[str, str]]:
    refused: list[str] = []
    for status, given in call["responses"].items():
        response = resolved(given, document)
        if int(status) >= 400:
            its = re.findall(r"`(\w+)`", response["description"])
            refused += [_code(code) for code in its if code not in ANY_CALL]
            continue
        content = [kind(each["schema"]) for each in response.get("content", {}).values()]
        shape = f" <code>{content[0]}</code>" if content else ""
        again = " if it was there already" if "already" in response["description"] else ""
        yield "answer", f"{status}{shape}{again}"
    yield "may refuse", " ".join(refused)
    # What applies to every call is written once, above.
    if len(limits := call["description"].split("; ")) > 1:
        yield "limit", line("; ".join(limits[1:]))


# --- Socket.IO ---


def _events(document: Json) -> Iterator[tuple[str, str]]:
    yield _section("socketio", "Socket.IO", paragraphs(document["info"]["description"]))
    for name, channel in document["channels"].items():
        for action, direction in DIRECTIONS.items():
            its = [
                _event(key, operation, channel, document)
                for key, operation in document["operations"].items()
                if key.startswith(f"{name}.") and operation["action"] == action
            ]
            title = f"{channel['address']}, {direction}"
            yield _section(f"socketio-{name}-{action}", title, "".join(its), 3)


def _event(key: str, operation: Json, channel: Json, document: Json) -> str:
    message = _message(operation["messages"][0], channel)
    rows = [("payload", fields(resolved(message["payload"], document)))]
    if "reply" in operation:
        ack = _message(operation["reply"]["messages"][0], channel)
        done = resolved(ack["payload"], document)["oneOf"][0]
        rows.append(("ack", fields(resolved(done, document), without=("ok",))))
    title = f"<code><b>{escape(message['name'])}</b></code>"
    return _article(f"event-{key}", title, operation["summary"], _facts(rows))


def _message(reference: Json, channel: Json) -> Json:
    found: Json = channel["messages"][reference["$ref"].rsplit("/", 1)[1]]
    return found


# --- Both ---


def _article(anchor: str, title: str, words: str, body: str) -> str:
    link = f'<a class="self" href="#{anchor}" aria-label="Link to this">#</a>'
    return f'<article id="{anchor}"><h4>{title}{link}</h4>{paragraphs(words)}{body}</article>'


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows if value)
    return f"<dl>{facts}</dl>"


def _code(code: str) -> str:
    return f'<a class="code" href="#code-{code}">{code}</a>'


def resolved(schema: Json, document: Json) -> Json:
    """What a reference points to, or the schema itself if it is not a reference."""
    if "$ref" not in schema:
        return schema
    _, components, kind, name = schema["$ref"].split("/")
    found: Json = document[components][kind][name]
    return found


def _codes() -> tuple[str, str]:
    rows = [
        f'<tr id="code-{code}"><th scope="row"><code>{code}</code></th>'
        f"<td>{refusal.status}</td><td>{escape(refusal.default)}</td></tr>"
        for code, refusal in sorted(codes().items(), key=lambda item: item[1].status)
    ]
    return _section("codes", "Error codes", f"<table>{''.join(rows)}</table>")


def _shape(shape: Json) -> str:
    return f"<p><code>{kind(shape)}</code></p>" if "enum" in shape else fields(shape)


def _shapes(calls: Json, events: Json) -> tuple[str, str]:
    shapes = events["components"]["schemas"] | calls["components"]["schemas"]
    articles = [
        _article(f"shape-{name}", f"<b>{name}</b>", shape.get("description", ""), _shape(shape))
        for name, shape in sorted(shapes.items())
        if not name.startswith(REFUSAL_PREFIX) and not name.endswith(ANSWERS)
    ]
    return _section("shapes", "Shapes", "".join(articles))

"""What a push service may answer, and what becomes of the push and of the subscription."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.support.client import User
from tests.support.database import query
from tests.support.node import Node
from tests.support.push import (
    Answer,
    Device,
    PushService,
    outbox_is_done,
    send_text,
)

pytestmark = pytest.mark.usefixtures("no_errors_logged")


# --- What a push service may answer ---


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_push_subscription_that_is_gone_is_removed(
    ann: User, bob: User, device: Device, nodes: list[Node], status: int
) -> None:
    """Or that another key has made: the log says so, and nothing of the endpoint."""
    sizes = [node.log.stat().st_size for node in nodes]
    device.answers = [Answer(status)]
    room = await ann.direct(bob)
    await send_text(ann, room["id"])
    await device.hear()
    await outbox_is_done(ann.node, room["id"])
    sql = "SELECT id FROM push_subscriptions WHERE endpoint = $1"
    assert await query(ann.node, sql, device.endpoint) == []
    lines = [line for node, size in zip(nodes, sizes, strict=True) for line in node.log_lines(size)]
    dropped = [line for line in lines if line.get("event") == "push subscription dropped"]
    foreign = ": it was made with another VAPID key" if status < 404 else ""
    # The end of a subscription is no warning, so it depends on the level of the log.
    assert {line["reason"] for line in dropped} <= {f"HTTP {status}{foreign}"}
    assert dropped or not foreign
    assert device.id not in json.dumps(lines)


@pytest.mark.parametrize("status", [429, 503])
async def test_push_is_tried_again(ann: User, bob: User, device: Device, status: int) -> None:
    """Once more, exactly, when the second try succeeds; not sooner than the service wants."""
    device.answers = [Answer(status, {"Retry-After": "2"})]
    room = await ann.direct(bob)
    await send_text(ann, room["id"])
    await device.hear()
    loop = asyncio.get_running_loop()
    began = loop.time()
    first, second = await device.hear(2)
    assert loop.time() - began >= 1.9
    assert first == second
    await outbox_is_done(ann.node, room["id"])
    assert len(device.received) == 2


async def test_push_too_large_is_shortened_then_dropped(
    ann: User, bob: User, device: Device
) -> None:
    device.answers = [Answer(413), Answer(413)]
    room = await ann.direct(bob)
    await send_text(ann, room["id"], "x" * 8000)
    await device.hear(2)
    await outbox_is_done(ann.node, room["id"])
    whole, brief = device.contents
    assert whole["body"] == "x" * 140
    assert brief == whole | {"title": "", "body": ""}


async def test_push_refused_for_good_is_dropped(
    ann: User, bob: User, device: Device, nodes: list[Node]
) -> None:
    """With one line in the log, which says nothing of the endpoint; the subscription stays."""
    sizes = [node.log.stat().st_size for node in nodes]
    device.answers = [Answer(400)]
    room = await ann.direct(bob)
    await send_text(ann, room["id"])
    await device.hear()
    await outbox_is_done(ann.node, room["id"])
    lines = [line for node, size in zip(nodes, sizes, strict=True) for line in node.log_lines(size)]
    dropped = [line for line in lines if line.get("event") == "push dropped"]
    assert [line["reason"] for line in dropped] == ["HTTP 400"]
    assert device.id not in json.dumps(lines)
    await send_text(ann, room["id"])
    await device.hear(2)


async def test_push_follows_no_redirect(
    ann: User, bob: User, device: Device, service: PushService
) -> None:
    other = service.device()
    device.answers = [Answer(307, {"Location": other.endpoint})]
    room = await ann.direct(bob)
    await send_text(ann, room["id"])
    await device.hear()
    await outbox_is_done(ann.node, room["id"])
    assert other.received == [] and len(device.received) == 1


async def test_push_to_a_private_address_is_refused_when_sent_too(
    ann: User, bob: User, device: Device, nodes: list[Node]
) -> None:
    """A name may have meant a public address when the subscription came."""
    private = device.endpoint.replace("127.0.0.1", "localhost")
    await query(
        bob.node,
        "UPDATE push_subscriptions SET endpoint = $1 WHERE endpoint = $2",
        *(private, device.endpoint),
    )
    sizes = [node.log.stat().st_size for node in nodes]
    room = await ann.direct(bob)
    await send_text(ann, room["id"])
    await outbox_is_done(ann.node, room["id"])
    lines = [line for node, size in zip(nodes, sizes, strict=True) for line in node.log_lines(size)]
    reasons = [line["reason"] for line in lines if line.get("event") == "push dropped"]
    assert len(reasons) == 1 and "is not a public address" in reasons[0]
    assert device.received == []

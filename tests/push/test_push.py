"""Web Push: who is told of what while no socket is open, over a push service of the tests' own that
decrypts and verifies as a browser and its vendor do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from server.clock import now_ms, timestamp
from tests.support.client import PATIENCE, Http, Refused, User, new_id
from tests.support.database import query
from tests.support.node import Node
from tests.support.push import Answer, Device, Json, PushService, push_service, unb64
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("no_errors_logged")

once = pytest.mark.parametrize("kind", ["sqlite"])


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as service:
        yield service


@pytest.fixture
async def bob(shared_world: World) -> User:
    """With no socket, at the second node where there are two."""
    await shared_world.user("ann")
    return await shared_world.user("bob", connect=False)


@pytest.fixture
async def ann(shared_world: World, bob: User) -> User:
    return shared_world.users[0]


@pytest.fixture
async def device(service: PushService, bob: User) -> AsyncIterator[Device]:
    """Bob's, until the test ends."""
    device = service.device()
    await device.subscribe(bob)
    yield device
    await bob.http("DELETE", "/push/subscriptions", {"endpoint": device.endpoint})


async def say(by: User, room_id: str, text: str = "hello", **more: Any) -> Json:
    return await by.send(room_id, text, **more)


async def done(node: Node, room_id: str) -> None:
    """Returns once the outbox has nothing more about the room."""
    async with asyncio.timeout(PATIENCE):
        while await query(node, "SELECT id FROM push_jobs WHERE room_id = $1", room_id):
            await asyncio.sleep(0.05)


async def group(by: User, *members: User, heard: Iterable[Device], **fields: Any) -> Json:
    """A new group; what the devices heard of being added to it is forgotten."""
    room = await by.group(*members, **fields)
    await done(by.node, room["id"])
    for device in heard:
        device.received.clear()
    return room


async def change_me(user: User, room_id: str, **levels: Any) -> None:
    await user.http("PATCH", f"/rooms/{room_id}/me", levels)


async def refusal(user: User, body: Json) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        await user.http("PUT", "/push/subscriptions", body)
    return caught.value.code, caught.value.field


# --- Keys and subscriptions ---


async def test_push_key_is_one_for_all_nodes(nodes: list[Node]) -> None:
    """Open to everybody: a point on the curve, made once for the database."""
    keys = set()
    for node in nodes:
        http = Http(node)
        keys.add((await http("GET", "/push/key"))["key"])
        await http.close()
    (key,) = keys
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(key))


async def test_the_private_key_is_in_no_log(nodes: list[Node]) -> None:
    (row,) = await query(nodes[0], "SELECT value FROM facts WHERE name = 'vapid'")
    assert all(row["value"] not in node.log_text() for node in nodes)


async def test_push_subscriptions_put_again_replaces(
    ann: User, bob: User, service: PushService
) -> None:
    """The browser has new keys at the same endpoint."""
    old, new = service.device(), service.device()
    new.endpoint, service.devices[old.id] = old.endpoint, new
    await old.subscribe(bob)
    await new.subscribe(bob)
    room = await ann.direct(bob)
    await say(ann, room["id"])
    await new.hear()
    await done(bob.node, room["id"])
    assert len(new.received) == 1
    await bob.http("DELETE", "/push/subscriptions", {"endpoint": new.endpoint})


async def test_push_subscriptions_put_by_another_user_moves(
    ann: User, bob: User, shared_world: World, device: Device
) -> None:
    """Somebody else has signed in with the same browser."""
    carol = await shared_world.user("carol", connect=False)
    await device.subscribe(carol)
    for peer in (bob, carol):
        room = await ann.direct(peer)
        await say(ann, room["id"], f"for {peer.username}")
        await done(ann.node, room["id"])
    assert [one["body"] for one in device.contents] == [f"for {carol.username}"]
    await carol.http("DELETE", "/push/subscriptions", {"endpoint": device.endpoint})


async def test_push_subscriptions_delete(
    ann: User, bob: User, shared_world: World, device: Device
) -> None:
    """Another user's DELETE does nothing; one's own may be repeated."""
    body, room = {"endpoint": device.endpoint}, await ann.direct(bob)
    assert await ann.http("DELETE", "/push/subscriptions", body) is None
    await say(ann, room["id"])
    await device.hear()
    for _ in range(2):
        assert await bob.http("DELETE", "/push/subscriptions", body) is None
    await say(ann, room["id"])
    await done(bob.node, room["id"])
    assert len(device.received) == 1


async def test_push_subscriptions_keep_the_20_newest(bob: User, service: PushService) -> None:
    devices = [service.device() for _ in range(21)]
    for device in devices:
        await device.subscribe(bob)
    sql = "SELECT endpoint FROM push_subscriptions WHERE user_id = $1"
    kept = {row["endpoint"] for row in await query(bob.node, sql, bob.id)}
    assert kept == {device.endpoint for device in devices[1:]}
    for device in devices:
        await bob.http("DELETE", "/push/subscriptions", {"endpoint": device.endpoint})


@once
@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.2/push",
        "https://localhost/push",
        "https://10.1.2.3/push",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/push",
        "https://[::ffff:10.0.0.1]/push",
        "https://[64:ff9b::10.0.0.1]/push",
        "https://[2002:a00:1::]/push",
        "https://[fd00::1]/push",
        "https://0/push",
        "https://2130706433/push",
        "https://0x7f.1/push",
        "https://100.64.0.1/push",
        "https://224.0.0.1/push",
        "http://1.1.1.1/push",
        "https://ann:secret@1.1.1.1/push",
        "https://1.1.1.1/push#there",
    ],
)
async def test_push_endpoint_must_be_https_and_public(
    bob: User, service: PushService, endpoint: str
) -> None:
    body = service.device().subscription | {"endpoint": endpoint}
    assert await refusal(bob, body) == ("validation_failed", "endpoint")


@once
async def test_push_keys_are_checked(bob: User, service: PushService) -> None:
    """Each refusal names the key: a point that is not on the curve, a secret of another length."""
    good = service.device().subscription
    point, secret = good["keys"]["p256dh"], good["keys"]["auth"]
    wrong: dict[str, tuple[Any, ...]] = {
        "p256dh": (None, 1, "", "x", "é", secret, point[:-4] + "AAAA", "B" + "A" * 86, point * 99),
        "auth": (None, 1, "", "x", "é", secret[:-2], secret + "AAAA", "!" * 22),
        "extra": ("x",),
    }
    for name, values in wrong.items():
        for value in values:
            body = good | {"keys": good["keys"] | {name: value}}
            assert await refusal(bob, body) == ("validation_failed", f"keys.{name}"), value
    for name in good["keys"]:
        keys = {key: value for key, value in good["keys"].items() if key != name}
        assert await refusal(bob, good | {"keys": keys}) == ("validation_failed", f"keys.{name}")


# --- Who is told, and what ---


async def test_push_goes_to_who_is_offline(
    ann: User, bob: User, shared_world: World, device: Device, service: PushService
) -> None:
    """Encrypted for the device and signed for its service. Carol, who has a socket open at some
    node, gets none; nor does the author."""
    carol = await shared_world.user("carol")
    theirs = service.device(), service.device()
    for user, other in zip((ann, carol), theirs, strict=True):
        await other.subscribe(user)
    room = await group(ann, bob, carol, heard=(device, *theirs), name="Garden")
    message = await say(ann, room["id"], "tea at five?")
    (content,) = await device.hear()
    assert content == {
        "kind": "message",
        "room_id": room["id"],
        "seq": message["seq"],
        "title": f"{ann.session['user']['display_name']} · Garden",
        "body": "tea at five?",
        "unread": content["unread"],
    }
    assert content["unread"] >= 1
    key = (await bob.http("GET", "/push/key"))["key"]
    assert device.claims(key)["sub"].startswith("mailto:")
    headers = device.received[0].headers
    assert 0 < int(headers["TTL"]) <= 24 * 3600
    assert headers["Urgency"] == "normal" and len(headers["Topic"]) == 32
    await done(ann.node, room["id"])
    assert [other.received for other in theirs] == [[], []]
    for user, other in zip((ann, carol), theirs, strict=True):
        await user.http("DELETE", "/push/subscriptions", {"endpoint": other.endpoint})


async def test_push_topic_is_one_for_each_room(ann: User, bob: User, device: Device) -> None:
    """So a newer push takes the place of the one that still waits at the service."""
    rooms = [await group(ann, bob, heard=[device]), await ann.direct(bob)]
    for room in (*rooms, rooms[0]):
        await say(ann, room["id"])
        await done(ann.node, room["id"])
    first, other, again = (one.headers["Topic"] for one in device.received)
    assert first == again != other
    assert [one.headers["Urgency"] for one in device.received] == ["normal", "high", "normal"]


async def test_push_levels(ann: User, bob: User, device: Device) -> None:
    """all: everything; mentions: mentions and replies; none and muted: nothing."""
    room = await group(ann, bob, heard=[device])
    room_id = room["id"]
    mine = await bob.http(
        "POST", f"/rooms/{room_id}/messages", {"client_id": new_id(), "text": "mine"}
    )

    async def told(**levels: Any) -> list[str]:
        await change_me(bob, room_id, **levels)
        seen = len(device.received)
        await say(ann, room_id, "plain")
        await done(ann.node, room_id)
        await say(ann, room_id, f"hello @{bob.username}")
        await done(ann.node, room_id)
        await say(ann, room_id, "indeed", reply_to_seq=mine["seq"])
        await done(ann.node, room_id)
        return [one["kind"] for one in device.contents[seen:]]

    assert await told(notify="all") == ["message", "mention", "reply"]
    assert await told(notify="mentions") == ["mention", "reply"]
    assert await told(notify="none") == []
    assert await told(notify="all", muted_until=timestamp(now_ms() + 60_000)) == []
    assert await told(muted_until=None) == ["message", "mention", "reply"]


async def test_push_in_a_direct_room_counts_as_all(ann: User, bob: User, device: Device) -> None:
    room = await ann.direct(bob)
    await change_me(bob, room["id"], notify="mentions")
    await say(ann, room["id"])
    assert [one["kind"] for one in await device.hear()] == ["direct_message"]
    await done(ann.node, room["id"])
    await change_me(bob, room["id"], notify="all")


@pytest.mark.parametrize("who", ["bob", "ann"])
async def test_push_not_between_blocked(ann: User, bob: User, device: Device, who: str) -> None:
    """Whichever of them blocked the other."""
    room = await group(ann, bob, heard=[device])
    pair = (bob.id, ann.id) if who == "bob" else (ann.id, bob.id)
    await query(
        ann.node, "INSERT INTO blocks (user_id, blocked_id, created_at) VALUES ($1, $2, 0)", *pair
    )
    await say(ann, room["id"])
    await done(ann.node, room["id"])
    await query(ann.node, "DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2", *pair)
    assert device.received == []


async def test_push_not_of_what_was_deleted_or_left(ann: User, bob: User, device: Device) -> None:
    """Between the message and its push the message, or the member, may have gone."""
    rooms = [await group(ann, bob, heard=[device]) for _ in range(2)]
    device.answers = [Answer(503, {"Retry-After": "1"}) for _ in rooms]
    for room in rooms:
        message = await say(ann, room["id"])
    await device.hear(2)
    await bob.http("DELETE", f"/rooms/{rooms[0]['id']}/members/{bob.id}")
    await ann.http("DELETE", f"/rooms/{rooms[1]['id']}/messages/{message['seq']}")
    for room in rooms:
        await done(ann.node, room["id"])
    assert len(device.received) == 2


async def test_push_ends_with_the_session(ann: User, world: World, service: PushService) -> None:
    dora = await world.user("dora", connect=False)
    device = service.device()
    await device.subscribe(dora)
    room = await ann.direct(dora)
    await dora.http("POST", "/auth/signout")
    await say(ann, room["id"])
    await done(ann.node, room["id"])
    assert device.received == []


# --- What a push service may answer ---


@pytest.mark.parametrize("status", [404, 410])
async def test_push_subscription_that_is_gone_is_removed(
    ann: User, bob: User, device: Device, status: int
) -> None:
    device.answers = [Answer(status)]
    room = await ann.direct(bob)
    await say(ann, room["id"])
    await device.hear()
    await done(ann.node, room["id"])
    sql = "SELECT id FROM push_subscriptions WHERE endpoint = $1"
    assert await query(ann.node, sql, device.endpoint) == []


@pytest.mark.parametrize("status", [429, 503])
async def test_push_is_tried_again(ann: User, bob: User, device: Device, status: int) -> None:
    """Once more, exactly, when the second try succeeds; not sooner than the service wants."""
    device.answers = [Answer(status, {"Retry-After": "2"})]
    room = await ann.direct(bob)
    await say(ann, room["id"])
    await device.hear()
    loop = asyncio.get_running_loop()
    began = loop.time()
    first, second = await device.hear(2)
    assert loop.time() - began >= 1.9
    assert first == second
    await done(ann.node, room["id"])
    assert len(device.received) == 2


async def test_push_too_large_is_shortened_then_dropped(
    ann: User, bob: User, device: Device
) -> None:
    device.answers = [Answer(413), Answer(413)]
    room = await ann.direct(bob)
    await say(ann, room["id"], "x" * 8000)
    await device.hear(2)
    await done(ann.node, room["id"])
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
    await say(ann, room["id"])
    await device.hear()
    await done(ann.node, room["id"])
    lines = [line for node, size in zip(nodes, sizes, strict=True) for line in node.log_lines(size)]
    dropped = [line for line in lines if line.get("event") == "push dropped"]
    assert [line["reason"] for line in dropped] == ["HTTP 400"]
    assert device.id not in json.dumps(lines)
    await say(ann, room["id"])
    await device.hear(2)


async def test_push_follows_no_redirect(
    ann: User, bob: User, device: Device, service: PushService
) -> None:
    other = service.device()
    device.answers = [Answer(307, {"Location": other.endpoint})]
    room = await ann.direct(bob)
    await say(ann, room["id"])
    await device.hear()
    await done(ann.node, room["id"])
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
    await say(ann, room["id"])
    await done(ann.node, room["id"])
    lines = [line for node, size in zip(nodes, sizes, strict=True) for line in node.log_lines(size)]
    reasons = [line["reason"] for line in lines if line.get("event") == "push dropped"]
    assert len(reasons) == 1 and "is not a public address" in reasons[0]
    assert device.received == []


# --- Workers ---


async def test_each_push_is_sent_once_by_all_nodes_together(
    ann: User, bob: User, shared_world: World, service: PushService
) -> None:
    others = [await shared_world.user("other", connect=False) for _ in range(2)]
    owners = [(user, service.device()) for user in (bob, *others) for _ in range(10)]
    for user, device in owners:
        await device.subscribe(user)
    devices = [device for _, device in owners]
    rooms = [await group(ann, bob, *others, heard=devices) for _ in range(5)]
    await asyncio.gather(*(say(ann, room["id"]) for room in rooms))
    for room in rooms:
        await done(ann.node, room["id"])
    for user, device in owners:
        assert sorted(one["room_id"] for one in device.contents) == sorted(r["id"] for r in rooms)
        await user.http("DELETE", "/push/subscriptions", {"endpoint": device.endpoint})


async def test_a_silent_push_service_does_not_hold_up_others(
    ann: User, bob: User, device: Device, shared_world: World
) -> None:
    """More pushes to it than may be under way at once; it answers none in time."""
    carol = await shared_world.user("carol", connect=False)
    rooms = [await ann.group(carol) for _ in range(8)]
    async with push_service() as silent:
        deaf = [silent.device() for _ in range(16)]
        for one in deaf:
            one.answers = [Answer(delay=60.0) for _ in range(9)]
            await one.subscribe(carol)
        await asyncio.gather(*(say(ann, room["id"]) for room in rooms))
        await deaf[0].hear()
        room = await ann.direct(bob)
        await say(ann, room["id"])
        await device.hear(within=6)
        for one in deaf:
            await carol.http("DELETE", "/push/subscriptions", {"endpoint": one.endpoint})


async def test_a_push_job_that_cannot_be_read_is_dropped(ann: User, bob: User) -> None:
    room = await ann.direct(bob)
    for payload in ("", "[]", "{}", '{"kind":"unknown"}'):
        await query(
            ann.node,
            "INSERT INTO push_jobs (room_id, payload, attempts, due_at, created_at)"
            " VALUES ($1, $2, 0, 0, 0)",
            *(room["id"], payload),
        )
    await done(ann.node, room["id"])


async def test_push_of_a_notification(ann: User, bob: User, device: Device) -> None:
    """One job for the Notification becomes one for each of the user's subscriptions."""
    room = await group(ann, bob, heard=[device], name="Garden")
    notification_id = new_id()
    await query(
        ann.node,
        "INSERT INTO notifications (id, user_id, kind, room_id, actor_id, cause, created_at)"
        " VALUES ($1, $2, 'added_to_room', $3, $4, $5, 0)",
        *(notification_id, bob.id, room["id"], ann.id, f"test {notification_id}"),
    )
    about = json.dumps({"kind": "added_to_room", "notification_id": notification_id})
    await query(
        ann.node,
        "INSERT INTO push_jobs (room_id, payload, attempts, due_at, created_at)"
        " VALUES ($1, $2, 0, 0, $3)",
        *(room["id"], about, now_ms()),
    )
    (content,) = await device.hear()
    assert content["kind"] == "added_to_room" and content["notification_id"] == notification_id
    assert content["title"].endswith(" · Garden") and content["seq"] is None
    await done(ann.node, room["id"])
    assert len(device.received) == 1


async def test_push_of_a_reaction_on_and_off_is_one(ann: User, bob: User, device: Device) -> None:
    room = await group(ann, bob, heard=[device], name="Garden")
    seq = (await bob.http("POST", f"/rooms/{room['id']}/messages", a_text()))["seq"]
    for n in range(21):
        await ann.call("react", room_id=room["id"], seq=seq, emoji="👍", on=n % 2 == 0)
    (content,) = await device.hear()
    assert (content["kind"], content["seq"]) == ("reaction", seq)
    for on in (False, True):
        await ann.call("react", room_id=room["id"], seq=seq, emoji="👍", on=on)
    await done(ann.node, room["id"])
    assert len(device.received) == 1


async def test_push_of_what_was_withdrawn_waits(ann: User, bob: User, device: Device) -> None:
    """And is sent when it comes back; a later one passes it by."""
    room = await group(ann, bob, heard=[device], name="Garden")
    ids = [new_id(), new_id()]
    for id in ids:
        await query(
            ann.node,
            "INSERT INTO notifications (id, user_id, kind, room_id, actor_id, cause, created_at,"
            " withdrawn_at) VALUES ($1, $2, 'reaction', $3, $4, $5, 0, $6)",
            *(id, bob.id, room["id"], ann.id, f"test {id}", 1 if id == ids[0] else None),
        )
        await query(
            ann.node,
            "INSERT INTO push_jobs (room_id, payload, attempts, due_at, created_at)"
            " VALUES ($1, $2, 0, 0, $3)",
            *(room["id"], json.dumps({"kind": "reaction", "notification_id": id}), now_ms()),
        )
    assert [content["notification_id"] for content in await device.hear()] == ids[1:]
    sql = "UPDATE notifications SET withdrawn_at = NULL WHERE id = $1"
    await query(ann.node, sql, ids[0])
    await device.hear(2)
    await done(ann.node, room["id"])
    assert [content["notification_id"] for content in device.contents] == [ids[1], ids[0]]


def a_text() -> Json:
    return {"client_id": new_id(), "text": "hello"}

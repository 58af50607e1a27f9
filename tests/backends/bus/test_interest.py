"""What a node wants to hear, as it tells it and as another node reads it: in pure functions."""

from __future__ import annotations

import os
import tracemalloc

from server.backends.bus.bundles import read_change, read_share
from server.backends.bus.interest import LINGERS, MOST_IDS_TOLD, Interest
from server.backends.bus.others import OtherNode

ROOMS = 100_000


def ids(count: int) -> list[bytes]:
    return [os.urandom(16) for _ in range(count)]


def other_node() -> OtherNode:
    return OtherNode(os.urandom(16), 0.0, missed=False)


def tell_all(interest: Interest, node: OtherNode) -> None:
    for share in interest.all_shares():
        node.take_share(read_share(share))


def tell_changes(interest: Interest, node: OtherNode) -> list[bool]:
    return [node.take_change(read_change(change)) for change in interest.take_changes()]


def test_what_is_told_in_full_and_in_changes_is_the_same() -> None:
    interest, node = Interest(), other_node()
    first, then = ids(5), ids(5)
    for id in first:
        assert interest.add(id)
    assert interest.take_changes() and not interest.changed
    tell_all(interest, node)
    assert node.sure and node.ids == set(first)
    for id in then:
        interest.add(id)
    interest.end(first[0], 0.0)
    interest.sweep(LINGERS + 1)
    assert tell_changes(interest, node) == [True, True]
    assert node.ids == {*first[1:], *then}
    assert node.number == interest.number


def test_an_id_that_ends_and_comes_back_is_told_once() -> None:
    interest = Interest()
    (id,) = ids(1)
    assert interest.add(id)
    interest.take_changes()
    interest.end(id, 0.0)
    interest.sweep(LINGERS - 1)
    assert not interest.add(id), "it still lingered"
    interest.sweep(10 * LINGERS)
    assert not interest.changed
    interest.end(id, 0.0)
    interest.sweep(LINGERS + 1)
    assert not interest.add(id), "its end was not told yet"
    assert not interest.changed and len(interest) == 1


def test_a_lost_change_leaves_the_node_unsure_and_nothing_is_missed_unnoticed() -> None:
    interest, node = Interest(), other_node()
    tell_all(interest, node)
    for id in ids(2):
        interest.add(id)
        lost = interest.take_changes()
    assert len(lost) == 1
    for id in ids(1):
        interest.add(id)
    assert tell_changes(interest, node) == [False]
    assert not node.sure and node.wants([b"anything at all."])
    tell_all(interest, node)
    assert node.sure and node.missed and len(node.ids) == 3
    # A change that comes twice is applied once.
    (id,) = ids(1)
    interest.add(id)
    (change,) = interest.take_changes()
    assert [node.take_change(read_change(change)) for _ in range(2)] == [True, True]
    assert node.number == interest.number


def test_a_part_that_is_missing_changes_nothing() -> None:
    interest, node = Interest(), other_node()
    for id in ids(3 * MOST_IDS_TOLD):
        interest.add(id)
    interest.take_changes()
    first, second, third = map(read_share, interest.all_shares())
    assert [node.take_share(each) for each in (first, third)] == [False, False]
    assert not node.sure
    assert [node.take_share(each) for each in (first, second, third)] == [False, False, True]
    assert node.sure and len(node.ids) == 3 * MOST_IDS_TOLD


def test_a_hundred_thousand_rooms_take_bounded_messages_and_memory() -> None:
    interest, node = Interest(), other_node()
    for id in ids(ROOMS):
        interest.add(id)
    goal = interest.goal
    changes = interest.take_changes()
    assert len(changes) == goal == interest.number == -(-ROOMS // MOST_IDS_TOLD)
    assert max(map(len, changes)) <= 65 * 1024
    shares = interest.all_shares()
    assert max(map(len, shares)) <= 65 * 1024
    assert sum(map(len, shares)) < 17 * ROOMS
    tracemalloc.start()
    for share in shares:
        node.take_share(read_share(share))
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(node.ids) == ROOMS
    assert held < 150 * ROOMS, "bytes an id that another node holds"
    assert peak < 300 * ROOMS

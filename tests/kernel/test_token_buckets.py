"""Token buckets of one process, with a clock of the test's."""

from __future__ import annotations

import pytest

from server.kernel.limits import Rate, TokenBuckets

FAST = Rate(per_second=10.0, burst=3)
# Five failures, then a try every five minutes.
SLOW = Rate(per_second=1 / 300, burst=5)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buckets(clock: Clock) -> TokenBuckets:
    return TokenBuckets(clock)


def test_a_burst_passes_and_then_the_rate(buckets: TokenBuckets, clock: Clock) -> None:
    assert [buckets.take_tokens("send", "ann", FAST) for _ in range(3)] == [0, 0, 0]
    assert buckets.take_tokens("send", "ann", FAST) == pytest.approx(0.1)

    clock.now += 0.1
    assert buckets.take_tokens("send", "ann", FAST) == 0
    assert buckets.take_tokens("send", "ann", FAST) > 0


def test_thirds_of_a_token_add_up(buckets: TokenBuckets, clock: Clock) -> None:
    for _ in range(5):
        assert buckets.take_tokens("signin", "ann", SLOW) == 0
    for _ in range(20):
        for _ in range(3):
            assert buckets.take_tokens("signin", "ann", SLOW) > 0
            clock.now += 100
        assert buckets.take_tokens("signin", "ann", SLOW) == 0


def test_a_bucket_holds_no_more_than_its_burst(buckets: TokenBuckets, clock: Clock) -> None:
    buckets.take_tokens("send", "ann", FAST)
    clock.now += 3600

    assert [bool(buckets.take_tokens("send", "ann", FAST)) for _ in range(4)] == [False] * 3 + [
        True
    ]


def test_each_name_and_key_has_its_own(buckets: TokenBuckets) -> None:
    for _ in range(3):
        buckets.take_tokens("send", "ann", FAST)

    assert buckets.take_tokens("send", "ann", FAST) > 0
    assert buckets.take_tokens("send", "bob", FAST) == 0
    assert buckets.take_tokens("typing", "ann", FAST) == 0


def test_peek_takes_nothing_and_reset_fills(buckets: TokenBuckets) -> None:
    for _ in range(10):
        assert buckets.peek_tokens("send", "ann", FAST) == 0
    for _ in range(3):
        buckets.take_tokens("send", "ann", FAST)
    assert buckets.peek_tokens("send", "ann", FAST) > 0

    buckets.reset_bucket("send", "ann")
    assert buckets.peek_tokens("send", "ann", FAST) == 0


def test_a_refused_cost_is_not_taken(buckets: TokenBuckets) -> None:
    buckets.take_tokens("upload", "ann", FAST, cost=2)
    assert buckets.take_tokens("upload", "ann", FAST, cost=2) == pytest.approx(0.1)
    assert buckets.take_tokens("upload", "ann", FAST) == 0


def test_a_cost_above_the_burst_needs_a_full_bucket(buckets: TokenBuckets) -> None:
    assert buckets.take_tokens("upload", "ann", FAST, cost=100) == 0
    assert buckets.take_tokens("upload", "ann", FAST) > 0


def test_a_clock_that_stands_still_or_jumps_back_gives_nothing(
    buckets: TokenBuckets, clock: Clock
) -> None:
    for _ in range(3):
        buckets.take_tokens("send", "ann", FAST)
    clock.now -= 500
    assert buckets.take_tokens("send", "ann", FAST) > 0


def test_full_buckets_are_forgotten(buckets: TokenBuckets, clock: Clock) -> None:
    for number in range(10_000):
        buckets.take_tokens("http", str(number), FAST)
        clock.now += 0.01

    assert len(buckets) < 1100


def test_memory_is_bounded_and_the_latest_are_kept(clock: Clock) -> None:
    buckets = TokenBuckets(clock, most=1000)
    for number in range(5000):
        for _ in range(5):
            buckets.take_tokens("signin", str(number), SLOW)
        assert len(buckets) <= 1000
        assert buckets.peek_tokens("signin", str(number), SLOW) > 0

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.node import Node
from tests.support.sample_world import SampleRecord, SampleWorld, make_sample, sample_world


@pytest.fixture(scope="module")
def records() -> dict[str, SampleRecord]:
    return {}


@pytest.fixture
async def sample(
    kind: str, nodes: list[Node], records: dict[str, SampleRecord]
) -> AsyncIterator[SampleWorld]:
    """No bad input may move a counter of its rooms."""
    if kind not in records:
        records[kind] = await make_sample(nodes)
    async with sample_world(nodes, records[kind]) as sample:
        before = await sample.counters()
        yield sample
        assert await sample.counters() == before

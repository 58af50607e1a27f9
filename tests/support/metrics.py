"""Reads the metrics of a node."""

from __future__ import annotations

import asyncio

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.support.client import PATIENCE
from tests.support.node import Node

METRICS_TOKEN = "a-token-of-a-scraper"
METRICS_AUTH = {"Authorization": f"Bearer {METRICS_TOKEN}"}


class Metrics:
    """What ``/metrics`` says now, by name."""

    def __init__(self, node: Node, http: aiohttp.ClientSession) -> None:
        self._url = f"{node.url}/metrics"
        self._http = http

    async def read(self) -> dict[str, float]:
        async with self._http.get(self._url, headers=METRICS_AUTH) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            families = text_string_to_metric_families(await answer.text())
            return {sample.name: sample.value for each in families for sample in each.samples}

    async def until(self, **wanted: float) -> None:
        """A connection's end is noticed a moment after the client has gone."""
        async with asyncio.timeout(PATIENCE):
            while not wanted.items() <= (await self.read()).items():
                await asyncio.sleep(0.02)

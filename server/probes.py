"""What operators and load balancers ask: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

Numbers = Callable[[], Mapping[str, float]]


class _Numbers(Collector):
    def __init__(self, gauges: Numbers, counters: Numbers) -> None:
        self._gauges = gauges
        self._counters = counters

    def collect(self) -> Iterable[Metric]:
        for name, value in self._gauges().items():
            yield GaugeMetricFamily(f"chat_{name}", name.replace("_", " "), value=value)
        for name, value in self._counters().items():
            yield CounterMetricFamily(f"chat_{name}", name.replace("_", " "), value=value)


class Probes:
    def __init__(
        self,
        answers: Callable[[], Awaitable[dict[str, bool]]],
        gauges: Numbers,
        counters: Numbers,
    ) -> None:
        self._answers = answers
        self._registry = CollectorRegistry()
        self._registry.register(_Numbers(gauges, counters))
        ProcessCollector(registry=self._registry)
        self.draining = False

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)

    async def healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(self, _: web.Request) -> web.Response:
        """Redis away is said, and no reason to take this node out: it works on without."""
        tools = await self._answers()
        ready = tools["database"] and not self.draining
        body = {
            "status": "ready" if ready else "draining" if self.draining else "unavailable",
            "tools": {name: "ok" if up else "down" for name, up in tools.items()},
        }
        return web.json_response(body, status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

"""Calls for operators and load balancers: health, readiness and metrics."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import web
from aiohttp.typedefs import Middleware
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from server.kernel.errors import NotFound, Unauthenticated

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
    """``metrics_token``: the token that ``/metrics`` requires. Without a token, metrics are served
    only by ``metrics_app``, on a separate listener. ``metrics_apart``: there is such a listener."""

    def __init__(
        self,
        answers: Callable[[], Awaitable[Mapping[str, str]]],
        gauges: Numbers,
        counters: Numbers,
        *,
        metrics_token: str | None,
        metrics_apart: bool,
    ) -> None:
        self._answers = answers
        self._token = metrics_token
        self._apart = metrics_apart
        self._registry = CollectorRegistry()
        self._registry.register(_Numbers(gauges, counters))
        ProcessCollector(registry=self._registry)
        self.draining = False

    def mount(self, app: web.Application) -> None:
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        # Without a handler for this path, the web client would be served there.
        shown = self._token and not self._apart
        app.router.add_get("/metrics", self.metrics if shown else self.no_metrics)

    def metrics_app(self, middlewares: Iterable[Middleware]) -> web.Application:
        """An application that serves only metrics, for a separate listener."""
        app = web.Application(middlewares=list(middlewares))
        app.router.add_get("/metrics", self.metrics)
        return app

    async def healthz(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(self, _: web.Request) -> web.Response:
        """Whether this node can serve, which needs a database that answers and has room. A missing
        Redis, or a full disk of media, is reported but does not make the node unready, since
        messages go on without it."""
        tools = await self._answers()
        ready = tools["database"] == "ok" and not self.draining
        body = {
            "status": "ready" if ready else "draining" if self.draining else "unavailable",
            "tools": dict(tools),
        }
        return web.json_response(body, status=200 if ready else 503)

    async def no_metrics(self, _: web.Request) -> web.Response:
        raise NotFound()

    async def metrics(self, request: web.Request) -> web.Response:
        """Serves the metrics. They need protection, because they show how many users are connected,
        how busy the server is and when it started."""
        if self._token is not None:
            given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
                raise Unauthenticated()
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

"""What operators and load balancers ask: is it alive, is it ready, how is it doing."""

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
    """``metrics_token``: what ``/metrics`` asks for; without one it is served only where nobody
    else can ask, by ``metrics_app``. ``metrics_apart``: that is where it is served."""

    def __init__(
        self,
        answers: Callable[[], Awaitable[dict[str, bool]]],
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
        # Without a handler of its own the path would lead to the web client.
        shown = self._token and not self._apart
        app.router.add_get("/metrics", self.metrics if shown else self.no_metrics)

    def metrics_app(self, middlewares: Iterable[Middleware]) -> web.Application:
        """For a listener of its own."""
        app = web.Application(middlewares=list(middlewares))
        app.router.add_get("/metrics", self.metrics)
        app.on_response_prepare.append(_without_version)
        return app

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

    async def no_metrics(self, _: web.Request) -> web.Response:
        raise NotFound()

    async def metrics(self, request: web.Request) -> web.Response:
        """They tell how many people are here, how busy it is, and since when."""
        if self._token is not None:
            given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
                raise Unauthenticated()
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _without_version(_: web.Request, response: web.StreamResponse) -> None:
    """What serves this is nobody's business."""
    response.headers.pop("Server", None)

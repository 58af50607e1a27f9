"""What every answer tells a browser, whoever made it."""

from __future__ import annotations

from aiohttp import web

from server.config import Settings
from server.edge.addresses import is_trusted

# Seconds: a browser that was here over HTTPS comes back by nothing else for a year.
STRICT = "max-age=31536000"


class Headers:
    def __init__(self, settings: Settings) -> None:
        self._public = settings.public_url.startswith("https:")
        self._proxies = settings.trusted_proxies

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Nothing is taken for another type than it says, and no address is told to others.

        What the answer itself says of these stays.
        """
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        if self._public or self.came_over_https(request):
            headers.setdefault("Strict-Transport-Security", STRICT)

    def came_over_https(self, request: web.Request) -> bool:
        """By itself, or as the last proxy says, when that is one of ours."""
        if request.secure:
            return True
        said = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
        return said == "https" and is_trusted(request.remote or "", self._proxies)

"""The security headers of every answer."""

from __future__ import annotations

from aiohttp import web

from server.config import Settings
from server.edge.addresses import is_trusted

# In seconds: a browser that came over HTTPS uses only HTTPS for the next year.
STRICT = "max-age=31536000"


class Headers:
    def __init__(self, settings: Settings) -> None:
        self._public = settings.public_url.startswith("https:")
        self._proxies = settings.trusted_proxies

    def finish(self, request: web.Request, response: web.StreamResponse) -> None:
        """Keeps browsers from guessing content types and from sending URLs of this site to others.
        Headers that the answer already has are kept."""
        headers = response.headers
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        if self._public or self.came_over_https(request):
            headers.setdefault("Strict-Transport-Security", STRICT)

    def came_over_https(self, request: web.Request) -> bool:
        """Whether the request came over HTTPS, to this server or, if the last proxy is trusted, to
        that proxy."""
        if request.secure:
            return True
        said = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
        return said == "https" and is_trusted(request.remote or "", self._proxies)

"""The address of the page that one looks at, where that is more than the request's own: what
answers a form has no address that a browser could open again."""

from functools import cache
from typing import Any

from litestar import Litestar

from tracker.web.identity import Connection


def readable(connection: Connection) -> str:
    """The page, filters included; of what is only posted to, the page above it that answers GET,
    as `/milestones/7` is of `/milestones/7/submit`. "/" where there is none."""
    scope: Any = connection.scope
    path = connection.url.path
    if scope["method"] in ("GET", "HEAD"):
        query = scope["query_string"].decode("latin-1")
        return f"{path}?{query}" if query else path
    template = str(scope.get("path_template", "")).split("/")
    for length in range(len(template), 1, -1):
        if "/".join(template[:length]) in _pages(connection.app):
            return "/".join(path.split("/")[:length])
    return "/"


@cache
def _pages(app: Litestar) -> frozenset[str]:
    """Templates of the paths that answer GET."""
    return frozenset(route.path_format for route in app.routes if "GET" in route.methods)

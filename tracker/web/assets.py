"""Stylesheets, scripts and drawings: read once, served from memory, cached by their content."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from tracker.domain.errors import NotFound
from tracker.domain.messages import say

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
CHECK = "public, no-cache"
"""Kept, but asked about each time: for addresses that do not name their content."""


@dataclass(frozen=True)
class Asset:
    """A file as it is sent; `version` changes with its content."""

    content: bytes
    media_type: str
    version: str


def address(name: str) -> str:
    """Where a page finds the file. A changed file has another address, so each may be kept
    forever."""
    return f"/static/{name}?v={assets()[name].version}"


@get("/static/{name:path}", sync_to_thread=False)
def serve(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A file by its name; nothing outside the folder has one."""
    asset = assets().get(name.lstrip("/"))
    if asset is None:
        raise NotFound(say("There is no such file."))
    named = request.query_params.get("v") == asset.version
    headers = {"ETag": f'"{asset.version}"', "Cache-Control": FOREVER if named else CHECK}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)


@cache
def assets() -> dict[str, Asset]:
    """Name below the folder -> file."""
    files = (path for path in STATIC.rglob("*") if path.is_file())
    return {path.relative_to(STATIC).as_posix(): _read(path) for path in files}


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    kind = guess_type(path.name)[0] or "application/octet-stream"
    kind = "text/javascript" if path.suffix == ".js" else kind
    return Asset(content, kind, sha256(content).hexdigest()[:16])

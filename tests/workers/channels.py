"""A server that takes posts, refuses them or says nothing."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.cast import Cast
from tracker.domain.deliveries.tables import Delivery, DeliveryKind
from tracker.domain.digests import hooks
from tracker.domain.digests.hooks import HookDraft
from tracker.domain.digests.tables import HookFormat
from tracker.domain.installation import choosing, chosen


@dataclass
class Channel:
    """The server: what it was sent, and the statuses that it answers with, then 200, with these
    words, if any. A status of 0 hangs up without an answer."""

    address: str = ""
    statuses: list[int] = field(default_factory=list)
    words: bytes = b""
    length: int | None = None
    """Of the words, as it says: one that is too much is waited for in vain."""
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def said(self) -> list[Any]:
        return [json.loads(body) for _, body in self.taken]


@pytest.fixture
def channel() -> Iterator[Channel]:
    """A running server."""
    made = Channel()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
            status = made.statuses.pop(0) if made.statuses else 200
            if status:
                self.send_response(status)
                if made.length is not None:
                    self.send_header("Content-Length", str(made.length))
                self.end_headers()
                refusal = f"Cannot POST {self.path}".encode() if status == 403 else b"no_service"
                with suppress(OSError):
                    self.wfile.write(made.words or (refusal if status >= 400 else b"ok"))

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.address = f"http://127.0.0.1:{server.server_address[1]}/hooks/secret"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield made
        server.shutdown()


async def set_up(
    cast: Cast,
    channel: Channel,
    kind: HookFormat = HookFormat.SLACK,
    who: str = "nairobi_mayor",
) -> str:
    """Have somebody's digests posted there as well: the key that they are signed with."""
    mayor = cast[who]
    draft = HookDraft(format=kind, address=channel.address)
    with choosing(replace(chosen(), private_channels=("127.0.0.1",))):
        _, key = await hooks.set_up_hook(mayor, mayor.person_id or 0, draft)
    return key


async def posts() -> list[Delivery]:
    """All, in their order."""
    return await Delivery.objects().where(Delivery.kind == DeliveryKind.HOOK).order_by(Delivery.id)

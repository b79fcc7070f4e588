"""Digests as one would write them first: a job a reader, one statement for what it says,
EmailMessage, and connections that stay open. No ledger: what a crash does to it is not looked at.

    python -m benchmarks.plain_digests READERS      (settings from the environment)

Prints digests a second, from the first job to the last reply. What a digest says and looks like is
the tracker's own, by the same document and templates.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from itertools import count
from typing import Any, cast
from urllib.parse import urlsplit

import aiosmtplib
import uvloop
from arq import Worker, create_pool
from arq.typing import WorkerCoroutine
from arq.worker import func
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from tracker.digests import writing
from tracker.domain.database import connected, fetch
from tracker.domain.digests.issues import Issue
from tracker.domain.digests.queries import Recipient
from tracker.domain.digests.rules import Period
from tracker.domain.digests.tables import DigestKind
from tracker.graphql import serving
from tracker.mail import Mail, Withheld, rendering
from tracker.queue import pack, redis_settings, unpack
from tracker.settings import Settings

QUEUE = "plain digests"
JOBS = 16
CONNECTIONS = 8
AT_ONCE = 50
"""Jobs that are put into the queue together: each takes a connection of its own."""


async def digest(context: dict[str, Any], number: int) -> None:
    """The job: read, word, send."""
    [row] = await fetch(
        "SELECT id, email, name, language, time_zone FROM person WHERE id = $1", number
    )
    recipient = Recipient(row["id"], row["email"], row["name"], row["language"], row["time_zone"])
    now = datetime.now(UTC)
    period = Period("plain", now - timedelta(days=8), now - timedelta(days=1))
    issue = Issue(number, DigestKind.PERIODIC, None, period, received_at=period.from_)
    with suppress(Withheld):
        made = await writing.write(context["settings"], recipient, period, issue)
        connection = await context["free"].get()
        try:
            await connection.send_message(_message(made, recipient, now))
        finally:
            context["free"].put_nowait(connection)
    if next(context["sent"]) == context["readers"]:
        context["over"].set()


def _message(made: Mail, recipient: Recipient, now: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Tracker <tracker@example.org>"
    message["To"] = recipient.email
    message["Subject"] = made.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain="example.org")
    message.set_content(made.text)
    message.add_alternative(made.html, subtype="html")
    return message


def _written_anew(
    name: str, of: Sequence[Any], say: Any, before: str = "", after: str = "",
    head: Any = None, title: str = "",
) -> Markup:  # fmt: skip
    """What the tracker remembers of the mails before, the plain way writes again."""
    above = head(title, name) if head else ""
    return Markup("".join([above, *(f"{before}{say(each)}{after}" for each in of)]))  # noqa: S704


def _anew(name: str, about: Any, caller: Any) -> Any:
    return caller()


@pass_context
def _imported(context: Context, file: str) -> Any:
    """As `import` with context does."""
    return context.environment.get_template(file).make_module(context.get_all(), shared=True)


async def _connections(url: str) -> "asyncio.Queue[aiosmtplib.SMTP]":
    where = urlsplit(url)
    free: asyncio.Queue[aiosmtplib.SMTP] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        each = aiosmtplib.SMTP(hostname=where.hostname, port=where.port, start_tls=False)
        await each.connect()
        free.put_nowait(each)
    return free


async def main(readers: int) -> None:
    """Send everybody their digest."""
    settings = Settings.from_environment()
    assert settings.smtp_url
    async with connected(settings), serving(settings):
        numbers = [row["id"] for row in await fetch(
            "SELECT id FROM person WHERE email LIKE '%@city.example' ORDER BY id LIMIT $1", readers
        )]  # fmt: skip
        pool = await create_pool(redis_settings(settings), job_serializer=pack,
                                 job_deserializer=unpack, default_queue_name=QUEUE)  # fmt: skip
        context: dict[str, Any] = {
            "settings": settings, "free": await _connections(settings.smtp_url),
            "sent": count(1), "readers": len(numbers), "over": asyncio.Event(),
        }  # fmt: skip
        worker = Worker(
            functions=[func(cast(WorkerCoroutine, digest), name="digest")],
            redis_pool=pool, queue_name=QUEUE,
            job_serializer=pack, job_deserializer=unpack, ctx=context, handle_signals=False,
            max_jobs=JOBS, poll_delay=0.01, keep_result=0,
        )  # fmt: skip
        for html in (True, False):  # written anew for everybody, as one would write it first
            rendering.templates(html=html).globals |= {
                "entries": _written_anew, "piece": _anew, "macros": _imported,
            }  # fmt: skip
        began = time.perf_counter()
        for start in range(0, len(numbers), AT_ONCE):
            these = numbers[start : start + AT_ONCE]
            await asyncio.gather(*(pool.enqueue_job("digest", number) for number in these))
        working = asyncio.create_task(worker.async_run())
        await context["over"].wait()
        print(f"RATE {len(numbers) / (time.perf_counter() - began)}", flush=True)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await worker.close()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))

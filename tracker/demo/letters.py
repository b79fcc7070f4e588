"""Waiting for a digest to reach its reader."""

import asyncio
import hashlib
from pathlib import Path

from tracker.demo.voices import Row, Unexpected, Voice

PATIENCE_SECONDS = 60
"""Longer than a worker that was killed with a mail in its hands holds it up."""

POLL_SECONDS = 0.2

UNDER_WAY = ("DUE", "READY", "SENDING", "IN_DOUBT")


async def arrived(reader: Voice, kind: str, period: str, outbox: Path | None) -> Row:
    """The reader's issue for that period, once it was sent, and sent once.

    Raises Unexpected when it does not come in time, failed, or came twice.
    """
    issue: Row | None = None
    for _ in range(int(PATIENCE_SECONDS / POLL_SECONDS)):
        found = await reader.read("Issue", kind=kind, period=period)
        [issue] = found["digestIssues"]["nodes"] or [None]
        if issue and issue["delivery"]["state"] not in UNDER_WAY:
            break
        await asyncio.sleep(POLL_SECONDS)
    if issue is None or issue["delivery"]["state"] != "SENT":
        raise Unexpected(f"no digest for {reader.name} in {PATIENCE_SECONDS} s: {_state(issue)}")
    if (copies := _copies(outbox, issue["delivery"]["messageId"])) not in (None, 1):
        raise Unexpected(f"{copies} copies of the digest for {reader.name} are in the mailbox")
    return issue


def _state(issue: Row | None) -> str:
    if issue is None:
        return "the worker's sweep has not made it"
    mail = issue["delivery"]
    error = mail["lastError"] or "no error"
    return f"it is {mail['state']} after {mail['attempts']} attempts, {error}"


def _copies(outbox: Path | None, message_id: str) -> int | None:
    """How often the demonstration's catcher got the mail; None when mail goes elsewhere."""
    if outbox is None or not outbox.is_dir():
        return None
    name = hashlib.sha256(message_id.encode()).hexdigest()
    return len(list(outbox.glob(f"{name}.*.eml")))

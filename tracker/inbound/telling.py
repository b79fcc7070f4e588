"""The mail to whoever replied to one of ours and said what could not be recorded: why, what they
wrote, and where they can say it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.answers.replies import Thread
from tracker.domain.comments import queries as comments
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.deliveries.posting import post
from tracker.domain.messages import Message
from tracker.domain.people import queries
from tracker.domain.references import Reference
from tracker.graphql import execute
from tracker.mail import TEMPLATES

QUOTED_MOST = 4_000
"""Characters of what they wrote that they get back; their own program keeps the rest."""

THINGS_MOST = 20
"""Things that a mail about several projects was about, each with its link; the rest it counts."""


@dataclass(frozen=True)
class Refused:
    """What of a reply could not be recorded: its subject, why, the words of it that are lost, ""
    for none, and whether anything else of it was recorded."""

    subject: str
    problems: Sequence[Message]
    lost: str
    kept_some: bool


async def tell(thread: Thread, actor: Actor, refused: Refused) -> None:
    """Owe the reader of the mail that was replied to another one."""
    things = [] if thread.about else thread.things
    told = {
        "subject": refused.subject,
        "problems": list(refused.problems),
        "kept_some": refused.kept_some,
        "lost": _quoted(refused.lost),
        "path": await _page(actor, thread.about) if thread.about else "",
        "things": await _things(actor, things[:THINGS_MOST]),
        "more": len(things[THINGS_MOST:]),
    }
    await post(await queries.person(thread.person_id), "reply_refused", context=told)


def _quoted(text: str) -> str:
    return text if len(text) <= QUOTED_MOST else f"{text[:QUOTED_MOST].rstrip()}…"


async def _page(actor: Actor, about: Reference) -> str:
    """Where the actor can say it, "" where they see nothing of it any more."""
    kind = CommentSubject(about.kind)
    project = await comments.project_of(kind, about.number)
    seen = project and await comments.sees(actor, project, kind, about.number)
    return f"/discussions/{kind.value}/{about.number}" if seen else ""


async def _things(actor: Actor, things: Sequence[Reference]) -> list[dict[str, Any]]:
    """Those that the actor sees, each as its reminder called it and with its page."""
    paths = {each: path for each in things if (path := await _page(actor, each))}
    if not paths:
        return []
    ids = [f"{CommentSubject(each.kind).type_name}:{each.number}" for each in paths]
    found = await execute(_document(), {"ids": ids}, actor)
    return [
        _thing(about, path, node)
        for (about, path), node in zip(paths.items(), found["nodes"], strict=True)
        if node
    ]


def _thing(about: Reference, path: str, node: Mapping[str, Any]) -> dict[str, Any]:
    """As `emails/reminder/words.txt` names it: of a whole project, a reminder was of a city's part
    in it."""
    if about.kind == CommentSubject.PROJECT:
        return {"about": "participation", "subject": {"project": node}, "path": path}
    project = node.get("project") or node["of"]
    return {"about": about.kind, "subject": {**node, "project": project}, "path": path}


@cache
def _document() -> str:
    return (TEMPLATES / "emails" / "reply_refused" / "things.graphql").read_text()

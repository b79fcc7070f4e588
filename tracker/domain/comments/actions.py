"""What can be done with a comment: write it, rewrite it, take it back.

Whoever is mentioned is told by one mail, which is owed in the same transaction; a rewritten comment
tells only those who are new in it.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, note
from tracker.domain.comments import queries
from tracker.domain.comments.rules import (
    MENTIONS_MOST,
    comments,
    named,
    rewrites,
    visible,
    withdraws,
)
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.comments.tables import Comment, Mention
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.messages import Message, listed, say
from tracker.domain.notices.mailing import tell
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects
from tracker.domain.references import Reference

READING_ONLY = say("You can read comments here, not write any.")
NOT_ITS_AUTHOR = say("Only who wrote a comment rewrites it.")
NOR_AN_OFFICER = say("Only who wrote a comment, or an officer, withdraws it.")

NO_SUBJECT = say("There is no such thing to comment on, or you may not see it.")


@dataclass(frozen=True, kw_only=True)
class CommentText:
    """What it says, and whom it is for."""

    text: str
    person_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CommentDraft(CommentText):
    """A comment with what it is about."""

    subject_id: Reference


async def add(actor: Actor, draft: CommentDraft) -> Comment:
    """Say something of a project or of something in it, to all who see it among the partner
    cities and the secretariat. Those named, in the list or by @ and their whole name in the text,
    are told.

    Raises Invalid, NotFound where the subject is none that the actor sees, or Forbidden.
    """
    async with transaction():
        kind, number = _kind(draft.subject_id), draft.subject_id.number
        project = await queries.project_of(kind, number, held=True)
        if project is None or not await queries.sees(actor, project, kind, number):
            raise NotFound(NO_SUBJECT)
        await _require_say(actor, project)
        text, people = await _checked(draft, await queries.audience(project, kind, number))
        row = Comment(
            project=project,
            subject_type=kind,
            subject_id=number,
            author=actor.person_id,
            text=text,
            created_at=clock.now(),
        )
        note(row, "mentions", [], people)
        comment = await create(actor, row, "add")
        await _mention(comment, people, actor)
    return comment


@edits
async def edit(
    actor: Actor, comment_id: int, draft: CommentText, seen_version: int | None = None
) -> Comment:
    """Rewrite one's own comment. What it said before stays in the trail.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but its author.
    """
    standing = _standing(actor, comment_id, "edit", seen_version, rewrites, NOT_ITS_AUTHOR)
    async with standing as comment:
        await _require_say(actor, comment.project)
        names = await queries.audience(
            comment.project, CommentSubject(comment.subject_type), comment.subject_id
        )
        before = await queries.mentioned(comment.id)
        draft = completed(draft, comment, person_ids=[p for p in before if p in names])
        text, people = await _checked(draft, names)
        if text != comment.text:
            comment.text, comment.edited_at = text, clock.now()
        note(comment, "mentions", before, people)
        await queries.forget_mentions(comment.id, set(before) - set(people))
        await _mention(comment, [each for each in people if each not in before], actor)
    return comment


async def withdraw(actor: Actor, comment_id: int, seen_version: int | None = None) -> Comment:
    """Take a comment back: that there was one stays to be seen, what it said does not.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but its author and officers.
    """
    standing = _standing(actor, comment_id, "withdraw", seen_version, withdraws, NOR_AN_OFFICER)
    async with standing as comment:
        comment.withdrawn_at = clock.now()
        comment.withdrawn_by = actor.person_id
    return comment


@asynccontextmanager
async def _standing(
    actor: Actor,
    comment_id: int,
    verb: str,
    seen_version: int | None,
    may: Callable[[Actor, int], bool],
    refusal: Message,
) -> AsyncIterator[Comment]:
    """A comment that nobody has withdrawn yet, of an author for whom the actor may."""
    async with change(
        actor, Comment, comment_id, visible, verb, seen_version=seen_version
    ) as comment:
        if not may(actor, comment.author):
            raise Forbidden(refusal)
        if comment.withdrawn_at:
            raise Invalid({"comment_id": [say("This comment was withdrawn.")]})
        yield comment


def _kind(subject: Reference) -> CommentSubject:
    if subject.kind not in list(CommentSubject):
        raise NotFound(NO_SUBJECT)
    return CommentSubject(subject.kind)


async def _require_say(actor: Actor, project_id: int) -> None:
    facts = await projects.facts(project_id, clock.now())
    if not comments(actor, facts.city_ids):
        raise Forbidden(READING_ONLY)


async def _checked(draft: CommentText, names: Mapping[int, str]) -> tuple[str, list[int]]:
    """The text, and the numbers of those that it is for. Raises Invalid, naming everybody who
    could not read it."""
    problems = Problems()
    text = problems.text("text", draft.text, required=True)
    people = sorted({*draft.person_ids, *named(text, names)})
    blind = [each for each in people if each not in names]
    if blind:
        known = await queries.names(blind)
        problems.unless(
            not known,
            "person_ids",
            say("{who}: cannot see this, so they cannot be mentioned here.", who=listed(known)),
        )
        problems.unless(len(known) == len(blind), "person_ids", say("There is no such person."))
    problems.unless(
        len(people) <= MENTIONS_MOST,
        "person_ids",
        say("{count} are too many; at most {most}.", count=len(people), most=MENTIONS_MOST),
    )
    problems.raise_any()
    return text, people


async def _mention(comment: Comment, people: Iterable[int], actor: Actor) -> None:
    """Note whom it is for, and owe each of them a mail, save who wrote it."""
    for person in people:
        await Mention(project=comment.project, comment=comment.id, person=person).save()
    await tell((each for each in people if each != actor.person_id), comment, "mention",
              actor.person_id)  # fmt: skip

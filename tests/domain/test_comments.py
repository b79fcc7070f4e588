"""Comments: who says something, to whom, and how it is taken back."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import AuditEvent, Notification
from tracker.domain.comments import actions
from tracker.domain.comments.actions import CommentDraft, CommentText
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.comments.tables import Comment, Mention
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.leaving.erasure import erase
from tracker.domain.leaving.export import everything
from tracker.domain.notices.tables import Notice
from tracker.domain.outcomes import drafting
from tracker.domain.outcomes.content import ValueDraft
from tracker.domain.people.tables import Person
from tracker.domain.references import Reference

K = CommentSubject


def draft(kind: CommentSubject, number: int, text: str = "Who pays?", *who: Actor) -> CommentDraft:
    """A comment for those people."""
    people = [each.person_id for each in who if each.person_id]
    return CommentDraft(subject_id=Reference(kind, number), text=text, person_ids=people)


async def told() -> list[int]:
    """Who is owed a mail about a comment."""
    rows = await Notice.objects().where(Notice.subject_type == "comment")
    return sorted(row.person for row in rows)


async def test_officer_who_is_mentioned_is_notified_once_and_only_of_that(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    about = draft(K.MILESTONE, project.milestone_id, "Look.", cast.officer, cast.seoul_mayor)
    comment = await actions.add(cast.nairobi_coordinator, about)
    both = [cast.officer.person_id or 0, cast.administrator.person_id or 0]
    again = CommentText(text="Look, both.", person_ids=both)
    await actions.edit(cast.nairobi_coordinator, comment.id, again)
    await actions.add(cast.officer, draft(K.MILESTONE, project.milestone_id, "Me.", cast.officer))
    rows = await Notification.select(Notification.person, Notification.event.verb).where(
        Notification.event.subject_type == "comment", Notification.person.is_in(both)
    )
    heard = sorted((row["person"], row["event.verb"]) for row in rows)
    assert heard == sorted([(both[0], "add"), (both[1], "edit")])
    mayor = cast.seoul_mayor.person_id or 0
    doubled = await Notification.count().where(
        Notification.person == mayor, Notification.event.subject_id == comment.id,
        Notification.event.verb == "add", Notification.event.subject_type == "comment",
    )  # fmt: skip
    assert doubled == 1, "who is of a partner city hears of it as before"


async def test_comment_by_partners_and_secretariat_only(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    quiet = await factories.joint_project(cast, "draft")
    outside = {"public", "lima_coordinator", "lima_mayor"}
    for who in ACTORS:
        about = draft(K.MILESTONE, project.milestone_id)
        if who in outside | {"auditor", "system"}:
            with pytest.raises(NotFound if who in outside else Forbidden):
                await actions.add(cast[who], about)
        else:
            assert (await actions.add(cast[who], about)).project == project.id
        hidden = draft(K.PROJECT, quiet.id)
        if who.startswith("nairobi"):
            await actions.add(cast[who], hidden)
        else:
            with pytest.raises(NotFound):
                await actions.add(cast[who], hidden)
    with pytest.raises(NotFound):
        await actions.add(cast.nairobi_coordinator, draft(K.DECISION, 999))


async def test_comment_mentions_by_list_and_by_name_who_sees_the_subject(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    who, mayor = cast.nairobi_coordinator, cast.nairobi_mayor
    begun = ValueDraft(value=Decimal(3))
    value = await drafting.draft(who, project.period_id, cast.nairobi, begun)
    with pytest.raises(Invalid) as refused:
        await actions.add(who, draft(K.VALUE, value.id, "Look", cast.seoul_mayor, mayor))
    assert refused.value.fields == {
        "person_ids": ["Seoul: mayor: cannot see this, so they cannot be mentioned here."]
    }
    assert not await Comment.exists()
    text = "@nairobi: Mayor and @Seoul: mayor, @Nairobi: cios, look."
    comment = await actions.add(who, draft(K.VALUE, value.id, text, cast.nairobi_cio, who))
    assert await told() == sorted([mayor.person_id or 0, cast.nairobi_cio.person_id or 0]), (
        "neither who wrote it nor who cannot see it"
    )
    assert await Mention.count() == 3
    edited = CommentText(text=f"{text} Please.", person_ids=[cast.nairobi_approver.person_id or 0])
    await actions.edit(who, comment.id, edited)
    assert (await told()).count(mayor.person_id or 0) == 1, "nobody is told twice"
    assert cast.nairobi_approver.person_id in await told()
    assert {row.person for row in await Mention.objects()} == {
        mayor.person_id, cast.nairobi_approver.person_id
    }  # fmt: skip
    with pytest.raises(Invalid):
        await actions.edit(who, comment.id, CommentText(text=" ", person_ids=[9999]))
    many = draft(K.PROJECT, project.id, "x" * 10_001)
    with pytest.raises(Invalid):
        await actions.add(who, many)


async def test_comment_is_rewritten_by_its_author_and_withdrawn_by_officers_too(
    cast: Cast,
) -> None:
    project = await factories.joint_project(cast, "active")
    who = cast.seoul_coordinator
    comment = await actions.add(who, draft(K.PROJECT, project.id))
    for name in ("seoul_mayor", "nairobi_coordinator", "administrator"):
        with pytest.raises(Forbidden):
            await actions.edit(cast[name], comment.id, CommentText(text="Nobody does."))
    comment = await actions.edit(who, comment.id, CommentText(text="Who pays for it?"), 1)
    assert comment.edited_at
    with pytest.raises(Conflict):
        await actions.edit(who, comment.id, CommentText(text="They do."), 1)
    event = await AuditEvent.objects().where(AuditEvent.verb == "edit").order_by(
        AuditEvent.id, ascending=False).first()  # fmt: skip
    assert event
    assert json.loads(event.before)["text"] == "Who pays?", "the former text is kept"
    for name in ("seoul_mayor", "auditor"):
        with pytest.raises(Forbidden):
            await actions.withdraw(cast[name], comment.id)
    await actions.withdraw(cast.officer, comment.id)
    with pytest.raises(Invalid):
        await actions.withdraw(who, comment.id)
    with pytest.raises(Invalid):
        await actions.edit(who, comment.id, CommentText(text="Again."))
    with pytest.raises(Forbidden):
        await actions.edit(cast.officer, comment.id, CommentText(text="Again."))
    own = await actions.add(who, draft(K.PROJECT, project.id))
    await actions.withdraw(who, own.id, 1)


async def test_comments_outlive_their_author_and_are_part_of_their_data(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    who = cast.seoul_coordinator
    await actions.add(who, draft(K.PROJECT, project.id, "Mine.", cast.nairobi_mayor))
    assert who.person_id
    held = await everything(who, who.person_id)
    assert [each["text"] for each in held["comment"]] == ["Mine."]
    assert cast.nairobi_mayor.person_id
    theirs = await everything(cast.nairobi_mayor, cast.nairobi_mayor.person_id)
    assert len(theirs["mention"]) == 1
    assert theirs["comment"] == []
    await erase(replace(cast.administrator, proved_at=clock.now()), who.person_id)
    [comment] = await Comment.objects()
    [author] = await Person.objects().where(Person.id == comment.author)
    assert (comment.text, author.name) == ("Mine.", "A former member")

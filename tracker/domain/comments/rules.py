"""Who sees comments, who is named in them, and who takes them back."""

import re
from collections.abc import Mapping, Sequence

from tracker.domain.actor import Actor
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.evaluations.rules import visible as evaluation_visible
from tracker.domain.milestones.rules import evidence_visible
from tracker.domain.outcomes.rules import value_visible
from tracker.domain.projects.rules import among_partners, inside
from tracker.domain.roles import Permission
from tracker.domain.status_reports.rules import told as report_visible

MENTIONS_MOST = 20
"""People that one comment is for; a comment for everybody needs to name nobody."""


def visible(t: str) -> str:
    """A comment, to the partner cities and the secretariat, as far as they see its subject."""
    return f"({inside(f'{t}.project')} AND {subject_visible(t)})"


def visible_in_project(t: str) -> str:
    """What is left to ask once the project itself is visible."""
    return f"({among_partners(f'{t}.project')} AND {subject_visible(t)})"


def subject_visible(t: str) -> str:
    """Whether somebody inside sees what the comment is about: some subjects, or the words of them,
    not everybody inside sees. PostgreSQL looks at one arm only."""
    narrower = {
        CommentSubject.VALUE: value_visible("vc"),
        CommentSubject.EVIDENCE: evidence_visible("vc"),
        CommentSubject.STATUS_REPORT: report_visible("vc"),
        CommentSubject.EVALUATION: evaluation_visible("vc"),
    }
    arms = " ".join(
        f"WHEN '{kind.value}' THEN EXISTS (SELECT 1 FROM {kind.value} vc"
        f" WHERE vc.id = {t}.subject_id AND {condition})"
        for kind, condition in narrower.items()
    )
    return f"(CASE {t}.subject_type {arms} ELSE true END)"


def unresolved(t: str) -> str:
    """What begins like a mention in the words of the comment and is none: the word behind each @
    after which no mentioned person's whole name follows. An array, in SQL."""
    return (
        "(SELECT coalesce(array_agg(substring(s.said from '^[[:alnum:]_]+')), '{}')"
        f" FROM regexp_split_to_table({t}.text, '(?<![[:alnum:]_])@(?=[[:alnum:]])')"
        " WITH ORDINALITY s(said, place) WHERE s.place > 1 AND NOT EXISTS (SELECT 1"
        " FROM mention vm JOIN person vp ON vp.id = vm.person"
        f" WHERE vm.comment = {t}.id AND starts_with(lower(s.said), lower(vp.name))))"
    )


def standing(t: str) -> str:
    """Of a visible comment, its words, for as long as nobody has withdrawn it."""
    return f"{t}.withdrawn_at IS NULL"


def mention_visible(t: str) -> str:
    """Whom a comment is for, to whoever reads it; of one that is withdrawn, to nobody."""
    return (
        f"EXISTS (SELECT 1 FROM comment vm WHERE vm.id = {t}.comment AND {visible('vm')}"
        f" AND {standing('vm')})"
    )


def telling_visible(a: str) -> str:
    """Of the events `a`, those of comments, to whoever sees the comment; once it is withdrawn, no
    event that says what it said. In SQL."""
    return (
        f"({a}.subject_type <> 'comment' OR EXISTS (SELECT 1 FROM comment ve"
        f" WHERE ve.id = {a}.subject_id AND {visible('ve')}"
        f" AND ({standing('ve')} OR {a}.verb = 'withdraw')))"
    )


def comments(actor: Actor, city_ids: Sequence[int]) -> bool:
    """Whether the actor has a say in a project of these cities. The system says nothing."""
    return actor.person_id is not None and actor.may_in(Permission.COMMENT, [*city_ids, None])


def rewrites(actor: Actor, author_id: int) -> bool:
    """Whether the actor wrote it. Somebody who left the city does not see it any more."""
    return actor.person_id == author_id


def withdraws(actor: Actor, author_id: int) -> bool:
    """Whether the actor takes back what that person wrote: their own, or as an officer any."""
    return rewrites(actor, author_id) or actor.may(Permission.REVIEW)


def named(text: str, names: Mapping[int, str]) -> list[int]:
    """The numbers of the people whose whole name stands in the text behind an @."""
    return [
        number
        for number, name in names.items()
        if re.search(rf"(?<!\w)@{re.escape(name)}(?!\w)", text, re.IGNORECASE)
    ]

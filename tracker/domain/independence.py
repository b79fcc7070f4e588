"""Nobody approves their own: the one rule that every approval asks, whatever hats a person wears.

"Own" is what they made themselves, in whatever role and city they held then; what was made by the
person on whose behalf they approve; and the work of a city in which they hold any role today. So
neither a change of role, nor a second one, nor a deputy makes somebody a second pair of eyes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.domain.actor import Actor
from tracker.domain.database import fetch

PROPOSING = ("propose", "edit", "submit")
"""Verbs of a project's trail by which somebody becomes an author of its proposal."""

ASKING = {
    "accept": ("finalise",),
    "conceal": ("ask_conceal",),
    "disclose": ("ask_disclose",),
}
"""Kind of decision -> verbs of a project's trail by which somebody asks for it: whoever says that
the work is done does not accept it."""

RAISING = ("escalate", "ask_waiver")
"""Verbs of a decision's own trail by which somebody asks for it."""

REPORTING = ("draft", "redraft", "submit", "report", "revise", "correct")
"""The same of a value; whoever attached its evidence is an author too."""

HANDING_IN = ("start", "miss", "submit")
"""The same of a milestone: whoever began it gives it up no more than they accept it. Whoever
attached its evidence is an author too."""


DRAWING_UP = ("add", "edit", "move")
"""The same of a milestone's plan, of those who were of the city whose work it is when they drew it
up or since: a partner's coordinator who plans for the other side judges what comes of it."""


@dataclass(frozen=True)
class Work:
    """What is to be approved: the numbers of the people who made it, and of the cities whose
    people may not judge it."""

    authors: frozenset[int] = frozenset()
    city_ids: frozenset[int] = frozenset()


def independent(actor: Actor, work: Work) -> bool:
    """Whether the actor is a second pair of eyes on the work. The system is nobody's."""
    if actor.person_id is None:
        return False
    people = {actor.person_id, actor.on_behalf_of}
    affiliated = actor.affiliated.union(actor.city_ids)
    return not people & work.authors and not affiliated & work.city_ids


def people(*numbers: int | None) -> frozenset[int]:
    """Numbers of people, of columns that may be empty."""
    return frozenset(number for number in numbers if number is not None)


def authored(subject: str, subject_id: str, verbs: Iterable[str], person: str) -> str:
    """Whether the person made it, by the trail. In SQL, over expressions."""
    listed = ", ".join(f"'{verb}'" for verb in verbs)
    return f"""EXISTS (SELECT 1 FROM audit_event va WHERE va.subject_type = '{subject}'
        AND va.subject_id = {subject_id} AND va.verb IN ({listed})
        AND {person} IN (va.actor, va.on_behalf_of))"""  # noqa: S608 - our own names only


async def authors(subject: str, subject_id: int, verbs: Iterable[str]) -> frozenset[int]:
    """The numbers of everybody who made it, or on whose behalf it was made, by the trail."""
    rows = await fetch(
        "SELECT DISTINCT person FROM audit_event,"
        " LATERAL (VALUES (actor), (on_behalf_of)) AS who (person)"
        " WHERE subject_type = $1 AND subject_id = $2 AND verb = ANY($3) AND person IS NOT NULL",
        subject,
        subject_id,
        list(verbs),
    )
    return frozenset(row["person"] for row in rows)

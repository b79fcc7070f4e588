"""What the actions must know, past visibility: each one statement."""

from collections.abc import Iterable, Mapping

from tracker.domain.actor import Actor
from tracker.domain.comments.rules import subject_visible
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.comments.tables import Comment
from tracker.domain.database import fetch
from tracker.domain.projects.rules import inside
from tracker.domain.roles import Permission, in_sql, roles_with
from tracker.domain.visibility import PATTERN, bound


async def project_of(kind: CommentSubject, number: int, *, held: bool = False) -> int | None:
    """The project that the subject belongs to; None where there is no such thing. `held`, it is not
    taken out of its plan until the transaction ends, and a removal under way is waited for."""
    column = "id" if kind is CommentSubject.PROJECT else "project"
    hold = "FOR KEY SHARE" if held and kind is not CommentSubject.PROJECT else ""
    rows = await fetch(
        f'SELECT {column} AS project FROM "{kind.value}" WHERE id = $1 {hold}',  # noqa: S608 - ours
        number,
    )
    return rows[0]["project"] if rows else None


async def sees(actor: Actor, project: int, kind: CommentSubject, number: int) -> bool:
    """Whether the actor could read a comment on the subject."""
    condition, values = bound(_READABLE, actor)
    about = "{}::integer AS project, {}::text AS subject_type, {}::integer AS subject_id"
    rows = await Comment.raw(
        f"SELECT 1 FROM (SELECT {about}) about WHERE {condition}",  # noqa: S608 - our own
        *(project, kind.value, number, *values),
    )
    return bool(rows)


async def audience(project: int, kind: CommentSubject, number: int) -> Mapping[int, str]:
    """Who can read a comment on the subject today: number -> name, by name. The very predicates
    by which comments are seen, asked of everybody with a role instead of one viewer."""
    rows = await fetch(_AUDIENCE, project, kind.value, number)
    return {row["person"]: row["name"] for row in rows}


async def mentioned(comment_id: int) -> list[int]:
    """The numbers of the people that the comment is for."""
    rows = await fetch("SELECT person FROM mention WHERE comment = $1 ORDER BY person", comment_id)
    return [row["person"] for row in rows]


async def names(people: Iterable[int]) -> list[str]:
    """What these people are called."""
    rows = await fetch("SELECT name FROM person WHERE id = ANY($1) ORDER BY name", list(people))
    return [row["name"] for row in rows]


async def forget_mentions(comment_id: int, people: Iterable[int]) -> None:
    """The comment is for these people no more."""
    await fetch(
        "DELETE FROM mention WHERE comment = $1 AND person = ANY($2)",
        comment_id,
        list(people),
    )


def _of_everybody(condition: str) -> str:
    """A predicate over one viewer, with the tokens read from a row `who` instead."""
    return PATTERN.sub(r"who.\1", condition)


_SEEING = in_sql(roles_with(Permission.SEE_CITY))
_ALL_SEEING = in_sql(roles_with(Permission.SEE_PORTFOLIO))

_READABLE = f"{inside('about.project')} AND {subject_visible('about')}"
"""Whether a comment on the subject in the row `about` can be read."""

_AUDIENCE = f"""
WITH about AS (SELECT $1::integer AS project, $2::text AS subject_type, $3::integer AS subject_id),
who AS (
    SELECT m.person, coalesce(array_agg(m.city) FILTER (WHERE m.role IN {_SEEING}), '{{}}')
        AS cities, bool_or(m.city IS NULL AND m.role IN {_ALL_SEEING}) AS secretariat
    FROM membership m
    WHERE m.ended_at IS NULL AND (m.city IS NULL
        OR m.city IN (SELECT city FROM participation WHERE project = $1))
    GROUP BY m.person
)
SELECT p.id AS person, p.name FROM who
JOIN person p ON p.id = who.person
CROSS JOIN about
WHERE p.erased_at IS NULL
  AND {_of_everybody(_READABLE)}
ORDER BY p.name, p.id
"""  # noqa: S608 - composed from constants

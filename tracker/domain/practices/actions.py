"""Writing up a practice: draft it, publish it for other cities, archive it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, create, load
from tracker.domain.cities import rules as cities
from tracker.domain.cities.tables import City
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say, word
from tracker.domain.practices.rules import may_write, visible
from tracker.domain.practices.tables import Licence, Practice, PracticeState, Readiness
from tracker.domain.problems import Problems

THEMES_MOST = 10
LANGUAGES_MOST = 20


@dataclass(frozen=True, kw_only=True)
class PracticePlan:
    """What a city writes about its practice."""

    title: str
    summary: str = ""
    themes: Sequence[str] = ()
    readiness: Readiness = Readiness.PILOT
    transfer_needs: str = ""
    results_evidence: str = ""
    licence: Licence = Licence.CC_BY
    languages: Sequence[str] = ("en",)


async def draft(actor: Actor, city_id: int, draft: PracticePlan) -> Practice:
    """Begin to write up a practice; only the city sees it yet.

    Raises Invalid, NotFound, or Forbidden for anybody but the city's authors.
    """
    problems = Problems()
    plan = _checked(draft, problems)
    async with transaction():
        await load(actor, City, city_id, cities.visible)
        _require_author(actor, city_id)
        problems.raise_any()
        practice = Practice(city=city_id, created_at=clock.now(), **plan)
        return await create(actor, practice, "draft")


@edits
async def edit(
    actor: Actor, practice_id: int, draft: PracticePlan, seen_version: int | None = None
) -> Practice:
    """Rewrite a practice. A published one must stay complete.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the city's authors.
    """
    problems = Problems()
    async with _written(actor, practice_id, "edit", seen_version) as practice:
        plan = _checked(completed(draft, practice), problems)
        problems.unless(
            practice.state != PracticeState.ARCHIVED, "state", say("The practice is archived.")
        )
        for name, value in plan.items():
            setattr(practice, name, value)
        if practice.state == PracticeState.PUBLISHED:
            _require_complete(practice, problems)
        problems.raise_any()
    return practice


async def publish(actor: Actor, practice_id: int, seen_version: int | None = None) -> Practice:
    """Offer the practice to other cities, and show it to the public.

    Raises Invalid with all that is missing, NotFound, Conflict, or Forbidden for anybody but the
    city's authors.
    """
    async with _written(actor, practice_id, "publish", seen_version) as practice:
        problems = Problems()
        problems.unless(
            practice.state == PracticeState.DRAFT,
            "state",
            say("The practice is {state}; only a draft is published.", state=word(practice.state)),
        )
        _require_complete(practice, problems)
        problems.raise_any()
        practice.state = PracticeState.PUBLISHED
        practice.published_at = clock.now()
    return practice


async def archive(actor: Actor, practice_id: int, seen_version: int | None = None) -> Practice:
    """Offer the practice no longer; what refers to it stays.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the city's authors.
    """
    async with _written(actor, practice_id, "archive", seen_version) as practice:
        problems = Problems()
        problems.unless(
            practice.state == PracticeState.PUBLISHED,
            "state",
            say(
                "The practice is {state}; only a published one is archived.",
                state=word(practice.state),
            ),
        )
        problems.raise_any()
        practice.state = PracticeState.ARCHIVED
    return practice


@asynccontextmanager
async def _written(
    actor: Actor, practice_id: int, verb: str, seen_version: int | None
) -> AsyncIterator[Practice]:
    async with change(
        actor, Practice, practice_id, visible, verb, seen_version=seen_version
    ) as practice:
        _require_author(actor, practice.city)
        yield practice


def _require_author(actor: Actor, city_id: int) -> None:
    if not may_write(actor, city_id):
        raise Forbidden(
            say("Only a coordinator, approver or CIO of the city writes its practices.")
        )


def _require_complete(practice: Practice, problems: Problems) -> None:
    """Whoever considers taking it over must learn what it is and what shows that it works."""
    problems.unless(
        bool(practice.summary), "summary", say("Say what the practice does and for whom.")
    )
    problems.unless(
        bool(practice.results_evidence),
        "results_evidence",
        say("Say which results show that it works, and where they come from."),
    )


def _checked(draft: PracticePlan, problems: Problems) -> dict[str, Any]:
    languages = list(dict.fromkeys(draft.languages))
    for tag in languages:
        problems.language(f"languages.{draft.languages.index(tag)}", tag)
    problems.unless(
        len(languages) <= LANGUAGES_MOST,
        "languages",
        say("At most {most} languages.", most=LANGUAGES_MOST),
    )
    return {
        "title": problems.title("title", draft.title),
        "summary": problems.text("summary", draft.summary),
        "themes": problems.words("themes", draft.themes, most=THEMES_MOST),
        "readiness": draft.readiness,
        "transfer_needs": problems.text("transfer_needs", draft.transfer_needs),
        "results_evidence": problems.text("results_evidence", draft.results_evidence),
        "licence": draft.licence,
        "languages": languages,
    }

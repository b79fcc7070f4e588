"""Looking back: each partner city evaluates the project before it is closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import change, load, note, record_new, require_seen
from tracker.domain.database import transaction
from tracker.domain.edits import completed, edits
from tracker.domain.errors import Forbidden
from tracker.domain.evaluations.rules import visible
from tracker.domain.evaluations.tables import (
    CRITERIA,
    CRITERION_MOST,
    PRINCIPLE_MOST,
    PRINCIPLES,
    Evaluation,
    Lesson,
)
from tracker.domain.messages import say, word
from tracker.domain.problems import TITLE_MOST, Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.tables import Project, ProjectState
from tracker.domain.roles import Permission

LESSONS_MOST = 10
"""Lessons of one evaluation: who has more to say says it in the remarks."""

SCALES = dict.fromkeys(CRITERIA, CRITERION_MOST) | dict.fromkeys(PRINCIPLES, PRINCIPLE_MOST)
"""What is scored -> its best score."""


@dataclass(frozen=True, kw_only=True)
class LessonDraft:
    """What the next pair of cities should know: in one line, and in some more."""

    title: str
    narrative: str


@dataclass(frozen=True, kw_only=True)
class EvaluationDraft:
    """A city's answers: the six OECD-DAC criteria from 1 to 6 (best), the ten G20 Rome principles
    from 1 to 5 (best), lessons learned, and remarks for the partners. A draft may lack any; what is
    submitted has every score and at least one lesson."""

    relevance: int | None = None
    coherence: int | None = None
    effectiveness: int | None = None
    efficiency: int | None = None
    impact: int | None = None
    sustainability: int | None = None
    territorial_approach: int | None = None
    multi_level_governance: int | None = None
    rural_urban_continuum: int | None = None
    peer_to_peer_learning: int | None = None
    metrics_and_indicators: int | None = None
    monitoring_and_evaluation: int | None = None
    capacity_development: int | None = None
    stakeholder_engagement: int | None = None
    financing: int | None = None
    digitalisation: int | None = None
    lessons: Sequence[LessonDraft] = ()
    remarks: str = ""


@edits
async def draft(
    actor: Actor,
    project_id: int,
    city_id: int,
    draft: EvaluationDraft,
    seen_version: int | None = None,
) -> Evaluation:
    """Keep what is filled in so far, for the city's own people alone; a draft is gone on with.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the city's coordinators.
    """
    problems = Problems()
    async with transaction():
        project = await _evaluated(actor, project_id, city_id, problems)
        evaluation = await _present(project_id, city_id, problems)
        answers, lessons = _checked(await _whole(draft, evaluation), problems, complete=False)
        problems.raise_any()
        if evaluation is None:
            return await _created(actor, project, city_id, answers, lessons, "draft")
        async with change(
            actor, Evaluation, evaluation.id, visible, "draft", seen_version=seen_version
        ) as evaluation:
            _assign(evaluation, answers)
            note(evaluation, "lessons", await _lessons(evaluation.id), lessons)
            await _replace_lessons(project, evaluation, lessons)
        return evaluation


async def submit(
    actor: Actor,
    project_id: int,
    city_id: int,
    draft: EvaluationDraft,
    seen_version: int | None = None,
) -> Evaluation:
    """Evaluate the project for a partner city, once and for good; a draft makes room for it.

    Raises Invalid, NotFound, Conflict, or Forbidden for anybody but the city's coordinators.
    """
    problems = Problems()
    answers, lessons = _checked(draft, problems, complete=True)
    answers["submitted_at"] = clock.now()
    async with transaction():
        project = await _evaluated(actor, project_id, city_id, problems)
        evaluation = await _present(project_id, city_id, problems)
        problems.raise_any()
        if evaluation is None:
            return await _created(actor, project, city_id, answers, lessons, "submit")
        await require_seen(evaluation, seen_version)
        _assign(evaluation, answers)
        evaluation.author, evaluation.version = actor.person_id, evaluation.version + 1
        await evaluation.save()
        await _replace_lessons(project, evaluation, lessons)
        # Told whole and not by what differs from the draft, which is the city's own.
        note(evaluation, "lessons", [], lessons)
        await record_new(actor, evaluation, "submit")
        return evaluation


async def _evaluated(actor: Actor, project_id: int, city_id: int, problems: Problems) -> Project:
    """The project, locked, so that a city's people write one after the other."""
    project = await load(actor, Project, project_id, project_rules.visible)
    facts = await projects.facts(project_id, clock.now())
    if city_id not in facts.city_ids or not actor.may(Permission.REPORT, city_id):
        raise Forbidden(say("Only a coordinator of a partner city evaluates for that city."))
    problems.unless(
        project.state == ProjectState.FINALISING,
        "project_id",
        say(
            "The project is {state}; it is evaluated while it is finalising.",
            state=word(project.state),
        ),
    )
    return project


async def _present(project_id: int, city_id: int, problems: Problems) -> Evaluation | None:
    """The city's draft; what is submitted already is a problem."""
    found = (
        await Evaluation.objects()
        .where(Evaluation.project == project_id, Evaluation.city == city_id)
        .first()
    )
    problems.unless(
        found is None or found.submitted_at is None,
        "city_id",
        say("This city has already evaluated the project."),
    )
    return found


async def _whole(draft: EvaluationDraft, present: Evaluation | None) -> EvaluationDraft:
    """The draft with what was written before it, if anything was."""
    lessons = await _lessons(present.id) if present else []
    written = [LessonDraft(**lesson) for lesson in lessons]
    return completed(draft, present or Evaluation(_ignore_missing=True), lessons=written)


async def _created(
    actor: Actor,
    project: Project,
    city_id: int,
    answers: dict[str, Any],
    lessons: list[dict[str, str]],
    verb: str,
) -> Evaluation:
    evaluation = Evaluation(project=project.id, city=city_id, author=actor.person_id, **answers)
    await evaluation.save()
    await _replace_lessons(project, evaluation, lessons)
    note(evaluation, "lessons", [], lessons)
    await record_new(actor, evaluation, verb)
    return evaluation


def _assign(evaluation: Evaluation, answers: dict[str, Any]) -> None:
    for name, answer in answers.items():
        setattr(evaluation, name, answer)


async def _lessons(evaluation_id: int) -> list[dict[str, str]]:
    return await (
        Lesson.select(Lesson.title, Lesson.narrative)
        .where(Lesson.evaluation == evaluation_id)
        .order_by(Lesson.id)
    )


async def _replace_lessons(
    project: Project, evaluation: Evaluation, lessons: list[dict[str, str]]
) -> None:
    await Lesson.delete().where(Lesson.evaluation == evaluation.id)
    rows = [
        Lesson(
            project=project.id,
            evaluation=evaluation.id,
            city=evaluation.city,
            themes=project.themes,
            title=lesson["title"],
            narrative=lesson["narrative"],
        )
        for lesson in lessons
    ]
    if rows:
        await Lesson.insert(*rows)


def _checked(
    draft: EvaluationDraft, problems: Problems, *, complete: bool
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The answers as columns, and the lessons; notes everything that is wrong, and when it must be
    `complete`, everything that is missing."""
    scores = {
        name: _score(name, getattr(draft, name), most, problems, complete)
        for name, most in SCALES.items()
    }
    lessons = [
        _lesson(f"lessons.{index}", each, problems, complete)
        for index, each in enumerate(draft.lessons)
    ]
    problems.unless(
        len(lessons) <= LESSONS_MOST,
        "lessons",
        say("{count} are too many; at most {most}.", count=len(lessons), most=LESSONS_MOST),
    )
    problems.unless(
        bool(lessons) or not complete,
        "lessons",
        say("Write down at least one lesson for the next pair of cities."),
    )
    return scores | {"remarks": problems.text("remarks", draft.remarks)}, lessons


def _score(
    name: str, score: int | None, most: int, problems: Problems, complete: bool
) -> int | None:
    if score is None:
        problems.unless(not complete, name, say("Choose a score from 1 to {most}.", most=most))
    else:
        problems.unless(
            1 <= score <= most,
            name,
            say("{score} is no score; choose from 1 to {most}.", score=score, most=most),
        )
    return score


def _lesson(name: str, lesson: LessonDraft, problems: Problems, complete: bool) -> dict[str, str]:
    title, narrative = f"{name}.title", f"{name}.narrative"
    if complete:
        problems.unless(bool(lesson.title.strip()), title, say("Write something here."))
    return {
        "title": problems.line(title, lesson.title, TITLE_MOST),
        "narrative": problems.text(narrative, lesson.narrative, required=complete),
    }

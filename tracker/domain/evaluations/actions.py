"""Looking back: each partner city evaluates the project before it is closed."""

from dataclasses import dataclass, fields
from typing import Any

from tracker.domain import clock
from tracker.domain.actor import Actor
from tracker.domain.audit import create, load
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden
from tracker.domain.evaluations.tables import Evaluation
from tracker.domain.messages import say, word
from tracker.domain.problems import Problems
from tracker.domain.projects import queries as projects
from tracker.domain.projects import rules as project_rules
from tracker.domain.projects.tables import Project, ProjectState
from tracker.domain.roles import Permission


@dataclass(frozen=True, kw_only=True)
class EvaluationDraft:
    """A city's answers: the six OECD-DAC criteria from 1 to 6 (best), and lessons learned."""

    relevance: int
    coherence: int
    effectiveness: int
    efficiency: int
    impact: int
    sustainability: int
    lessons: str


async def submit(actor: Actor, project_id: int, city_id: int, draft: EvaluationDraft) -> Evaluation:
    """Evaluate the project for a partner city, once and for good.

    Raises Invalid, NotFound, or Forbidden for anybody but the city's coordinators.
    """
    problems = Problems()
    answers = _checked(draft, problems)
    async with transaction():
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
        done = await Evaluation.exists().where(
            Evaluation.project == project_id, Evaluation.city == city_id
        )
        problems.unless(not done, "city_id", say("This city has already evaluated the project."))
        problems.raise_any()
        evaluation = Evaluation(
            project=project_id,
            city=city_id,
            author=actor.person_id,
            submitted_at=clock.now(),
            **answers,
        )
        return await create(actor, evaluation, "submit")


def _checked(draft: EvaluationDraft, problems: Problems) -> dict[str, Any]:
    answers = {field.name: getattr(draft, field.name) for field in fields(draft)}
    for name, score in answers.items():
        if name != "lessons":
            problems.unless(
                1 <= score <= 6, name, say("{score} is no score; choose from 1 to 6.", score=score)
            )
    return answers | {"lessons": problems.text("lessons", draft.lessons, required=True)}

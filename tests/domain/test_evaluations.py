"""Closing evaluations: drafts for the own city, submitted once while the project is finalising."""

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.evaluations import actions
from tracker.domain.evaluations.actions import EvaluationDraft, LessonDraft
from tracker.domain.evaluations.tables import CRITERIA, PRINCIPLES, Evaluation

DRAFT = factories.evaluation_draft()


async def test_evaluation_by_each_partner_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    await actions.submit(cast.seoul_coordinator, project.id, cast.seoul, DRAFT)
    await actions.submit(cast.nairobi_cio, project.id, cast.nairobi, DRAFT)
    for again in (actions.submit, actions.draft):
        with pytest.raises(Invalid, match="already evaluated"):
            await again(cast.nairobi_coordinator, project.id, cast.nairobi, DRAFT)
    assert await Evaluation.count() == 2


async def test_evaluation_with_everything_wrong_at_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    lessons = [
        LessonDraft(title="", narrative="Said."),
        LessonDraft(title="Begin early", narrative=" "),
    ]
    wrong = factories.evaluation_draft(
        relevance=0, coherence=7, impact=None, financing=6, lessons=lessons
    )
    with pytest.raises(Invalid) as refusal:
        await actions.submit(cast.seoul_coordinator, project.id, cast.seoul, wrong)
    assert refusal.value.fields == {
        "relevance": ["0 is no score; choose from 1 to 6."],
        "coherence": ["7 is no score; choose from 1 to 6."],
        "impact": ["Choose a score from 1 to 6."],
        "financing": ["6 is no score; choose from 1 to 5."],
        "lessons.0.title": ["Write something here."],
        "lessons.1.narrative": ["Write something here."],
        "project_id": ["The project is active; it is evaluated while it is finalising."],
    }
    with pytest.raises(Invalid) as refusal:
        await actions.submit(cast.seoul_coordinator, project.id, cast.seoul, EvaluationDraft())
    assert set(refusal.value.fields) == {*CRITERIA, *PRINCIPLES, "lessons", "project_id"}


async def test_evaluation_by_others(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    for who in set(ACTORS) - {"seoul_coordinator"}:
        for act in (actions.submit, actions.draft):
            with pytest.raises(Forbidden):
                await act(cast[who], project.id, cast.seoul, DRAFT)
    with pytest.raises(Forbidden):
        await actions.submit(cast.lima_coordinator, project.id, cast.lima, DRAFT)

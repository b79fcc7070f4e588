"""Closing evaluations: once per partner city, while the project is finalising."""

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.evaluations import actions
from tracker.domain.evaluations.actions import EvaluationDraft
from tracker.domain.evaluations.tables import Evaluation

DRAFT = EvaluationDraft(
    relevance=6,
    coherence=5,
    effectiveness=4,
    efficiency=3,
    impact=2,
    sustainability=1,
    lessons="Begin with the legal review.",
)


async def test_evaluation_by_each_partner_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    await actions.submit(cast.seoul_coordinator, project.id, cast.seoul, DRAFT)
    await actions.submit(cast.nairobi_cio, project.id, cast.nairobi, DRAFT)
    with pytest.raises(Invalid, match="already evaluated"):
        await actions.submit(cast.nairobi_coordinator, project.id, cast.nairobi, DRAFT)
    assert await Evaluation.count() == 2


async def test_evaluation_with_everything_wrong_at_once(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    wrong = EvaluationDraft(
        relevance=0,
        coherence=7,
        effectiveness=4,
        efficiency=3,
        impact=2,
        sustainability=-1,
        lessons="",
    )
    with pytest.raises(Invalid) as refusal:
        await actions.submit(cast.seoul_coordinator, project.id, cast.seoul, wrong)
    assert refusal.value.fields == {
        "relevance": ["0 is no score; choose from 1 to 6."],
        "coherence": ["7 is no score; choose from 1 to 6."],
        "sustainability": ["-1 is no score; choose from 1 to 6."],
        "lessons": ["Write something here."],
        "project_id": ["The project is active; it is evaluated while it is finalising."],
    }


async def test_evaluation_by_others(cast: Cast) -> None:
    project = await factories.joint_project(cast, "finalising")
    for who in set(ACTORS) - {"seoul_coordinator"}:
        with pytest.raises(Forbidden):
            await actions.submit(cast[who], project.id, cast.seoul, DRAFT)
    with pytest.raises(Forbidden):
        await actions.submit(cast.lima_coordinator, project.id, cast.lima, DRAFT)

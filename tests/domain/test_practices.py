"""Practices: drafted by a city, published complete, archived."""

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tracker.domain.errors import Conflict, Forbidden, Invalid, NotFound
from tracker.domain.practices import actions
from tracker.domain.practices.actions import PracticePlan

AUTHORS = {"seoul_coordinator", "seoul_approver"}


async def test_practice_from_draft_to_archive(cast: Cast) -> None:
    row = await actions.draft(cast.seoul_approver, cast.seoul, factories.practice_plan())
    assert (row.state, row.city, row.version) == ("draft", cast.seoul, 1)
    row = await actions.publish(cast.seoul_coordinator, row.id, seen_version=1)
    assert row.state == "published"
    assert row.published_at
    row = await actions.archive(cast.seoul_coordinator, row.id, seen_version=2)
    assert (row.state, row.version) == ("archived", 3)


async def test_publishing_what_is_incomplete(cast: Cast) -> None:
    row = await actions.draft(cast.seoul_coordinator, cast.seoul, PracticePlan(title="Permits"))
    with pytest.raises(Invalid) as refusal:
        await actions.publish(cast.seoul_coordinator, row.id)
    assert set(refusal.value.fields) == {"summary", "results_evidence"}


async def test_published_practice_stays_complete(cast: Cast) -> None:
    row = await factories.practice(cast, "published")
    with pytest.raises(Invalid) as refusal:
        await actions.edit(cast.seoul_coordinator, row.id, PracticePlan(title="Permits"))
    assert set(refusal.value.fields) == {"summary", "results_evidence"}
    plan = factories.practice_plan(title="Permits at one address")
    assert (await actions.edit(cast.seoul_coordinator, row.id, plan)).title == plan.title


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        ("published", "publish"),
        ("archived", "publish"),
        ("draft", "archive"),
        ("archived", "archive"),
    ],
)
async def test_verb_in_the_wrong_state(cast: Cast, state: str, verb: str) -> None:
    row = await factories.practice(cast, state)
    with pytest.raises(Invalid) as refusal:
        await getattr(actions, verb)(cast.seoul_coordinator, row.id)
    assert f"The practice is {state};" in refusal.value.fields["state"][0]


async def test_editing_an_archived_practice(cast: Cast) -> None:
    row = await factories.practice(cast, "archived")
    with pytest.raises(Invalid, match="The practice is archived"):
        await actions.edit(cast.seoul_coordinator, row.id, factories.practice_plan())


async def test_everything_wrong_with_a_draft_at_once(cast: Cast) -> None:
    plan = factories.practice_plan(
        title="x" * 10_000,
        summary="x" * 10_001,
        themes=["x" * 61],
        transfer_needs="\x00",
        results_evidence="x" * 10_001,
        languages=["Korean"],
    )
    with pytest.raises(Invalid) as refusal:
        await actions.draft(cast.seoul_coordinator, cast.seoul, plan)
    assert set(refusal.value.fields) == {
        "title",
        "summary",
        "themes.0",
        "transfer_needs",
        "results_evidence",
        "languages.0",
    }


async def test_writing_by_others(cast: Cast) -> None:
    draft = await factories.practice(cast, "draft")
    published = await factories.practice(cast, "published")
    for who in set(ACTORS) - AUTHORS:
        with pytest.raises(Forbidden):
            await actions.draft(cast[who], cast.seoul, factories.practice_plan())
        with pytest.raises(Forbidden):
            await actions.archive(cast[who], published.id)
        # A draft does not exist for anybody outside the city.
        with pytest.raises(Forbidden if who == "seoul_mayor" else NotFound):
            await actions.publish(cast[who], draft.id)


async def test_practice_of_an_unknown_city(cast: Cast) -> None:
    with pytest.raises(NotFound, match="no such city"):
        await actions.draft(cast.seoul_coordinator, 999, factories.practice_plan())


async def test_practice_seen_in_an_older_version(cast: Cast) -> None:
    row = await factories.practice(cast, "published")
    with pytest.raises(Conflict) as refusal:
        await actions.archive(cast.seoul_coordinator, row.id, seen_version=1)
    assert refusal.value.changed == ["published_at", "state"]

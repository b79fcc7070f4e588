"""The partner city confirms a value or disputes it; nobody judges their own, by any path."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests import factories
from tests.cast import ACTORS, Cast
from tests.graphql.conftest import Api
from tracker.domain.actor import SYSTEM, Actor, Mandate, Role
from tracker.domain.clock import now
from tracker.domain.errors import Forbidden, Invalid, NotFound
from tracker.domain.outcomes import drafting, reporting, verdicts
from tracker.domain.outcomes.reporting import ValueDraft
from tracker.domain.outcomes.tables import Value, Verdict
from tracker.domain.people import queries
from tracker.domain.people.actions import grant

SPEAKERS = {"seoul_coordinator", "seoul_approver"}

STANDING = """query ($id: ID!) { value(id: $id) { disputed confirmed
  verdicts { nodes { kind reason answer city { name } } } } }"""


async def _approved(cast: Cast) -> Value:
    """A value of Nairobi's that the secretariat approved, so that Seoul has not spoken yet."""
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project)
    return await reporting.approve(cast.officer, value.id)


async def _standing(api: Api, value: Value, actor: Actor) -> Any:
    return (await api.data(STANDING, {"id": f"Value:{value.id}"}, actor))["value"]


async def test_dispute_shows_to_everybody_and_its_reason_inside(api: Api, cast: Cast) -> None:
    value = await _approved(cast)
    before = await _standing(api, value, cast.public)
    assert before == {"disputed": False, "confirmed": False, "verdicts": {"nodes": []}}
    await verdicts.dispute(cast.seoul_coordinator, value.id, "The register says 14.")
    public = await _standing(api, value, cast.public)
    assert public == {"disputed": True, "confirmed": False, "verdicts": {"nodes": []}}
    await verdicts.answer(cast.nairobi_coordinator, value.id, "Without those withdrawn.")
    [said] = (await _standing(api, value, cast.officer))["verdicts"]["nodes"]
    assert said == {
        "kind": "DISPUTED",
        "reason": "The register says 14.",
        "answer": "Without those withdrawn.",
        "city": {"name": "Seoul"},
    }
    await verdicts.confirm(cast.seoul_approver, value.id)
    after = await _standing(api, value, cast.nairobi_mayor)
    assert (after["disputed"], after["confirmed"]) == (False, True)
    assert [each["kind"] for each in after["verdicts"]["nodes"]] == ["CONFIRMED"]


async def test_approval_for_the_partner_city_confirms_and_the_secretariats_does_not(
    cast: Cast,
) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project, "approved")
    [said] = await Verdict.objects()
    assert (said.value, said.city, said.kind) == (value.id, cast.seoul, "confirmed")
    with pytest.raises(Invalid, match="confirmed the value already"):
        await verdicts.confirm(cast.seoul_coordinator, value.id)
    await _approved(cast)
    assert await Verdict.count() == 1


async def test_correction_answers_a_dispute(api: Api, cast: Cast) -> None:
    value = await _approved(cast)
    await verdicts.dispute(cast.seoul_coordinator, value.id, "The register says 14.")
    right = ValueDraft(value=Decimal(14))
    newer = await reporting.correct(cast.nairobi_coordinator, value.id, right, "Seoul is right.")
    await reporting.approve(cast.seoul_approver, newer.id)
    assert (await _standing(api, newer, cast.public))["disputed"] is False
    assert (await _standing(api, value, cast.public))["disputed"] is True
    with pytest.raises(Invalid, match="superseded"):
        await verdicts.dispute(cast.seoul_coordinator, value.id, "Still.")


async def test_verdict_by_whoever_may_not(cast: Cast) -> None:
    value = await _approved(cast)
    for who in set(ACTORS) - SPEAKERS:
        for attempt in (
            verdicts.confirm(cast[who], value.id),
            verdicts.dispute(cast[who], value.id, "No."),
        ):
            with pytest.raises(Forbidden):
                await attempt
    with pytest.raises(Invalid) as refusal:
        await verdicts.dispute(cast.seoul_coordinator, value.id, " ")
    assert set(refusal.value.fields) == {"reason"}
    with pytest.raises(Invalid, match="Nobody disputes"):
        await verdicts.answer(cast.nairobi_coordinator, value.id, "Well.")
    await verdicts.dispute(cast.seoul_coordinator, value.id, "The register says 14.")
    for who in set(ACTORS) - {"nairobi_coordinator", "nairobi_cio"}:
        with pytest.raises(Forbidden):
            await verdicts.answer(cast[who], value.id, "Well.")


async def test_verdict_on_what_is_not_approved(cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    value = await factories.value(cast, project)
    with pytest.raises(Invalid, match="it must be approved"):
        await verdicts.dispute(cast.seoul_coordinator, value.id, "No.")
    with pytest.raises(NotFound):
        await verdicts.dispute(cast.lima_coordinator, value.id, "No.")


JUDGING: dict[str, Any] = {
    "approve": lambda actor, value: reporting.approve(actor, value),
    "return": lambda actor, value: reporting.return_(actor, value, "No."),
    "confirm": lambda actor, value: verdicts.confirm(actor, value),
    "dispute": lambda actor, value: verdicts.dispute(actor, value, "No."),
}


@pytest.mark.parametrize("verb", JUDGING)
async def test_mandate_of_a_mayor_makes_nobody_a_second_pair_of_eyes(cast: Cast, verb: str) -> None:
    """Whoever wrote a value, and their city, judge it in nobody's name: not as the deputy of their
    own mayor, nor of the partner's, nor the other way round."""
    project = await factories.joint_project(cast, "active")
    author = cast.nairobi_cio
    assert author.person_id
    assert cast.nairobi_mayor.person_id
    assert cast.seoul_mayor.person_id
    drafted = await drafting.draft(author, project.period_id, cast.nairobi, ValueDraft())
    await drafting.redraft(author, drafted.id, ValueDraft(value=Decimal(12)))
    value = await drafting.submit(cast.nairobi_coordinator, drafted.id)
    if verb in ("confirm", "dispute"):
        await reporting.approve(cast.officer, value.id)
    moment = now()

    def deputy(actor: Actor, city: int, mayor: int) -> Actor:
        mandate = Mandate(city, mayor, moment, moment + timedelta(days=9))
        roles = actor.memberships | {(Role.CIO, city)}
        return replace(actor, memberships=roles, mandates=(mandate,))

    moved = replace(author, memberships=frozenset(), affiliated=frozenset())
    in_the_authors_name = replace(cast.seoul_coordinator, on_behalf_of=author.person_id)
    for actor in (
        deputy(author, cast.nairobi, cast.nairobi_mayor.person_id),
        deputy(cast.nairobi_approver, cast.seoul, cast.seoul_mayor.person_id),
        deputy(moved, cast.seoul, cast.seoul_mayor.person_id),
        in_the_authors_name,
    ):
        with pytest.raises(Forbidden):
            await JUDGING[verb](actor, value.id)
    await JUDGING[verb](cast.seoul_coordinator, value.id)


async def test_person_who_changed_cities_judges_nothing_of_the_former_one(cast: Cast) -> None:
    value = await _approved(cast)
    person = cast.nairobi_coordinator.person_id
    assert person
    await grant(SYSTEM, person, cast.seoul, Role.APPROVER)
    both = await queries.actor_by_email("nairobi_coordinator@example.org")
    assert both
    with pytest.raises(Forbidden):
        await verdicts.confirm(both, value.id)

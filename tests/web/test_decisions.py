"""What a mayor settles, from the link in a mail."""

from tests.cast import Cast
from tests.factories.projects import joint_project
from tests.web.conftest import SignedIn
from tracker.domain.projects.tables import Decision


async def test_decision_is_given_by_a_button_and_not_by_opening(
    signed_in: SignedIn, cast: Cast
) -> None:
    decision = await _decision(cast, cast.nairobi)
    mayor = await signed_in("nairobi_mayor")
    path = f"/decisions/{decision.id}"
    for way in (path, f"{path}/give"):
        await mayor.open(way)
    await decision.refresh()
    assert decision.state == "pending"
    await mayor.open(path)
    await mayor.submit(f"{path}/give")
    await mayor.follow()
    assert "Your decision is recorded." in mayor.text
    assert f"{path}/give" not in mayor.actions
    await decision.refresh()
    assert (decision.state, decision.decided_by) == ("given", cast.nairobi_mayor.person_id)


async def test_decision_is_refused_with_a_reason(signed_in: SignedIn, cast: Cast) -> None:
    decision = await _decision(cast, cast.nairobi)
    mayor = await signed_in("nairobi_mayor")
    path = f"/decisions/{decision.id}"
    await mayor.open(path)
    await mayor.submit(f"{path}/refuse", reason="")
    assert mayor.page.status_code == 422
    assert '<details class="disclosure" open>' in mayor.page.text
    await mayor.submit(f"{path}/refuse", reason="The council said no.")
    await mayor.follow()
    assert "The council said no." in mayor.text


async def test_decision_is_no_other_mayors(signed_in: SignedIn, cast: Cast) -> None:
    decision = await _decision(cast, cast.nairobi)
    path = f"/decisions/{decision.id}"
    partner, outsider = await signed_in("seoul_mayor"), await signed_in("lima_mayor")
    assert (await partner.open(path)).status_code == 200
    assert f"{path}/give" not in partner.actions
    assert (await outsider.open(path)).status_code == 404


async def test_decision_settled_meanwhile_is_said(signed_in: SignedIn, cast: Cast) -> None:
    decision = await _decision(cast, cast.nairobi)
    path = f"/decisions/{decision.id}"
    mayor, again = await signed_in("nairobi_mayor"), await signed_in("nairobi_mayor")
    await mayor.open(path)
    await again.open(path)
    await mayor.submit(f"{path}/give")
    await again.submit(f"{path}/give")
    assert again.page.status_code == 409
    assert "Somebody changed this since you looked" in again.text


async def _decision(cast: Cast, city_id: int) -> Decision:
    await joint_project(cast, "under_review")
    [decision] = await Decision.objects().where(Decision.city == city_id)
    return decision

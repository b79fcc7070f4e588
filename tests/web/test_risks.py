"""The pages of risks and issues."""

from dataclasses import replace
from datetime import timedelta

from tests import factories
from tests.cast import Cast
from tests.domain.test_risks import ISSUE, draft
from tests.web.conftest import SignedIn
from tracker.domain import clock
from tracker.domain.risks import actions
from tracker.domain.risks.tables import Risk

today = factories.today


async def test_risk_is_written_down_assessed_and_happens(signed_in: SignedIn, cast: Cast) -> None:
    project = await factories.joint_project(cast, "active")
    path = f"/projects/{(await project.row()).code}/risks"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    assert "Nobody looks after any risk yet" in browser.text
    await browser.open(f"{path}/new")
    wrong = {"title": "The <law> fails", "owner": "", "review_on": str(today(-4))}
    await browser.submit(f"{path}/new", **wrong)
    assert browser.page.status_code == 422
    assert "Choose who looks after it." in browser.text
    for told in "Impact: This is needed.", "Choose a whole number from 1 to 5.", "is past; choose":
        assert told in browser.text, "all at once"
    await browser.submit(f"{path}/new", type="issue", probability="2", occurred_on="soon")
    for told in "Impact: This is needed.", "leave its probability empty", "“soon” is no date":
        assert told in browser.text
    assert await Risk.count() == 0
    await browser.submit(f"{path}/new", type="risk", probability="", occurred_on="")
    assert 'value="The &lt;law&gt; fails"' in browser.page.text
    owner = f"{cast.nairobi}:{cast.nairobi_cio.person_id}"
    await browser.submit(f"{path}/new", owner=owner, impact="3")
    assert "Choose a whole number from 1 to 5." in browser.text
    assert "is past; choose a day" in browser.text
    await browser.submit(f"{path}/new", probability="4", review_on=str(today(20)))
    [risk] = await Risk.objects()
    assert browser.page.headers["location"] == f"/risks/{risk.id}"
    assert (risk.city, risk.person) == (cast.nairobi, cast.nairobi_cio.person_id)

    await browser.open(path)
    matrix = browser.page.text.partition('<div class="matrix-frame"')
    assert "Probability downwards, impact to the side" in matrix[0], "what scrolls cuts no sentence"
    assert "scroll the matrix sideways" in matrix[0]
    await browser.open(f"/risks/{risk.id}")
    assert "High, 12" in browser.text
    await browser.open(f"/risks/{risk.id}/assess")
    await browser.submit(f"/risks/{risk.id}/assess", probability="5", review_on=str(today(9)))
    await browser.open(path)
    assert "Critical, 15" in browser.text
    assert "Rising" in browser.text
    await browser.open(f"/risks/{risk.id}/materialise")
    happened = {"occurred_on": str(today(-2)), "review_on": str(today(9)), "note": "Voted down."}
    await browser.submit(f"/risks/{risk.id}/materialise", **happened)
    await browser.open(f"/risks/{risk.id}")
    assert "Voted down." in browser.text
    assert "said that the risk “The <law> fails” has happened" in browser.text
    assert f"/risks/{risk.id}/materialise" not in browser.links
    await browser.open(f"/risks/{risk.id}/close")
    await browser.submit(f"/risks/{risk.id}/close", reason="A decree does it.")
    await browser.open(path)
    assert "A decree does it." in browser.text


async def test_risks_stay_inside_and_their_reviews_wait_for_the_owner(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    code = (await project.row()).code
    own = replace(draft(), person_id=cast.nairobi_cio.person_id, review_on=today(2))
    risk = await actions.add(cast.nairobi_coordinator, project.id, cast.nairobi, own)
    issue = draft(title="<script>alert(1)</script>", **ISSUE)
    await actions.add(cast.seoul_coordinator, project.id, cast.seoul, issue)
    with clock.at(clock.now() + timedelta(days=5)):
        owner = await signed_in("nairobi_cio")
        await owner.open("/projects")
        assert "Review the risk: The permit law is not passed" in owner.text
        await owner.open(f"/projects/{code}")
        assert "Review overdue" in owner.text
        await owner.open(f"/projects/{code}/risks")
        assert "1 review is overdue" in owner.text
        assert "<script>alert" not in owner.page.text
        colleague = await signed_in("nairobi_mayor")
        await colleague.open("/projects")
        assert "Review the risk" not in colleague.text
        await colleague.open(f"/risks/{risk.id}")
        assert f"/risks/{risk.id}/assess" not in colleague.links
    outsider = await signed_in("lima_coordinator")
    for path, status in ((f"/projects/{code}/risks", 403), (f"/risks/{risk.id}", 404)):
        await outsider.open(path)
        assert outsider.page.status_code == status
    await outsider.open(f"/projects/{code}")
    assert f"/projects/{code}/risks" not in outsider.links

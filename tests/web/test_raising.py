"""The pages on which questions are escalated and requirements waived."""

from tests import factories
from tests.cast import Cast
from tests.web.conftest import SignedIn
from tracker.domain.projects.tables import Decision


async def test_question_is_escalated_and_answered_on_its_page(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    page = f"/projects/{(await project.row()).code}"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(page)
    assert f"{page}/raise/question" in browser.links
    await browser.open(f"{page}/raise/question")
    await browser.submit(f"{page}/raise/question", city_id=str(cast.seoul), question="")
    assert browser.page.status_code == 422
    await browser.submit(f"{page}/raise/question", question="Who <pays>?")
    [row] = await Decision.objects().where(Decision.kind == "escalate")
    address = f"/decisions/{row.id}"
    assert browser.page.headers["location"] == address
    mayor = await signed_in("seoul_mayor")
    await mayor.open("/projects")
    assert address in mayor.links, "it waits for who is asked"
    await mayor.open(address)
    assert "Who <pays>?" in mayor.text
    await mayor.submit(f"{address}/answer", answer="Seoul does.")
    await browser.open(address)
    assert "Seoul does." in browser.text
    assert "answered the question" in browser.text
    assert "Answered" in browser.text


async def test_requirement_is_waived_by_the_secretariat_on_its_page(
    signed_in: SignedIn, cast: Cast
) -> None:
    project = await factories.joint_project(cast, "active")
    page = f"/projects/{(await project.row()).code}"
    browser = await signed_in("seoul_coordinator")
    await browser.open(f"{page}/raise/waiver")
    assert "before the work starts" not in browser.text, "nothing asks for that any more"
    await browser.submit(f"{page}/raise/waiver", requirement="", question="It burnt.")
    assert browser.page.status_code == 422
    await browser.submit(f"{page}/raise/waiver", requirement="finished", question="It burnt.")
    [row] = await Decision.objects().where(Decision.kind == "waive")
    officer = await signed_in("officer")
    await officer.open("/projects")
    assert "Do without a requirement" in officer.text
    await officer.open(f"/decisions/{row.id}")
    await officer.submit(f"/decisions/{row.id}/give")
    await officer.open(f"/decisions/{row.id}")
    assert "agreed to do without a requirement" in officer.text
    mayor = await signed_in("seoul_mayor")
    await mayor.open(f"{page}/raise/waiver")
    assert mayor.page.status_code == 403

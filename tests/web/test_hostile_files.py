"""Forty files made to harm, sent as evidence; `make conformance` also opens them in a browser."""

import httpx
from litestar import Litestar

from tests.cast import Cast
from tests.conformance.hostile_files import everything
from tests.conformance.uploads import active, attach
from tests.factories.projects import add_milestone, joint_project
from tests.web.browser import Browser, client
from tracker.domain.people.tokens import issue_token


async def test_no_hostile_file_is_served_so_that_a_browser_would_run_it(
    app: Litestar, cast: Cast
) -> None:
    milestone = (await add_milestone(cast, (await joint_project(cast, "active")).id)).id
    person = cast.nairobi_coordinator.person_id
    assert person
    _, secret = await issue_token(cast.nairobi_coordinator, person)
    program: httpx.AsyncClient = client(app, {"Authorization": f"Bearer {secret}"})
    files = list(everything(1))
    assert len(files) == 41
    tried = [await attach(program, f"Milestone:{milestone}", *each) for each in files]
    kept = [each for each in tried if each]
    reader = await Browser(app).sign_in(cast, "auditor")
    served = {each.name: active(await reader.open(each.address)) for each in kept}
    assert {name: why for name, why in served.items() if why} == {}
    refused = {name for name, _ in files} - {each.name for each in kept}
    assert {"page.html", "drawing.svg", "script.pdf", "macros.xlsx", "bomb.docx"} <= refused
    assert 5 <= len(kept) <= 20

"""Requests that another site makes a browser send."""

import re

import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.factories.projects import joint_project
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.app import PAGES

FORMS = sorted(
    re.sub(r"{\w+:int}", "1", path).replace("{code:str}", "ES-2026-0001").replace(
        "{verb:str}", "submit"
    )
    for handler in PAGES
    if "POST" in handler.http_methods
    for path in handler.paths
)  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
async def test_form_without_its_token_is_refused(signed_in: SignedIn, path: str) -> None:
    browser = await signed_in("seoul_coordinator")
    assert (await browser.post(path, anything="")).status_code == 403
    assert (await browser.post(path, csrf_token="0" * 64)).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
async def test_form_from_elsewhere_is_refused(
    signed_in: SignedIn, cast: Cast, headers: dict[str, str]
) -> None:
    browser = await signed_in("nairobi_coordinator")
    project = await (await joint_project(cast)).row()
    await browser.open(f"/projects/{project.code}")
    token = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    del browser.client.headers["Sec-Fetch-Site"]
    answer = await browser.client.post(
        f"/projects/{project.code}/steps/submit", data={"csrf_token": token}, headers=headers
    )
    assert answer.status_code == 403
    await project.refresh()
    assert project.state == "draft"


async def test_host_of_a_request_is_no_witness(app: Litestar, cast: Cast) -> None:
    """Another site's name may point here (DNS rebinding)."""
    browser = Browser(app)
    await browser.open("/sign-in")
    token = browser.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    del browser.client.headers["Sec-Fetch-Site"]
    form = {"csrf_token": token, "email": "nobody@example.org"}
    rebound = {"Origin": "http://evil.test", "Host": "evil.test"}
    assert (await browser.client.post("/sign-in", data=form, headers=rebound)).status_code == 403
    ours = {"Origin": "http://tracker.test", "Host": "evil.test"}
    assert (await browser.client.post("/sign-in", data=form, headers=ours)).status_code == 200


async def test_demonstration_is_reached_by_any_name(demonstration: Browser) -> None:
    await demonstration.open("/sign-in")
    token = demonstration.page.text.split('name="csrf_token" value="')[1].split('"')[0]
    del demonstration.client.headers["Sec-Fetch-Site"]
    answer = await demonstration.client.post(
        "/sign-in",
        data={"csrf_token": token, "email": "nobody@example.org"},
        headers={"Origin": "http://box.local", "Host": "box.local"},
    )
    assert answer.status_code == 200


async def test_form_by_origin_alone_is_taken(signed_in: SignedIn, cast: Cast) -> None:
    browser = await signed_in("nairobi_coordinator")
    project = await (await joint_project(cast)).row()
    await browser.open(f"/projects/{project.code}")
    del browser.client.headers["Sec-Fetch-Site"]
    browser.client.headers["Origin"] = "http://tracker.test"
    answer = await browser.submit(f"/projects/{project.code}/steps/submit")
    assert answer.status_code == 303


async def test_token_of_another_session_is_refused(
    signed_in: SignedIn, cast: Cast, app: Litestar
) -> None:
    project = await (await joint_project(cast)).row()
    path = f"/projects/{project.code}"
    browser = await signed_in("nairobi_coordinator")
    await browser.open(path)
    await browser.sign_in(cast, "nairobi_coordinator")
    answer = await browser.submit(f"{path}/steps/submit")
    assert answer.status_code == 403
    assert "Reload the page" in browser.text


async def test_form_of_another_media_type_is_refused(browser: Browser) -> None:
    answer = await browser.client.post("/sign-in", json={"email": "a@example.org"})
    assert answer.status_code == 415

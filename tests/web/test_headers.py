"""What every response says besides its content."""

from dataclasses import replace

import pytest
from litestar import Litestar

from tests.cast import Cast
from tests.factories.projects import joint_project
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.app import create_app
from tracker.domain.audit import AuditEvent
from tracker.domain.people.sessions import open_session
from tracker.settings import Settings

PATHS = [
    "/",
    "/projects",
    "/practices",
    "/sign-in",
    "/graphql",
    "/graphql?query={__typename}",
    "/digests",
    "/preferences",
    "/nowhere",
    "/milestones/0",
    "/dev/outbox",
    "/health/live",
    "/health/ready",
    "/static/tracker.css",
    "/static/nothing",
]


@pytest.mark.parametrize("path", PATHS)
async def test_security_headers_are_on_every_response(browser: Browser, path: str) -> None:
    headers = (await browser.open(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["cache-control"] == (
        "public, no-cache" if path == "/static/tracker.css" else "no-store"
    )
    assert len(headers["x-request-id"]) == 32


async def test_security_headers_are_on_refusals(browser: Browser) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        answer = await browser.client.request(method, "/projects")
        assert answer.status_code == 405
        assert "content-security-policy" in answer.headers
    answer = await browser.client.post("/sign-in", data={"email": "x" * 200_000})
    assert answer.status_code == 413
    assert "content-security-policy" in answer.headers


async def test_request_id_is_taken_over_and_kept_in_the_trail(
    signed_in: SignedIn, cast: Cast
) -> None:
    browser = await signed_in("nairobi_coordinator")
    project = await (await joint_project(cast)).row()
    await browser.open(f"/projects/{project.code}")
    browser.client.headers["X-Request-ID"] = "edge-7f3a.0001"
    await browser.submit(f"/projects/{project.code}/steps/submit")
    assert browser.page.headers["x-request-id"] == "edge-7f3a.0001"
    [event] = await AuditEvent.objects().where(AuditEvent.verb == "submit")
    assert event.request_id == "edge-7f3a.0001"


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space in it", 'quote"quote'])
async def test_request_id_that_could_harm_a_log_is_replaced(browser: Browser, given: str) -> None:
    headers = (await browser.open("/health/live", **{"X-Request-ID": given})).headers
    assert headers["x-request-id"] != given


async def test_pages_hold_nothing_inline(browser: Browser) -> None:
    for path in ("/", "/projects", "/practices", "/sign-in", "/graphql"):
        text = (await browser.open(path)).text
        assert " style=" not in text
        assert "<style" not in text
        assert " onclick=" not in text
        scripts = [part.split(">")[0] for part in text.split("<script")[1:]]
        assert all("src=" in each or "application/json" in each for each in scripts)


@pytest.fixture(scope="module")
def secured(settings: Settings, app: Litestar) -> Litestar:
    """An installation that is reached by https."""
    return create_app(replace(settings, base_url="https://tracker.test"))


@pytest.fixture
def secure(secured: Litestar, cast: Cast) -> Browser:
    """A browser at it."""
    browser = Browser(secured)
    browser.client.base_url = "https://tracker.test"
    return browser


async def test_every_cookie_is_for_this_host_over_https_and_for_no_script(
    secure: Browser, cast: Cast
) -> None:
    assert cast.seoul_mayor.person_id
    secret = await open_session(cast.seoul_mayor.person_id)
    secure.client.cookies.set("__Host-session", secret)
    await secure.open("/preferences")
    await secure.submit("/language", language="ko")
    given = secure.page.headers.get_list("set-cookie")
    await secure.open("/preferences")
    await secure.submit("/sign-out")
    given += secure.page.headers.get_list("set-cookie")
    names = {each.partition("=")[0] for each in given}
    assert names == {"__Host-language", "__Host-session", "__Host-flash"}
    for each in given:
        parts = {part.strip().lower() for part in each.split(";")[1:]}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
        assert not any(part.startswith("domain") for part in parts)


async def test_sign_out_clears_what_the_browser_kept(secure: Browser, cast: Cast) -> None:
    assert cast.seoul_mayor.person_id
    secure.client.cookies.set("__Host-session", await open_session(cast.seoul_mayor.person_id))
    await secure.open("/preferences")
    await secure.submit("/sign-out")
    assert secure.page.headers["clear-site-data"] == '"cache", "storage"'
    assert (await secure.open("/preferences")).status_code == 303


@pytest.mark.parametrize("path", PATHS)
async def test_https_is_insisted_on_everywhere(secure: Browser, path: str) -> None:
    headers = (await secure.open(path)).headers
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "access-control-allow-origin" not in headers


async def test_no_origin_is_let_read_answers(browser: Browser) -> None:
    for path in ("/", "/graphql?query={__typename}"):
        headers = (await browser.open(path, Origin="https://evil.example")).headers
        assert not [name for name in headers if name.startswith("access-control-")]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
    answer = await browser.client.request("OPTIONS", "/graphql", headers={"Origin": "https://x.y"})
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_api_redirects_nobody(secure: Browser) -> None:
    """A program that forgot the s must fail, and not send its token in the open each time."""
    for url in ("http://tracker.test/graphql", "http://tracker.test/graphql/"):
        answer = await secure.client.post(url, json={"query": "{__typename}"})
        assert not answer.is_redirect

"""What every response says besides its content."""

import pytest

from tests.cast import Cast
from tests.factories.projects import joint_project
from tests.web.browser import Browser
from tests.web.conftest import SignedIn
from tracker.domain.audit import AuditEvent

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

"""One's browsers: seeing where one is signed in, ending one of them, or all at once."""

from pathlib import Path

from litestar import Litestar

from tests.cast import Cast, email
from tests.relay import mails
from tests.web.browser import HOST, Browser, client
from tests.web.conftest import SignedIn
from tests.web.talk import page_of, talking, token
from tracker.domain.people.links import send_link
from tracker.domain.people.tables import ApiToken, Session

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/140.0 Safari/537.36 Edg/140.0"
)


async def come_in(browser: Browser, name: str, agent: str) -> None:
    """Sign in by a link, with a browser that names itself so."""
    sent = await send_link(email(name))
    assert sent
    browser.client.headers["User-Agent"] = agent
    await browser.open(f"/sign-in/{sent[1]}")
    await browser.submit("/sign-in/redeem")
    assert browser.page.status_code == 303


def is_out(browser: Browser) -> bool:
    """Whether the last page sent the browser to sign in."""
    return str(browser.page.headers.get("location", "")).startswith("/sign-in")


async def test_sessions_are_listed_with_this_browser_first(app: Litestar, cast: Cast) -> None:
    one, other = Browser(app), Browser(app)
    await come_in(one, "officer", FIREFOX)
    await come_in(other, "officer", EDGE)
    await one.open("/account/sessions")
    before, _, after = one.text.partition("This browser")
    assert "Firefox on Linux" in before
    assert "Edge on Windows" in after
    assert "Link by mail" in after
    stranger = await Browser(app).sign_in(cast, "seoul_mayor")
    await stranger.open("/account/sessions")
    assert "Firefox" not in stranger.text


async def test_one_session_is_ended_and_no_other(app: Litestar, cast: Cast) -> None:
    one, other = Browser(app), Browser(app)
    await come_in(one, "officer", FIREFOX)
    await come_in(other, "officer", EDGE)
    await one.open("/account/sessions")
    [path] = [each for each in one.actions if each.endswith("/end")]
    await one.submit(path)
    await one.follow()
    assert "Signed out there." in one.text
    await other.open("/preferences")
    assert is_out(other)
    stranger = await Browser(app).sign_in(cast, "administrator")
    row = await Session.objects().where(Session.ended_at.is_null()).order_by(Session.id).first()
    assert row
    await stranger.open("/account/sessions")
    form = {"csrf_token": stranger.page.text.split('name="csrf_token" value="')[1].split('"')[0]}
    assert (await stranger.post(f"/account/sessions/{row.id}/end", **form)).status_code == 404


async def test_others_are_ended_and_this_one_stays(app: Litestar, cast: Cast) -> None:
    browsers = [await Browser(app).sign_in(cast, "officer") for _ in range(3)]
    await browsers[0].open("/account/sessions")
    await browsers[0].submit("/account/sessions/others")
    for each in browsers:
        await each.open("/account/sessions")
    assert [is_out(each) for each in browsers] == [False, True, True]


async def test_signing_out_everywhere_ends_browsers_programs_and_sockets_at_once(
    served_cast: str, app: Litestar, cast: Cast
) -> None:
    browsers = [await Browser(app).sign_in(cast, "nairobi_mayor") for _ in range(2)]
    others = await Browser(app).sign_in(cast, "seoul_mayor")
    _, bearer = await token(cast, "nairobi_mayor")
    _, page = await page_of(cast, "nairobi_mayor")
    async with talking(served_cast) as program, talking(served_cast, page) as tab:
        await program.begin(Authorization=bearer)
        await tab.begin()
        await browsers[0].open("/account/sessions")
        assert "Also revoke my 1 API token" in browsers[0].text
        await browsers[0].submit("/account/sessions/everywhere", tokens="true")
        await browsers[0].follow()
        assert "You are signed out everywhere." in browsers[0].text
        assert [await program.closed(5), await tab.closed(5)] == [4403, 4403]
    for each in browsers:
        await each.open("/preferences")
        assert is_out(each)
    program_ = client(app, {"Authorization": bearer})
    answer = await program_.post("/graphql", json={"query": "{ viewer { name } }"})
    assert answer.status_code == 401
    assert (await others.open("/preferences")).status_code == 200


async def test_tokens_stay_unless_they_are_meant_too(signed_in: SignedIn, cast: Cast) -> None:
    await token(cast, "officer")
    browser = await signed_in("officer")
    await browser.open("/account/sessions")
    await browser.submit("/account/sessions/everywhere")
    assert await ApiToken.count().where(ApiToken.revoked_at.is_null()) == 1


async def test_person_hears_of_a_new_browser_and_of_no_known_one(
    mailing: Litestar, tmp_path: Path
) -> None:
    known = Browser(mailing)
    await come_in(known, "officer", FIREFOX)
    await come_in(known, "officer", EDGE)
    assert not mails(tmp_path), "the first browser, and a known one that was updated"
    await come_in(Browser(mailing), "officer", EDGE)
    [mail] = mails(tmp_path)
    body = mail.get_body(("plain",))
    assert body
    assert "Edge on Windows" in body.get_content()
    assert f"{HOST}/account/sessions" in body.get_content()

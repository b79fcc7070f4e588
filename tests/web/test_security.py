"""How people change what they sign in with, and what signing in asks of them then."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pyotp
import pytest
from litestar import Litestar

from tests.cast import Cast, email
from tests.relay import mails
from tests.web.browser import HOST, Browser
from tracker.domain import clock
from tracker.domain.installation import choosing
from tracker.domain.people import factors, passwords
from tracker.domain.people.tables import Person, Session
from tracker.settings import Settings

PASSWORD = "marmot unzips 7 quiet kettles"
PAGE = "/account/security"


class Mailbox:
    """Everybody's mails of one installation, the oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mails(self) -> list[EmailMessage]:
        """All that came."""
        return mails(self.folder)

    @property
    def last(self) -> str:
        """Address, subject and text of the newest."""
        mail = self.mails()[-1]
        body = mail.get_body(("plain",))
        assert body
        return f"{mail['to']} | {mail['subject']} | {body.get_content()}"

    @property
    def link(self) -> str:
        """The path that the newest leads to."""
        found = re.search(rf"{HOST}(\S+)", self.last)
        assert found
        return found[1]


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path)


@pytest.fixture
def installation(mailing: Litestar) -> Litestar:
    """One whose mails end up in `mailbox`."""
    return mailing


@pytest.fixture
def stranger(installation: Litestar) -> Browser:
    browser = Browser(installation)
    browser.client.cookies.set("language", "en")
    return browser


@pytest.fixture
async def mayor(installation: Litestar, cast: Cast) -> Browser:
    """Seoul's mayor, who has just signed in; in English."""
    browser = await Browser(installation).sign_in(cast, "seoul_mayor")
    browser.client.cookies.set("language", "en")
    return browser


async def _enrolled(browser: Browser) -> tuple[str, list[str]]:
    """Set up an app on the page; its secret, and the recovery codes."""
    await browser.open(PAGE)
    await browser.submit(f"{PAGE}/factor")
    await browser.follow()
    assert re.search(r"<svg[^>]* viewBox=", browser.page.text), "a code that scales whole"
    secret = re.sub(
        r"\s", "", re.findall(r'class="letter-text">([A-Z2-7\s]+)<', browser.page.text)[0]
    )
    before = datetime.now(UTC) - timedelta(seconds=30)
    await browser.submit(f"{PAGE}/factor/confirm", code=pyotp.TOTP(secret).at(before))
    codes = re.findall(r"<li><code>([A-Z2-7-]+)</code>", browser.page.text)
    assert len(codes) == factors.RECOVERY_CODES
    return secret, codes


async def _sign_in(browser: Browser, name: str, password: str, **more: Any) -> None:
    await browser.open("/sign-in?next=/digests")
    await browser.submit("/sign-in", email=email(name), password=password, **more)


async def test_password_is_set_and_opens(
    mayor: Browser, stranger: Browser, mailbox: Mailbox
) -> None:
    await mayor.open(PAGE)
    assert "You have no password" in mayor.text
    before = mayor.client.cookies["session"]
    await mayor.submit(f"{PAGE}/password", password="short")
    assert mayor.page.status_code == 422
    assert "5 characters; take 12" in mayor.text
    assert "short" not in mayor.page.text
    await mayor.submit(f"{PAGE}/password", password=PASSWORD)
    assert mayor.client.cookies["session"] != before
    await mayor.follow()
    assert "Your password is set" in mayor.text
    assert "비밀번호" in mailbox.last
    await _sign_in(stranger, "seoul_mayor", PASSWORD)
    assert stranger.page.headers["location"] == "/digests"


async def test_wrong_password_keeps_the_address_and_not_the_password(stranger: Browser) -> None:
    await _sign_in(stranger, "seoul_mayor", PASSWORD)
    assert stranger.page.status_code == 422
    assert "do not belong together" in stranger.text
    assert email("seoul_mayor") in stranger.page.text
    assert PASSWORD not in stranger.page.text


async def test_password_is_refused_after_ten_tries_and_a_link_still_opens(
    stranger: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await passwords.choose(cast.seoul_mayor, PASSWORD)
    for _ in range(10):
        await stranger.open("/sign-in")
        await stranger.submit("/sign-in", email=email("seoul_mayor"), password="x" * 12)
        assert stranger.page.status_code == 422
    await _sign_in(stranger, "seoul_mayor", PASSWORD)
    assert stranger.page.status_code == 429
    assert "ask for a link" in stranger.text
    await stranger.submit("/sign-in", password=PASSWORD, way="link")
    await stranger.open(mailbox.link)
    await stranger.submit("/sign-in/redeem")
    assert "session" in stranger.client.cookies


async def test_changes_want_a_fresh_proof(mayor: Browser) -> None:
    await mayor.open(PAGE)
    forms = mayor.actions
    await mayor.open("/tokens")
    with clock.at(datetime.now(UTC) + timedelta(minutes=11)):
        await mayor.submit("/tokens", purpose="later")
        assert mayor.page.headers["location"].startswith("/sign-in?next=/tokens%3Fpurpose%3Dlater")
        await mayor.open(PAGE)
        assert f"{PAGE}/factor" not in mayor.actions
        assert f"{PAGE}/factor" in forms
        await mayor.open("/sign-in?next=/account/security")
        assert "Confirm that it is you" in mayor.text
        assert email("seoul_mayor") in mayor.page.text


async def test_factor_is_set_up_and_asked_for(
    mayor: Browser, stranger: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await passwords.choose(cast.seoul_mayor, PASSWORD)
    await mayor.sign_in(cast, "seoul_mayor")
    secret, codes = await _enrolled(mayor)
    assert "복구" in mailbox.last or "2단계" in mailbox.last
    await _sign_in(stranger, "seoul_mayor", PASSWORD)
    assert stranger.page.headers["location"] == "/sign-in/code?next=/digests"
    assert "session" not in stranger.client.cookies
    assert (await stranger.open("/preferences")).status_code == 303
    await stranger.open("/sign-in/code?next=/digests")
    await stranger.submit("/sign-in/code", code="000000")
    assert stranger.page.status_code == 422
    await stranger.submit("/sign-in/code", code=pyotp.TOTP(secret).now())
    assert stranger.page.headers["location"] == "/digests"
    await stranger.open(PAGE)
    assert "10 recovery codes are left" in stranger.text
    await _sign_in(stranger, "seoul_mayor", PASSWORD)
    await stranger.follow()
    await stranger.submit("/sign-in/code", code=codes[0])
    await stranger.open(PAGE)
    assert "9 recovery codes are left" in stranger.text


async def test_code_page_without_a_first_proof(stranger: Browser) -> None:
    await stranger.open("/sign-in/code")
    assert stranger.page.headers["location"] == "/sign-in?next=/projects"


async def test_role_that_needs_a_factor_sets_it_up_before_anything_else(
    stranger: Browser, settings: Settings, mailbox: Mailbox, cast: Cast
) -> None:
    await passwords.choose(cast.officer, PASSWORD)
    with choosing(replace(settings, second_factor_for="secretariat")):
        await _sign_in(stranger, "officer", PASSWORD)
        await stranger.follow()
        assert "letter-text" not in stranger.page.text, "a password alone sets nothing up"
        await stranger.submit("/sign-in", way="link")
        await stranger.open(mailbox.link)
        await stranger.submit("/sign-in/redeem")
        await stranger.follow()
        assert "Your role needs a second factor" in stranger.text
        [key] = re.findall(r'class="letter-text">([A-Z2-7\s]+)<', stranger.page.text)
        code = pyotp.TOTP(re.sub(r"\s", "", key)).now()
        await stranger.submit("/sign-in/code", code=code)
        assert "Your recovery codes" in stranger.text
        assert "session" in stranger.client.cookies
        await stranger.open(PAGE)
        assert f"{PAGE}/factor/remove" not in stranger.actions
        assert "10 recovery codes are left" in stranger.text


async def test_lost_factor_is_taken_away_by_the_administrator(
    installation: Litestar, mayor: Browser, stranger: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await _enrolled(mayor)
    officer = await Browser(installation).sign_in(cast, "officer")
    assert (await officer.open("/account/lost-factor")).status_code == 403
    administrator = await Browser(installation).sign_in(cast, "administrator")
    await administrator.open("/account/lost-factor")
    await administrator.submit("/account/lost-factor", email="nobody@example.org")
    assert administrator.page.status_code == 422
    await administrator.submit("/account/lost-factor", email=email("seoul_mayor"))
    assert administrator.page.status_code == 303
    assert email("seoul_mayor") in mailbox.last
    assert (await mayor.open(PAGE)).status_code == 303, "signed out"


async def test_somebody_is_signed_out_everywhere_by_the_administrator(
    installation: Litestar, mayor: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await mayor.open(PAGE)
    assert "/account/lost-factor" not in mayor.links
    administrator = await Browser(installation).sign_in(cast, "administrator")
    await administrator.open("/people")
    assert "/account/lost-factor" in administrator.links
    await administrator.open("/account/lost-factor")
    address = email("seoul_mayor")
    await administrator.submit("/account/lost-factor", email=address, what="sessions")
    assert administrator.page.status_code == 303
    assert "로그아웃" in mailbox.last
    assert (await mayor.open(PAGE)).status_code == 303
    assert (await administrator.open(PAGE)).status_code == 200


async def test_forgotten_password(
    stranger: Browser, mayor: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await stranger.open("/sign-in/forgotten")
    await stranger.submit("/sign-in/forgotten", email="nobody@example.org")
    nobody = stranger.text.replace("nobody@example.org", "…")
    assert not mailbox.mails()
    await stranger.open("/sign-in/forgotten")
    await stranger.submit("/sign-in/forgotten", email=email("seoul_mayor"))
    assert stranger.text.replace(email("seoul_mayor"), "…") == nobody
    link = mailbox.link
    await stranger.open(link)
    await stranger.submit("/sign-in/reset", password="seoul-mayor-seoul")
    assert stranger.page.status_code == 422
    form = stranger.page
    await stranger.submit("/sign-in/reset", password=PASSWORD)
    assert stranger.page.headers["location"] == "/sign-in"
    assert "비밀번호" in mailbox.last
    assert (await mayor.open(PAGE)).status_code == 303, "signed out"
    stranger.page = form
    await stranger.submit("/sign-in/reset", password=PASSWORD + "!")
    assert stranger.page.status_code == 410
    await stranger.open(link)
    assert stranger.page.status_code == 410
    assert "This link counts no longer" in stranger.text
    assert "/sign-in/reset" not in stranger.actions
    assert "/sign-in/forgotten" in stranger.links
    await _sign_in(stranger, "seoul_mayor", PASSWORD)
    assert stranger.page.headers["location"] == "/digests"


async def test_page_of_recovery_codes_is_the_renewed_sessions(mayor: Browser) -> None:
    await _enrolled(mayor)
    assert "/language" not in mayor.actions, "another page would not show the codes"
    await mayor.submit("/sign-out")
    assert mayor.page.status_code == 303
    assert (await mayor.open(PAGE)).status_code == 303


async def test_reset_form_that_comes_back_is_read_in_another_language(
    stranger: Browser, mailbox: Mailbox
) -> None:
    await stranger.open("/sign-in/forgotten")
    await stranger.submit("/sign-in/forgotten", email=email("seoul_mayor"))
    link = mailbox.link
    await stranger.open(link)
    await stranger.submit("/sign-in/reset", password="short")
    await stranger.submit("/language", language="ko")
    assert stranger.page.headers["location"] == link
    await stranger.follow()
    assert "/sign-in/reset" in stranger.actions
    await stranger.submit("/sign-in/reset", secret="x" * 20, password=PASSWORD)
    assert "더 이상 쓸 수 없는 링크" in stranger.text


async def test_link_opened_in_another_browser_is_sent_anew_for_it(
    stranger: Browser, installation: Litestar, mailbox: Mailbox
) -> None:
    await stranger.open("/sign-in")
    await stranger.submit("/sign-in", email=email("seoul_mayor"))
    owner = Browser(installation)
    await owner.open(mailbox.link)
    await owner.submit("/sign-in/redeem")
    assert owner.page.status_code == 422
    assert "Another browser asked" in owner.text
    await owner.submit("/sign-in/here")
    await owner.open(mailbox.link)
    await owner.submit("/sign-in/redeem")
    assert owner.page.status_code == 303
    assert "session" in owner.client.cookies


async def test_address_changes_when_the_new_one_is_confirmed(
    mayor: Browser, stranger: Browser, mailbox: Mailbox, cast: Cast
) -> None:
    await mayor.open(PAGE)
    await mayor.submit(f"{PAGE}/email", email="no address")
    assert mayor.page.status_code == 422
    await mayor.submit(f"{PAGE}/email", email=email("lima_mayor"))
    assert mayor.page.status_code == 303
    assert not mailbox.mails(), "somebody else has it, and nobody is told"
    await mayor.open(PAGE)
    await mayor.submit(f"{PAGE}/email", email="Mayor@Seoul.example")
    assert "mayor@seoul.example" in mailbox.last
    link = mailbox.link
    assert (await stranger.open(link)).status_code == 303
    await mayor.open(link)
    assert await Person.exists().where(Person.email == email("seoul_mayor"))
    await mayor.submit("/account/email")
    assert mayor.page.headers["location"] == PAGE
    assert email("seoul_mayor") in mailbox.last
    await mayor.follow()
    assert "mayor@seoul.example" in mayor.text
    await mayor.open(link)
    await mayor.submit("/account/email")
    assert "used before" in mayor.text


async def test_session_gets_another_secret_with_the_first_page_after_a_role_changed(
    mayor: Browser, cast: Cast, connection: Any
) -> None:
    before = mayor.client.cookies["session"]
    await mayor.open(PAGE)
    assert mayor.client.cookies["session"] == before
    await connection.execute(
        "INSERT INTO membership (person, city, role, started_at) VALUES ($1, $2, 'cio', now())",
        cast.seoul_mayor.person_id,
        cast.seoul,
    )
    await mayor.open(PAGE)
    assert mayor.client.cookies["session"] != before
    assert await Session.count() == 1
    await mayor.submit(f"{PAGE}/password", password=PASSWORD)
    assert mayor.page.status_code == 303, "its forms are of the new secret"


async def test_pages_speak_korean(mayor: Browser) -> None:
    mayor.client.cookies.set("language", "ko")
    await mayor.open(PAGE)
    assert "로그인" in mayor.text
    assert "Password" not in mayor.text


async def test_new_recovery_codes_are_made_after_a_question_and_using_one_is_told(
    mayor: Browser, stranger: Browser
) -> None:
    _, codes = await _enrolled(mayor)
    await mayor.open(f"{PAGE}/codes")
    assert "stop working at once" in mayor.text
    await mayor.open(PAGE)
    assert f"{PAGE}/codes" not in mayor.actions, "no single click voids them"
    await mayor.submit(f"{PAGE}/password", password=PASSWORD)
    await _sign_in(stranger, "seoul_mayor", PASSWORD)
    await stranger.follow()
    await stranger.submit("/sign-in/code", code=codes[0])
    await stranger.follow()
    assert "You signed in with a recovery code" in stranger.text
    assert "9 recovery codes are left" in stranger.text
    await stranger.open("/account/sessions")
    assert stranger.text.count("Password and a recovery code") == 1
    assert "and a code" not in stranger.text, "the session that set the app up owed none"

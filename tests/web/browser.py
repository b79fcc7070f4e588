"""A browser without a screen: keeps cookies, reads forms from pages, sends them back."""

from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any, Self, cast

import httpx
from litestar import Litestar

from tests.cast import Cast
from tracker.domain.deliveries.tables import Lane
from tracker.domain.people.sessions import open_session
from tracker.settings import Settings
from tracker.workers.deliveries import deliver_batch

HOST, DOMAIN = "http://tracker.test", "tracker.test"
BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}


@dataclass
class Form:
    """A form of a page, with what its fields hold before anybody types."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)


def client(app: Litestar, headers: dict[str, str]) -> httpx.AsyncClient:
    """A client of the application without a network between them. What breaks is answered by the
    application's own page, as with a real server."""
    transport = httpx.ASGITransport(cast(Any, app), raise_app_exceptions=False)
    settings: Settings = app.state.settings

    async def work(_: httpx.Response) -> None:
        """What the worker beside an installation that mails does."""
        while await deliver_batch(settings, Lane.FAST):
            pass

    hooks = {"response": [work]} if settings.smtp_url else {}
    return httpx.AsyncClient(transport=transport, base_url=HOST, headers=headers, event_hooks=hooks)


class Browser:
    """One person's browser. `page` is the last answer."""

    def __init__(self, app: Litestar) -> None:
        self.app = app
        self.client = client(app, BROWSER)
        self.page = httpx.Response(204)

    async def sign_in(self, people: Cast, name: str) -> Self:
        """Become a member of the cast; the public has no session."""
        person_id = people[name].person_id
        if person_id is not None:
            secret = await open_session(person_id)
            self.client.cookies.set("session", secret, domain=DOMAIN, path="/")
        return self

    async def open(self, path: str, **headers: str) -> httpx.Response:
        """Look at a page, without following where it sends."""
        self.page = await self.client.get(path, headers=headers)
        return self.page

    async def follow(self) -> httpx.Response:
        """Go where the last answer sends."""
        return await self.open(self.page.headers["location"])

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send fields as they are, without a form."""
        self.page = await self.client.post(path, data=fields)
        return self.page

    async def submit(self, action: str, **typed: Any) -> httpx.Response:
        """Send the form of the last page that goes to `action`, with some fields filled in."""
        form = next(each for each in forms(self.page.text) if each.action == action)
        return await self.post(action, **form.fields | typed)

    async def submit_files(self, action: str, files: Any, **typed: Any) -> httpx.Response:
        """Send the form of the last page that goes to `action`, with files."""
        form = next(each for each in forms(self.page.text) if each.action == action)
        fields = {name: value for name, value in form.fields.items() if name not in files}
        self.page = await self.client.post(action, data=fields | typed, files=files)
        return self.page

    @property
    def text(self) -> str:
        """What the last page says, without its tags."""
        return " ".join(" ".join(_read(self.page.text).words).split())

    @property
    def token(self) -> str:
        """What the forms of the last page are known by, "" without any."""
        given = (form.fields.get("csrf_token", [""])[0] for form in forms(self.page.text))
        return next((token for token in given if token), "")

    @property
    def actions(self) -> set[str]:
        """Where the forms of the last page go."""
        return {form.action for form in forms(self.page.text)}

    @property
    def links(self) -> list[str]:
        """Where the last page leads."""
        return _read(self.page.text).links


def forms(html: str) -> list[Form]:
    """The forms of a page, in order."""
    return _read(html).forms


@lru_cache(maxsize=4)
def _read(html: str) -> "_Reader":
    """A page is asked several things."""
    reader = _Reader()
    reader.feed(html)
    return reader


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._inside: str | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.forms.append(Form(given.get("action") or ""))
        elif tag == "a":
            self.links.append(given.get("href") or "")
        elif tag == "textarea":
            self._inside = name
            self._keep(name, "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self._keep(self._select, given.get("value") or "")
        elif tag == "input" and name and self._counts(given):
            self._keep(name, given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._inside = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._inside is not None:
            held = self.forms[-1].fields[self._inside]
            held[-1] = (held[-1] + data).removeprefix("\n")

    def _counts(self, given: dict[str, str | None]) -> bool:
        return given.get("type") not in ("radio", "checkbox") or "checked" in given

    def _keep(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1].fields.setdefault(name, []).append(value)

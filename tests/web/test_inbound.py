"""The door at which a mail server hands over what comes in."""

from dataclasses import replace

import pytest

from tests.cast import Cast, email
from tests.inbound.reports import notification
from tests.web.browser import HOST, Browser
from tracker.app import create_app
from tracker.domain.database import fetch
from tracker.domain.deliveries.tables import Delivery
from tracker.domain.deliveries.tokens import Purpose, token_of
from tracker.domain.digests.actions import send_now
from tracker.settings import Settings

SECRET = "the mail server knows this, and nobody else"


@pytest.mark.usefixtures("app")
async def test_mail_server_hands_over_what_comes_in_with_its_secret(
    cast: Cast, settings: Settings
) -> None:
    there = replace(
        settings, base_url=HOST, bounce_address="b@x.example", inbound_secret=SECRET.encode()
    )
    mayor = cast.seoul_mayor
    number = (await send_now(mayor, mayor.person_id or 0)).delivery
    await fetch(
        "UPDATE delivery SET state = 'sent', sent_at = now(), tried_at = now(), address = $1",
        email("seoul_mayor"),
    )
    sender = f"b+{token_of(Purpose.BOUNCE, number)}@x.example"
    raw = notification("postfix", "somebody@x.example", email("seoul_mayor"))
    knocking = Browser(create_app(there)).client
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {SECRET}"}):
        page = await knocking.post("/inbound", content=raw, headers=headers)
        assert page.status_code == 401, headers
    signed = {"Authorization": f"Bearer {SECRET}", "Content-Type": "message/rfc822"}
    for params, told in (({}, "forged"), ({"recipient": sender}, "bounced")):
        content = raw.replace(b"<1@mx", b"<%s@mx" % told.encode())
        page = await knocking.post("/inbound", content=content, params=params, headers=signed)
        assert (page.status_code, page.text) == (200, f"{told}\n")
    [found] = await Delivery.select(Delivery.state)
    assert found == {"state": "bounced"}
    await knocking.aclose()
    closed = Browser(create_app(replace(there, inbound_secret=None))).client
    assert (await closed.post("/inbound", content=raw, headers=signed)).status_code == 404
    await closed.aclose()

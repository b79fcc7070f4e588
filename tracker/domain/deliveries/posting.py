"""Mails about signing in and about accounts, on their way from a page or a command."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from tracker.domain import clock
from tracker.domain.deliveries.content import Content
from tracker.domain.deliveries.owing import Mailing, owe
from tracker.domain.deliveries.tables import DeliveryKind


class Addressee(Protocol):
    """Whom a mail is for, as actions and the domain's queries name them; without a number, somebody
    who is not here yet."""

    @property
    def id(self) -> Any: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def time_zone(self) -> str: ...


LINKS = frozenset({"sign_in", "reset", "address", "sign_on"})
"""Templates of mails with a link that opens something."""


async def post(
    person: Addressee, template: str, *, to: str = "", context: Mapping[str, Any] | None = None
) -> int:
    """Owe a person the mail of emails/<template>, in their language; `to` another address than
    theirs. One that tells `minutes` is of no use after them. Returns the delivery's number."""
    told = dict(context or {})
    minutes = told.get("minutes")
    content = Content(
        template=template,
        context=told,
        name=person.name,
        language=person.language,
        time_zone=person.time_zone,
    )
    mailing = Mailing(
        kind=DeliveryKind.SIGN_IN if template in LINKS else DeliveryKind.ACCOUNT,
        key=f"{template}:{secrets.token_hex(10)}",
        person_id=person.id if isinstance(person.id, int) else None,
        address=to or person.email,
        content=content.packed(),
        expires_at=clock.now() + timedelta(minutes=minutes) if minutes else None,
    )
    [number] = (await owe([mailing])).values()
    return number

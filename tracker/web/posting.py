"""Mails about signing in, sent when the answer is out: it takes no longer where there is something
to send."""

import asyncio
import logging
from typing import Any, Protocol

from litestar.background_tasks import BackgroundTask

from tracker.mail import Refused, Unanswered, Unreachable, render, send
from tracker.settings import Settings
from tracker.web.pages import AnyRequest

log = logging.getLogger(__name__)


class Addressee(Protocol):
    """Whom a mail is for, as actions and the domain's queries name them."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def time_zone(self) -> str: ...


def mailing(
    request: AnyRequest, person: Addressee, template: str, *, to: str = "", **context: Any
) -> BackgroundTask:
    """Mail emails/<template> to a person, in their language; `to` another address than theirs."""
    settings: Settings = request.app.state.settings
    recipient = person.name, to or person.email
    context = {"recipient": person.name, "base_url": settings.base_url, **context}
    reader = person.language, person.time_zone
    return BackgroundTask(_mail, settings, recipient, template, context, reader)


def noticing(request: AnyRequest, person: Addressee, what: str, *, to: str = "") -> BackgroundTask:
    """Tell a person that `what`, of emails/account/words.txt, has happened to their account."""
    return mailing(request, person, "account", to=to, what=what)


async def _mail(
    settings: Settings,
    recipient: tuple[str, str],
    template: str,
    context: dict[str, Any],
    reader: tuple[str, str],
) -> None:
    # In a thread: whoever asks next must not wait because this address was a known one.
    mail = await asyncio.to_thread(render, template, reader[0], context, time_zone=reader[1])
    try:
        await send(settings, recipient, mail, about=template.replace("_", "-"))
    except (Unreachable, Refused, Unanswered, ValueError) as error:
        log.error("a mail about signing in could not be sent: %s", error)  # noqa: TRY400 - says all

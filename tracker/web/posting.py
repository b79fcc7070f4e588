"""Mails about signing in and about accounts: owed here, written and sent by a worker."""

from typing import Any

from litestar.background_tasks import BackgroundTask

from tracker.domain.deliveries.posting import Addressee, post


def mailing(person: Addressee, template: str, *, to: str = "", **context: Any) -> BackgroundTask:
    """Owe a person the mail of emails/<template> when the answer is out: that takes no longer where
    there is something to send. `to` another address than theirs."""
    return BackgroundTask(post, person, template, to=to, context=context)


async def noticing(person: Addressee, what: str, *, to: str = "") -> None:
    """Owe a person the mail that `what`, of emails/account/words.txt, has happened to their
    account."""
    await post(person, "account", to=to, context={"what": what})

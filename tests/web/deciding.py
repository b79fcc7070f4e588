"""A decision that waits, the mails that tell of it, and their links."""

import re
from email.message import EmailMessage

from tests.cast import Cast, email
from tests.factories.projects import joint_project
from tests.web.browser import Browser
from tests.workers.conftest import Outbox
from tracker.domain.projects.tables import Decision

LINK = re.compile(r"https://tracker\.example\.org(/answers/[\w-]{43})")
MAYOR = "nairobi_mayor"


async def asked(cast: Cast, outbox: Outbox, who: str = MAYOR) -> tuple[Decision, str]:
    """A decision that waits in Nairobi, and where the mail of it leads."""
    await joint_project(cast, "under_review")
    [decision] = await Decision.objects().where(Decision.city == cast.nairobi)
    await outbox.drain()
    [path] = links(outbox, who)
    return decision, path


def mails(outbox: Outbox, who: str) -> list[EmailMessage]:
    return [each for each in outbox.mails() if email(who) in str(each["To"])]


def telling(outbox: Outbox, who: str, begins: str) -> list[EmailMessage]:
    """Those whose subject begins so; a long one begins with the blank it is folded at."""
    return [each for each in mails(outbox, who) if str(each["Subject"]).lstrip().startswith(begins)]


def links(outbox: Outbox, who: str) -> list[str]:
    return list(dict.fromkeys(link for each in mails(outbox, who) for link in links_of(each)))


def links_of(mail: EmailMessage) -> list[str]:
    """The same in its text and in its HTML."""
    text, html = (LINK.findall(str(part.get_content())) for part in mail.iter_parts())
    assert text == html
    return list(text)


def text_of(mail: EmailMessage) -> str:
    text, _ = mail.iter_parts()
    return str(text.get_content())


def form_of(browser: Browser, path: str) -> dict[str, str]:
    """What the form of the page sends."""
    return {"secret": path.rpartition("/")[2], "csrf_token": browser.token}

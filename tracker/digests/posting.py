"""A digest on its way to a channel: written as that shows it, signed, and sent."""

import re
from urllib.parse import urlsplit

from tracker.domain.database import database_now
from tracker.domain.digests import hooks
from tracker.domain.digests.hooks import Post, Target
from tracker.exchange.channels import WRITTEN, Message, Part, parts_of
from tracker.locale import Reader
from tracker.locale.words import N_
from tracker.outward import post
from tracker.settings import Settings

SECRET_PART = re.compile(r"[^/?&=]{6,}")

READ_ON = N_("Read it on the web")
TITLE = N_("Your digests will come here")
TRIAL = N_("This is a trial: somebody set this channel up for their digests.")


def written(settings: Settings, digest: Post) -> bytes:
    """The digest as its channel shows it."""
    message = Message(
        title=digest.subject,
        parts=parts_of(digest.text),
        link=f"{settings.base_url}/digests/{digest.issue_id}",
        link_words=Reader(digest.language).gettext(READ_ON),
    )
    return WRITTEN[digest.target.format](message)


def trial(settings: Settings, target: Target, reader: Reader) -> bytes:
    """What tries a channel out: it tells nothing."""
    words = reader.gettext
    parts = [Part("", [words(TRIAL)])]
    message = Message(words(TITLE), parts, f"{settings.base_url}/digests", words(READ_ON))
    return WRITTEN[target.format](message)


async def send(settings: Settings, target: Target, number: str, body: bytes) -> tuple[int, str]:
    """The status with which the channel's server takes it, and its words. Raises Unasked, or
    Unanswered where it may have got it."""
    at = await database_now()
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "tracker"}
    headers |= hooks.signature(target.key, number, at, body)
    status, said = await post(settings, target.address, body, headers)
    return status, _without(said, target.address)


def _without(said: str, address: str) -> str:
    """What a server says, without what of its address is secret: many name what they do not have.
    The operators see it too."""
    url = urlsplit(address)
    secrets = SECRET_PART.findall(f"{url.path}?{url.query}")
    for each in sorted(secrets, key=len, reverse=True):
        said = said.replace(each, "…")
    return said

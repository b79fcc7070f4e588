"""A digest on its way to a channel: written as that shows it, signed, and sent."""

import re
from collections.abc import Sequence
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
ALL_PROJECTS = N_("All projects")
TITLE = N_("Your digests will come here")
TRIAL = N_("This is a trial: somebody set this channel up for their digests.")


def written(settings: Settings, digest: Post) -> bytes:
    """The digest as its channel shows it. Others read it there, so it leads to the pages of
    projects, which are public or ask to sign in, and to none that is its reader's alone."""
    projects = f"{settings.base_url}/projects"
    of_one = digest.project is not None
    message = Message(
        title=digest.subject,
        parts=_for_others(parts_of(digest.text), digest.subject, settings.base_url),
        link=f"{projects}/{digest.project}" if of_one else projects,
        link_words=Reader(digest.language).gettext(READ_ON if of_one else ALL_PROJECTS),
        projects=projects,
    )
    return WRITTEN[digest.target.format](message)


def _for_others(parts: Sequence[Part], title: str, base_url: str) -> list[Part]:
    """The parts without the title, which stands above them, and without addresses; but for those
    below a project's page."""
    own = re.compile(rf"\s*[:：]?\s*{re.escape(base_url)}/(?!projects/[^/\s]+/)\S*")
    found = []
    for part in parts:
        kept = [(own.sub("", line), line) for line in part.lines if _bare(line) != _bare(title)]
        lines = [said for said, line in kept if _bare(said) or not _bare(line)]
        found.append(Part(part.heading, lines))
    return [each for each in found if any(each.lines)]


def _bare(text: str) -> str:
    """Its words, without marks of direction."""
    return re.sub("[\u200e\u200f\u2066-\u2069\\s]", "", text)


def trial(settings: Settings, target: Target, reader: Reader) -> bytes:
    """What tries a channel out: it tells nothing."""
    words = reader.gettext
    parts = [Part("", [words(TRIAL)])]
    projects = f"{settings.base_url}/projects"
    message = Message(words(TITLE), parts, projects, words(ALL_PROJECTS), projects)
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

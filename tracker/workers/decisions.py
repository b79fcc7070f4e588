"""Mails about decisions that wait: the first tells of one, as notices do; later ones remind."""

from collections.abc import Mapping, Sequence

from tracker.domain.deliveries.claims import Claim
from tracker.domain.reminders import mailing
from tracker.settings import Settings
from tracker.workers import answering, notices, reminders
from tracker.workers.composing import Composed, Maker


async def compose(settings: Settings, claims: Sequence[Claim]) -> Mapping[int, Composed]:
    """The mails of these deliveries."""
    first, again = await _apart(claims)
    return {
        **await notices.compose(settings, first),
        **await reminders.compose(settings, again),
    }


async def needless(claims: Sequence[Claim]) -> Mapping[int, str]:
    """Those that are needed no more, and why."""
    first, again = await _apart(claims)
    return {**await notices.needless(first), **await mailing.needless(again)}


MAKER = Maker(compose, needless, answering.keep, reads=True)


async def _apart(claims: Sequence[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Those that tell, and those that remind."""
    late = await mailing.reminded(claims)
    first = [each for each in claims if each.id not in late]
    return first, [each for each in claims if each.id in late]

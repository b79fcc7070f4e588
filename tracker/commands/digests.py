"""Commands about a person's digest, outside its turn."""

import argparse
import sys

from tracker.commands import CommandError, in_database, plainly
from tracker.settings import Settings


def preview(options: argparse.Namespace) -> None:
    """Print the digest that the person would get now."""
    from tracker.graphql import serving
    from tracker.mail import Mail
    from tracker.workers import digests

    async def compose(settings: Settings) -> Mail:
        await _taker(options.person)
        await _warn(options.person)
        async with serving(settings):
            return await digests.preview(settings, options.person)

    mail = in_database(options, compose)
    print(f"Subject: {mail.subject}\n\n{mail.text}")


def send(options: argparse.Namespace) -> None:
    """Have the digest of the time until now sent at once; its next turn stays. Where its reader
    does without it, has left or gets no mail, say so instead, with exit code 1."""
    from tracker.domain.deliveries.tables import OPEN, Delivery, DeliveryState
    from tracker.graphql import serving
    from tracker.workers import deliveries

    async def deliver(settings: Settings) -> Delivery:
        if not await _taker(options.person):
            raise CommandError(
                f"{options.person} does not get the digest, so none is sent; its reader takes it at"
                f" {settings.base_url}/preferences"
            )
        async with serving(settings):
            return await deliveries.send_digest(settings, options.person)

    found = in_database(options, plainly(deliver))
    if found.state == DeliveryState.SENT:
        print(f"Sent to {found.address}.")
    elif found.state in OPEN:
        print("Owed; the worker sends it at its next sweep.")
        if found.last_error:
            print(f"The last try failed: {found.last_error}")
    else:
        raise CommandError(f"it could not be sent: {found.last_error}")


async def _taker(address: str) -> bool:
    """Whether the person has ever taken the digest; with the role of some, it is taken for them.

    Raises CommandError where nobody has the address."""
    from tracker.domain.digests import queries

    found = await queries.recipient_by_email(address)
    if found is None:
        raise CommandError(
            f"nobody has the address {address[:80]!r}; `tracker person list` says who is here"
        )
    return await queries.subscription(found.person_id) is not None


async def _warn(address: str) -> None:
    """Say on standard error where no mail goes to the address."""
    from tracker.domain.deliveries import queries

    if await queries.suppression_of(address):
        print(
            f"tracker: no digest comes: mail to {address} is stopped;"
            f" `tracker deliveries lift {address} --reason WHY` ends that",
            file=sys.stderr,
        )

"""Commands about a person's digest, outside its turn."""

import argparse

from tracker.commands import CommandError, in_database
from tracker.settings import Settings


def preview(options: argparse.Namespace) -> None:
    """Print the digest that the person would get now."""
    from tracker.graphql import serving
    from tracker.mail import Mail
    from tracker.workers import digests

    async def compose(settings: Settings) -> Mail:
        async with serving(settings):
            return await digests.preview(settings, options.person)

    mail = in_database(options, compose)
    print(f"Subject: {mail.subject}\n\n{mail.text}")


def send(options: argparse.Namespace) -> None:
    """Have the digest sent now instead of at its next turn."""
    from tracker.domain.digests.tables import DigestIssue, DigestState
    from tracker.graphql import serving
    from tracker.workers import digests

    async def deliver(settings: Settings) -> DigestIssue:
        async with serving(settings):
            return await digests.send(settings, options.person)

    issue = in_database(options, deliver)
    if issue.state == DigestState.SENT:
        print(f"Sent: {issue.subject}")
    elif issue.state == DigestState.FAILED:
        raise CommandError(f"it could not be sent: {issue.last_error}")
    else:
        print("Owed; the worker sends it at its next sweep.")
        if issue.last_error:
            print(f"The last try failed: {issue.last_error}")

"""Commands about people."""

import argparse
from typing import cast

from tracker.commands import actor_of, in_database
from tracker.settings import Settings


def token(options: argparse.Namespace) -> None:
    """Print a new API token, which is shown only this once."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.people.tokens import issue_token

    async def issue(_: Settings) -> str:
        person = cast(int, (await actor_of(options.person)).person_id)
        return (
            await issue_token(SYSTEM, person, options.days, options.read_only, options.purpose)
        )[1]

    print(in_database(options, issue))

"""Commands about people."""

import argparse
from typing import cast

from tracker.commands import CommandError, actor_of, in_database
from tracker.settings import Settings


def token(options: argparse.Namespace) -> None:
    """Print a new API token, which is shown only this once."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.people.tables import TokenScope
    from tracker.domain.people.tokens import issue_token

    async def issue(_: Settings) -> str:
        person = cast(int, (await actor_of(options.person)).person_id)
        city = await _city(options.city) if options.city else None
        scope = TokenScope.READ if options.read_only else TokenScope(options.scope)
        made = await issue_token(
            SYSTEM, person, options.days, purpose=options.purpose, scope=scope, city_id=city
        )
        return made[1]

    print(in_database(options, issue))


def reset_factor(options: argparse.Namespace) -> None:
    """Take away a second factor that its person has lost, such as the only administrator's."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.people import factors

    async def reset(_: Settings) -> str:
        person = cast(int, (await actor_of(options.person)).person_id)
        return (await factors.reset_factor(SYSTEM, person)).name

    print(f"{in_database(options, reset)} signs in without a second factor now; tell them.")


async def _city(name: str) -> int:
    """The number of the city of this English name. Raises CommandError."""
    from tracker.domain.cities.tables import City

    found = await City.objects().where(City.name == name)
    if len(found) != 1:
        raise CommandError(f"{len(found)} cities are called {name!r} here; write the name in full")
    return found[0].id


def export(options: argparse.Namespace) -> None:
    """Print everything that is held about a person, as JSON."""
    import json

    from tracker.domain.actor import SYSTEM
    from tracker.domain.leaving.export import everything

    async def gather(_: Settings) -> dict[str, object]:
        person = cast(int, (await actor_of(options.person)).person_id)
        return await everything(SYSTEM, person)

    print(json.dumps(in_database(options, gather), ensure_ascii=False, indent=2))


def erase(options: argparse.Namespace) -> None:
    """Forget who a person was, for good; asks first."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.leaving import erasure

    if not options.yes:
        raise CommandError("this cannot be undone: say --yes as well; `person export` comes first")

    async def forget(_: Settings) -> int:
        person = cast(int, (await actor_of(options.person)).person_id)
        return (await erasure.erase(SYSTEM, person)).id

    print(f"Person {in_database(options, forget)} is a former member now.")

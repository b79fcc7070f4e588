"""Commands about people."""

import argparse
import sys
from typing import cast

from tracker.commands import CommandError, actor_of, in_database, settings_of
from tracker.settings import Settings


def invite(options: argparse.Namespace) -> None:
    """Ask somebody to take up a role: by mail, or by a link that is printed only this once."""
    from tracker.domain.actor import SYSTEM, Role
    from tracker.domain.people import invitations
    from tracker.domain.people.invitations import InvitationDraft

    role = _role(options.role, options.city)

    async def ask(settings: Settings) -> str:
        city = await _city(options.city) if options.city else None
        draft = InvitationDraft(
            email=options.email, role=Role(role), city_id=city, language=options.language
        )
        if options.print_link:
            letter = await invitations.invite_by_hand(draft)
            return f"{settings.base_url}/invitation/{letter.secret}"
        row = await invitations.send_invitation(SYSTEM, draft)
        return f"{row.email} is invited; a worker sends the mail within minutes."

    if not options.print_link and settings_of(options).smtp_url is None:
        raise CommandError(
            "SMTP_URL is not set, so nothing can be mailed: set it, or say --print-link to hand the"
            " link over yourself"
        )
    print(in_database(options, ask))


def listing(options: argparse.Namespace) -> None:
    """Print everybody who is here, a line each: address, name, roles; tabs in between."""
    from tracker.domain.people.queries import everybody

    async def gather(_: Settings) -> list[tuple[str, str, str]]:
        return await everybody()

    found = in_database(options, gather)
    for each in found:
        print("\t".join(each))
    if not found:
        note = "nobody is here yet: tracker person invite EMAIL --role administrator"
        print(note, file=sys.stderr)


def token(options: argparse.Namespace) -> None:
    """Print a new API token, which is shown only this once."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.people.tokens import TokenScope, issue_token

    if options.write and options.read_only:
        raise CommandError("say either --write or --read-only")

    async def issue(settings: Settings) -> str:
        person = cast(int, (await actor_of(options.person)).person_id)
        city = await _city(options.city) if options.city else None
        scope = TokenScope("write" if options.write else options.scope)
        scope = TokenScope.READ if options.read_only else scope
        made = await issue_token(
            SYSTEM, person, options.days, purpose=options.purpose, scope=scope, city_id=city
        )
        await _tell(settings, person)
        return made[1]

    print(in_database(options, issue))


async def _tell(settings: Settings, person_id: int) -> None:
    """Mail the person that somebody else holds a key of theirs; the trail says so in any case. What
    cannot be sent at once, a worker sends."""
    from tracker.domain.deliveries.posting import post
    from tracker.domain.deliveries.tables import Lane
    from tracker.domain.people import queries
    from tracker.graphql import serving
    from tracker.workers.deliveries import deliver_batch

    person = await queries.person(person_id)
    number = await post(person, "account", context={"what": "token_issued"})
    if settings.smtp_url:
        async with serving(settings):
            await deliver_batch(settings, Lane.FAST, only=[number])


def reset_factor(options: argparse.Namespace) -> None:
    """Take away a second factor that its person has lost, such as the only administrator's."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.people import factors

    async def reset(_: Settings) -> str:
        person = cast(int, (await actor_of(options.person)).person_id)
        return (await factors.reset_factor(SYSTEM, person)).name

    print(f"{in_database(options, reset)} signs in without a second factor now; tell them.")


def _role(name: str, city: str | None) -> str:
    """The role of this name, if it is held where `city` says. Raises CommandError."""
    from tracker.domain.roles import SECRETARIAT, Role

    known = [role.value for role in Role]
    if name not in known:
        raise CommandError(f"there is no role {name!r}: choose one of {', '.join(known)}")
    if (Role(name) in SECRETARIAT) and city:
        raise CommandError(f"{name} is a role in the secretariat: leave --city out")
    if Role(name) not in SECRETARIAT and not city:
        raise CommandError(f"{name} is a role in a city: say which with --city NAME")
    return name


async def _city(name: str) -> int:
    """The number of the city of this English name. Raises CommandError."""
    from tracker.domain.cities.tables import City

    found = await City.objects().where(City.name == name)
    if not found:
        raise CommandError(
            f"no city is called {name!r} here; `tracker import cities FILE` adds some"
        )
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

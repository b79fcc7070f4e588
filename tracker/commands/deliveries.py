"""Commands about mails on their way."""

import argparse
from typing import TYPE_CHECKING

from tracker.commands import CommandError, in_database
from tracker.settings import Settings

if TYPE_CHECKING:
    from tracker.domain.deliveries.queries import Listed


def listing(options: argparse.Namespace) -> None:
    """Print the newest mails that fit, a line each, tabs in between: number, when it fell due,
    kind, state, address, tries, and what went wrong last."""
    from tracker.domain.deliveries import queries
    from tracker.domain.deliveries.tables import DeliveryKind, DeliveryState

    _one_of("--state", options.state, list(DeliveryState))
    _one_of("--kind", options.kind, list(DeliveryKind))

    async def gather(_: Settings) -> "list[Listed]":
        return await queries.listed(
            state=options.state, kind=options.kind, address=options.person, most=options.most
        )

    for each in in_database(options, gather):
        due = f"{each.created_at:%Y-%m-%dT%H:%M:%SZ}"
        said = " ".join((each.last_error or "").split())
        columns = (each.id, due, each.kind, each.state, each.address, each.attempts, said)
        print("\t".join(map(str, columns)))


def _one_of(option: str, given: str, words: list[str]) -> None:
    if given and given not in words:
        raise CommandError(f"{option} {given!r}: choose one of {', '.join(words)}")


def inspect(options: argparse.Namespace) -> None:
    """Print a mail's envelope, what relays answered, and its headers and words as they were frozen,
    unless it carries a link that opens something."""
    from tracker.domain.deliveries import queries

    async def look(_: Settings) -> "list[Listed]":
        return await queries.listed(number=options.number)

    found = in_database(options, look)
    if not found:
        raise CommandError(f"there is no mail {options.number}: see tracker deliveries list")
    [mail] = found
    for name, value in vars(mail).items():
        if name not in ("answers", "message") and value is not None:
            print(f"{name}: {value}")
    for answer in mail.answers:
        print(f"answer: {answer}")
    print(f"\n{mail.message.decode(errors='replace')}" if mail.message else "\n(no words are kept)")


def resend(options: argparse.Namespace) -> None:
    """Have a mail sent once more, as a new one, and print the new one's number."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.deliveries import operating

    async def owe(_: Settings) -> int:
        return (await operating.resend(SYSTEM, options.number, options.reason)).id

    print(f"Owed as mail {in_database(options, owe)}; the worker sends it at its next sweep.")


def release(options: argparse.Namespace) -> None:
    """End the doubt about a mail: it arrived, or it goes out again as it was."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.deliveries import operating

    async def settle(_: Settings) -> str:
        arrived = options.what == "arrived"
        return str((await operating.release(SYSTEM, options.number, arrived, options.reason)).state)

    print(f"It is {in_database(options, settle)} now.")


def suppress(options: argparse.Namespace) -> None:
    """Have no mail go to an address any more, but for links that somebody asks for to sign in."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.deliveries import suppressing

    async def add(_: Settings) -> str:
        return (await suppressing.add(SYSTEM, options.address, options.reason)).address

    print(f"No mail goes to {in_database(options, add)} any more; `deliveries lift` ends that.")


def lift(options: argparse.Namespace) -> None:
    """Let mails go to an address again to which none went."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.deliveries import queries, suppressing

    async def end(_: Settings) -> str:
        held = await queries.suppression_of(options.address)
        if held is None:
            raise CommandError(f"mails go to {options.address} as it is")
        return (await suppressing.lift(SYSTEM, held, options.reason)).address

    print(f"Mails go to {in_database(options, end)} again, from now on.")

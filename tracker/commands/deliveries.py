"""Commands about mails on their way."""

import argparse
import sys
from collections.abc import Callable, Coroutine
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, TypeVar

from tracker.commands import CommandError, in_database, plainly
from tracker.settings import Settings

if TYPE_CHECKING:
    from tracker.domain.deliveries.queries import Listed
    from tracker.domain.deliveries.tables import Delivery
    from tracker.domain.resending.actions import Prospect


T = TypeVar("T")

INSTANT = "%Y-%m-%dT%H:%M:%SZ"

HEADS = ("NUMBER", "RECORDED", "GOES OUT FROM", "KIND", "STATE", "ADDRESS", "TRIES", "LAST ERROR")

WAITS = {"morning": "its reader's morning", "quiet_hours": "the end of its reader's quiet hours"}

OWN_LINES = (
    *("answers", "message", "next_try_at", "waits_for"),
    *("goes_after", "goes_after_until", "goes_after_waits_for"),
)
"""What of a mail stands in lines of its own."""


class Mistaken(CommandError):
    """What was asked for cannot be there: the call is wrong."""

    code = 2


def listing(options: argparse.Namespace) -> None:
    """Print the newest mails that fit, a line each under their heads, tabs in between; those that
    were called off only where all are asked for, or they alone."""
    from tracker.domain.deliveries import queries
    from tracker.domain.deliveries.tables import DeliveryKind, DeliveryState

    _one_of("--state", options.state, list(DeliveryState))
    _one_of("--kind", options.kind, list(DeliveryKind))

    async def gather(_: Settings) -> "list[Listed]":
        if options.person:
            await _require_known(options.person)
        return await queries.listed(
            state=options.state,
            kind=options.kind,
            address=options.person,
            most=options.most,
            cancelled=options.all or options.state == DeliveryState.CANCELLED,
        )

    found = in_database(options, gather)
    print("\t".join(HEADS))
    for each in found:
        times = (f"{each.created_at:{INSTANT}}", _goes_out(each))
        said = " ".join((each.last_error or "").split())
        columns = (each.id, *times, each.kind, each.state, each.address, each.attempts, said)
        print("\t".join(map(str, columns)))


async def _require_known(address: str) -> None:
    """Raises Mistaken for an address that nobody has and no mail went to."""
    from tracker.domain.deliveries.queries import listed
    from tracker.domain.people.queries import actor_by_email

    if await actor_by_email(address) is None and not await listed(address=address, most=1):
        raise Mistaken(f"nobody here has the address {address}, and no mail was to go there")


def _one_of(option: str, given: str, words: list[str]) -> None:
    if given and given not in words:
        raise CommandError(f"{option} {given!r}: choose one of {', '.join(words)}")


def inspect(options: argparse.Namespace) -> None:
    """Print a mail's envelope, what relays answered, its headers and its words as plain text, or
    the very bytes alone; unless it carries a link that opens something."""
    from tracker.domain.deliveries import queries

    async def look(_: Settings) -> "list[Listed]":
        return await queries.listed(number=options.number)

    found = in_database(options, look)
    if not found:
        raise _no_mail(options.number)
    [mail] = found
    if options.raw:
        sys.stdout.buffer.write(mail.message or b"")
        return
    for name, value in vars(mail).items():
        if name not in OWN_LINES and value is not None:
            print(f"{name}: {value}")
    if mail.goes_after is not None:
        print(f"waits: {_turn(mail)}")
    elif until := _goes_out(mail):
        what = WAITS.get(mail.waits_for or "", "its turn")
        print(f"waits: until {until}, for {what}")
    for answer in mail.answers:
        print(f"answer: {answer}")
    print(f"\n{_readable(mail.message)}" if mail.message else "\n(no words are kept)")


def _turn(mail: "Listed") -> str:
    """Behind which mail it has its turn, and until when, and for what, that one waits."""
    what = WAITS.get(mail.goes_after_waits_for or "", "its turn")
    until = f"{mail.goes_after_until:{INSTANT}}"
    return f"behind mail {mail.goes_after}, which goes first and waits until {until}, for {what}"


def _goes_out(mail: "Listed") -> str:
    """From when on it is sent, "" for one that was, or never is."""
    waiting = mail.state in ("due", "ready")
    return f"{mail.next_try_at:{INSTANT}}" if waiting else ""


def _no_mail(number: int) -> CommandError:
    return CommandError(f"there is no mail {number}: see tracker deliveries list")


def _known(
    number: int, work: Callable[[Settings], Coroutine[Any, Any, T]]
) -> Callable[[Settings], Coroutine[Any, Any, T]]:
    """The same; where there is no such mail, that is said as `inspect` says it."""

    async def done(settings: Settings) -> T:
        from tracker.domain.errors import NotFound

        try:
            return await work(settings)
        except NotFound as missing:
            raise _no_mail(number) from missing

    return plainly(done)


def _readable(message: bytes) -> str:
    """Headers and text of a mail, decoded."""
    parsed = message_from_bytes(message, policy=policy.default)
    text = parsed.get_body(("plain",))
    heads = "\n".join(f"{name}: {value}" for name, value in parsed.items())
    return f"{heads}\n\n{text.get_content() if text else ''}"


def resend(options: argparse.Namespace) -> None:
    """Have a mail sent once more, as a new one: exactly what it said, as far as that is kept. Print
    the new one's number and which words it has. For a digest as of today: `tracker digest send`."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.deliveries.tables import Delivery
    from tracker.domain.resending import actions as resending
    from tracker.domain.resending.actions import Prospect

    async def owe(_: Settings) -> tuple[Delivery, Prospect]:
        coming = await resending.prospect(SYSTEM, options.number)
        return await resending.resend(SYSTEM, options.number, options.reason), coming

    made, coming = in_database(options, _known(options.number, owe))
    print(f"Owed as mail {made.id}. {_words_of(made, coming)}")
    print(
        "The worker takes it up at its next sweep and looks once more whether its reader may have"
        f" it: `tracker deliveries inspect {made.id}` says what became of it."
    )


def _words_of(made: "Delivery", coming: "Prospect") -> str:
    """What the mail says that was owed, and what says more."""
    if coming.worded_at is None:
        return "It is written anew, with what there is to tell then."
    today = "; `tracker digest send PERSON` tells of today" if made.kind == "digest" else ""
    return f"It says exactly what was written on {coming.worded_at:{INSTANT}}{today}."


def release(options: argparse.Namespace) -> None:
    """End the doubt about a mail: it arrived, or it goes out again as it was."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.deliveries import operating

    async def settle(_: Settings) -> str:
        arrived = options.what == "arrived"
        return str((await operating.release(SYSTEM, options.number, arrived, options.reason)).state)

    print(f"It is {in_database(options, _known(options.number, settle))} now.")


def suppress(options: argparse.Namespace) -> None:
    """Have no mail go to an address any more, but for links that somebody asks for to sign in."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.deliveries import suppressing

    async def add(_: Settings) -> str:
        return (await suppressing.add(SYSTEM, options.address, options.reason)).address

    address = in_database(options, plainly(add))
    print(f"No mail goes to {address} any more; `deliveries lift` ends that.")


def lift(options: argparse.Namespace) -> None:
    """Let mails go to an address again to which none went."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.deliveries import queries, suppressing

    async def end(_: Settings) -> str:
        held = await queries.suppression_of(options.address)
        if held is None:
            raise CommandError(f"mails go to {options.address} as it is")
        return (await suppressing.lift(SYSTEM, held, options.reason)).address

    print(f"Mails go to {in_database(options, plainly(end))} again, from now on.")

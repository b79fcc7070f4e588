"""The audit trail from a shell."""

import argparse
import os
import sys

from tracker.commands import CommandError, actor_of, in_database, read, write
from tracker.settings import Settings


def head(options: argparse.Namespace) -> None:
    """Print the last seal of the chain, to be kept where nobody who owns the database can write."""
    from tracker.domain.events import chain

    found = in_database(options, lambda _: chain.head())
    if found is None:
        raise CommandError("nothing is sealed yet: a running worker does that, or `audit seal`")
    print(found)


def seal(options: argparse.Namespace) -> None:
    """Seal what has committed since the last seal, as a running worker does by itself."""
    from tracker.domain.events import chain

    print(f"Sealed: {in_database(options, lambda _: chain.seal())}.")


def verify(options: argparse.Namespace) -> None:
    """Print a line for everything in the trail that is not as it was written; exit code 1 then."""
    from tracker.domain.events import chain
    from tracker.domain.events.chain import Finding, Head

    lines = [options.expect] if options.expect else []
    lines += read(options.heads).decode(errors="replace").splitlines() if options.heads else []
    heads = [found for line in lines if (found := Head.read(line))]
    if options.expect and Head.read(options.expect) is None:
        raise CommandError("--expect wants a head as `tracker audit head` prints it")
    if options.heads and not heads:
        raise CommandError(f"{options.heads} holds no head as `tracker audit head` prints it")

    async def look(_: Settings) -> tuple[int, Head | None]:
        findings = 0
        async for each in chain.verify(heads):
            if isinstance(each, Finding):
                findings += 1
                print(each, flush=True)
            elif sys.stderr.isatty():
                end = "\n" if each.done == each.of else ""
                print(f"\r{each.done * 100 // each.of} %", end=end, file=sys.stderr, flush=True)
        return findings, await chain.head()

    findings, last = in_database(options, look)
    if findings:
        count = "1 finding" if findings == 1 else f"{findings} findings"
        raise CommandError(f"the audit trail is not as it was written: {count}")
    if last is None:
        raise CommandError("nothing is sealed yet: a running worker does that, or `audit seal`")
    print(f"The audit trail is whole: {last.number} events sealed, head {last}")


def export(options: argparse.Namespace) -> None:
    """Print the trail, the newest first, as JSON Lines or CSV."""
    from tracker.domain.actor import SYSTEM
    from tracker.graphql import serving
    from tracker.locale import Reader
    from tracker.web.trail import EXPORTS, Choice, exported

    choice = Choice(
        kind=options.about or "",
        project=options.project or "",
        since=options.since or "",
        until=options.until or "",
    )
    reader = Reader(options.language, "UTC")
    wanted = choice.filter(reader)
    _, worded = EXPORTS[f"export.{options.format}"]

    async def tell(settings: Settings) -> None:
        actor = await actor_of(options.person) if options.person else SYSTEM
        async with serving(settings):
            async for part in exported(actor, reader, wanted, worded):
                if not _written(part.decode()):
                    return

    in_database(options, tell)


def _written(text: str) -> bool:
    """Whether whoever reads our output still wants more; `head` closes it when it has enough."""
    try:
        write(None, text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True

"""The command line: `tracker COMMAND`, also `python -m tracker COMMAND`.

What a person can put right ends with one line on standard error and exit code 1 (75 where a mail
server is to try again); anything else is a bug and shows its traceback.
"""

import argparse
import gc
import io
import os
import select
import sys
from typing import Any

from tracker.commands import (
    CommandError,
    asking,
    deliveries,
    digests,
    imports,
    inbound,
    installation,
    mails,
    people,
    trail,
)
from tracker.doctor.findings import Unsafe
from tracker.domain.errors import Invalid, Refusal
from tracker.embedded import ServerError
from tracker.preflight import NotReady
from tracker.settings import SettingsError

GARBAGE_AFTER = 50_000
"""New objects after which Python looks for garbage. Most are of modules, which stay; to go through
them after every 700 takes a sixth of a start."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the process's exit code."""
    gc.set_threshold(GARBAGE_AFTER)
    options = parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except Invalid as error:
        for where, messages in error.fields.items():
            _complain(": ".join(filter(None, [where, " ".join(messages)])))
    except (CommandError, NotReady, Refusal, ServerError, SettingsError, Unsafe) as error:
        for line in str(error).splitlines():
            _complain(line)
        return error.code if isinstance(error, CommandError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        if not _has_enough():
            raise
        return 0
    else:
        return 0
    finally:
        _has_enough()
    return 1


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = argparse.ArgumentParser(
        prog="tracker",
        description="Tracks joint projects between cities, from offer to the mayor's desk.",
        epilog="Settings come from the environment; the README has the table.",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    each = _command(
        commands, "demo", installation.demo, "everything on this machine, with a story", port=True
    )
    each.add_argument("--once", action="store_true", help="exit when the story is told")
    _command(
        commands,
        "serve",
        installation.serve,
        "the web server: pages and the GraphQL API",
        port=True,
    )
    _command(
        commands, "worker", installation.worker, "the worker: digests and reminders that are due"
    )
    each = _command(
        commands, "doctor", installation.doctor, "what is unsafe here, and what to do about it"
    )
    each.add_argument("--json", action="store_true", help="as a JSON list of objects")
    _command(commands, "migrate", installation.migrate, "bring the database to the newest schema")
    kinds = _group(commands, "import", "read rows from a file: all of them or none")
    each = _command(kinds, "cities", imports.import_cities, "cities by name and country")
    each.add_argument(
        "file", metavar="FILE", help="table with the columns name,country; - for stdin"
    )
    each = _command(
        kinds, "rates", imports.import_rates, "exchange rates of the European Central Bank"
    )
    each.add_argument("file", metavar="FILE", help="table Date,USD,JPY,…; - for stdin")
    each.add_argument("--source", metavar="TEXT", help="who published it, if not the bank")
    each = _command(commands, "token", people.token, "print a new API token of a person")
    each.add_argument("person", metavar="PERSON", help="the person's e-mail address")
    each.add_argument("--days", metavar="N", type=int, default=90, help="valid for (default 90)")
    each.add_argument(
        "--scope", choices=("read", "write"), default="read", help="what it may do (default read)"
    )
    each.add_argument("--write", action="store_true", help="the same as --scope write")
    each.add_argument("--city", metavar="NAME", help="only the person's roles in this city count")
    each.add_argument("--read-only", action="store_true", help="the same as --scope read")
    each.add_argument(
        "--purpose", metavar="TEXT", default="", help="what it is for, to know it by later"
    )
    each = _command(commands, "reset-factor", people.reset_factor, "take away a lost second factor")
    each.add_argument("person", metavar="PERSON", help="the person's e-mail address")
    each = _command(commands, "query", asking.query, "print the answer to a GraphQL document")
    each.add_argument("file", metavar="FILE", help="the document; - for stdin")
    each.add_argument("--variables", metavar="JSON", default="{}", help="a JSON object")
    each.add_argument(
        "--var", metavar="NAME=VALUE", action="append", default=[], help="one variable; repeatable"
    )
    each.add_argument("--operation", metavar="NAME", help="which one, where there are several")
    each.add_argument("--as", dest="person", metavar="PERSON", help="e-mail (default: the public)")
    each.add_argument(
        "--url",
        metavar="ADDRESS",
        help="ask the installation there, with the API token in TRACKER_TOKEN",
    )
    each.add_argument(
        "--all",
        action="store_true",
        help="follow all pages: the document needs $after and pageInfo { hasNextPage endCursor }",
    )
    each.add_argument(
        "--format",
        choices=("json", "csv", "table"),
        help="default: as the output file's name ends, a table on a terminal, else json",
    )
    each.add_argument("--output", metavar="FILE", help="write there instead of printing")
    kinds = _group(commands, "digest", "a person's digest, outside its turn")
    for name, run in {"preview": digests.preview, "send": digests.send}.items():
        each = _command(kinds, name, run, f"{name} the digest of one person")
        each.add_argument("person", metavar="PERSON", help="the person's e-mail address")
    _deliveries(_group(commands, "deliveries", "mails on their way: how far each is"))
    kinds = _group(commands, "mail", "how mails leave this installation")
    _command(kinds, "records", mails.records, "print what DNS must say for DKIM_KEYS")
    each = _command(commands, "inbound", inbound.inbound, "take a mail that replies to one of ours")
    each.add_argument("--recipient", metavar="ADDRESS", default="", help="where it was delivered")
    each.add_argument("--maildir", metavar="DIR", help="take all new mails there instead of stdin")
    kinds = _group(commands, "person", "who is here, and what is held about a person")
    _invite(kinds)
    _command(kinds, "list", people.listing, "print who is here, with their roles")
    each = _command(kinds, "export", people.export, "print all that is held about a person")
    each.add_argument("person", metavar="PERSON", help="the person's e-mail address")
    each = _command(kinds, "erase", people.erase, "forget who a person was, for good")
    each.add_argument("person", metavar="PERSON", help="the person's e-mail address")
    each.add_argument("--yes", action="store_true", help="really do it; it cannot be undone")
    kinds = _group(commands, "audit", "the audit trail: whether it is whole, and its chain")
    each = _command(kinds, "verify", trail.verify, "find what in the trail was tampered with")
    each.add_argument(
        "--expect", metavar="HEAD", help="an earlier head, which must be in the chain"
    )
    each.add_argument(
        "--heads", metavar="FILE", help="a file with an earlier head a line; - for stdin"
    )
    _command(kinds, "head", trail.head, "print the chain's last seal, to be kept elsewhere")
    _command(kinds, "seal", trail.seal, "seal what was not sealed yet, as the worker does")
    each = _command(kinds, "export", trail.export, "print the trail, the newest event first")
    each.add_argument("--as", dest="person", metavar="PERSON", help="e-mail (default: all of it)")
    each.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="default: jsonl")
    each.add_argument("--about", metavar="KIND", help="only events about milestone, project, …")
    each.add_argument("--project", metavar="CODE", help="only this project's")
    each.add_argument("--from", dest="since", metavar="DAY", help="from this day on (UTC)")
    each.add_argument("--to", dest="until", metavar="DAY", help="up to the end of this day (UTC)")
    each.add_argument("--language", metavar="TAG", default="en", help="of the sentences")
    return top


def _invite(kinds: Any) -> None:
    each = _command(kinds, "invite", people.invite, "ask somebody in, such as the first of all")
    each.add_argument("email", metavar="EMAIL", help="the person's e-mail address")
    each.add_argument("--role", required=True, metavar="ROLE", help="administrator, mayor, …")
    each.add_argument("--city", metavar="NAME", help="where the role is held, for roles of cities")
    each.add_argument("--language", metavar="TAG", default="en", help="of the mail (default en)")
    each.add_argument(
        "--print-link", action="store_true", help="print the link once, and send no mail"
    )


def _positive(text: str) -> int:
    """A number of at least 1. Raises ValueError."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text}: choose 1 or more")
    return number


def _deliveries(kinds: Any) -> None:
    each = _command(kinds, "list", deliveries.listing, "print the newest mails, a line each")
    each.add_argument("--state", default="", help="such as in_doubt or failed (default: any)")
    each.add_argument("--kind", default="", help="such as digest or decision (default: any)")
    each.add_argument("--person", metavar="EMAIL", default="", help="of one address only")
    each.add_argument(
        "--most", metavar="N", type=_positive, default=100, help="lines (default 100)"
    )
    each.add_argument("--all", action="store_true", help="also those that were called off")
    each = _command(kinds, "inspect", deliveries.inspect, "print all that is kept of a mail")
    each.add_argument("number", metavar="NUMBER", type=int, help="as the list has it")
    each.add_argument("--raw", action="store_true", help="its very bytes, and nothing else")
    again = _command(kinds, "resend", deliveries.resend, "have a mail sent once more")
    settle = _command(kinds, "release", deliveries.release, "end the doubt about a mail")
    for each in (again, settle):
        each.add_argument("number", metavar="NUMBER", type=int, help="as the list has it")
        each.add_argument("--reason", required=True, help="why; it stays in the trail")
    stop = _command(kinds, "suppress", deliveries.suppress, "stop mails to an address")
    lift = _command(kinds, "lift", deliveries.lift, "let mails go to an address again")
    for each in (stop, lift):
        each.add_argument("address", metavar="EMAIL", help="the address")
        each.add_argument("--reason", required=True, help="why; it stays in the trail")
    settle.add_argument("what", choices=("arrived", "lost"), help="what became of it")


def _group(commands: Any, name: str, summary: str) -> Any:
    group = commands.add_parser(name, help=summary, description=summary)
    return group.add_subparsers(required=True, metavar="WHAT")


def _command(
    commands: Any, name: str, run: Any, summary: str, *, port: bool = False
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=summary, description=run.__doc__
    )
    command.set_defaults(run=run, port=None)
    command.add_argument("--data", metavar="DIR", help="data folder (DATA_DIR; default .data)")
    if port:
        command.add_argument("--port", metavar="N", help="port to listen on (PORT; default 8000)")
    return command


def _has_enough() -> bool:
    """Whether whoever reads our output has closed it, as `head` does; nothing more is then
    written to it, so that Python's own flush at the exit has nothing to complain of."""
    try:
        sys.stdout.flush()
        closed = _is_closed()
    except BrokenPipeError:
        closed = True
    if closed:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return closed


def _is_closed() -> bool:
    """Asked of the pipe itself: what could not be written is gone, so that flushing again works."""
    try:
        output = sys.stdout.fileno()
    except io.UnsupportedOperation:
        return False
    pipe = select.poll()
    pipe.register(output, 0)
    return bool(pipe.poll(0))


def _complain(line: str) -> None:
    print(f"tracker: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

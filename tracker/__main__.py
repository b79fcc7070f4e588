"""The command line: `tracker COMMAND`, also `python -m tracker COMMAND`.

Each command calls one function of the part that does the work, imported only after the settings
and the input were found good: a mistake is answered at once. What a person can put right ends
with one line on standard error and exit code 1; anything else is a bug and shows its traceback.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tracker.domain.errors import Invalid, Refusal
from tracker.embedded import ServerError, servers
from tracker.preflight import NotReady, require_answers, require_free_port
from tracker.settings import Settings, SettingsError

if TYPE_CHECKING:
    from tracker.domain.actor import Actor

T = TypeVar("T")


class CommandError(Exception):
    """A command cannot do what was asked; one line that says why and what to change."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the process's exit code."""
    options = parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except Invalid as error:
        for where, messages in error.fields.items():
            _complain(": ".join(filter(None, [where, " ".join(messages)])))
    except (CommandError, NotReady, Refusal, ServerError, SettingsError) as error:
        for line in str(error).splitlines():
            _complain(line)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        if not _has_enough():
            raise
        return 0
    else:
        return 0
    return 1


def demo(options: argparse.Namespace) -> None:
    """Start everything with the demonstration portfolio and tell the story."""
    from tracker.demo import ENVIRONMENT, DemonstrationFailed

    settings = _settings(options, ENVIRONMENT)
    require_free_port(settings)
    asyncio.run(require_answers(settings))
    from tracker.demo.orchestration import run

    try:
        run(settings, once=options.once)
    except DemonstrationFailed as error:
        raise CommandError(f"the demonstration failed: {error}") from error


def serve(options: argparse.Namespace) -> None:
    """Serve pages and the API."""
    settings = _settings(options)
    require_free_port(settings)
    with _running(settings) as settings:
        import uvicorn

        from tracker.app import create_app
        from tracker.web.wire import WIRE

        uvicorn.run(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_level=settings.log_level,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=10,
            **WIRE,
        )


def worker(options: argparse.Namespace) -> None:
    """Send what is due, until stopped."""
    settings = _settings(options)
    if settings.smtp_url is None:
        raise CommandError(
            "the worker sends digests, and SMTP_URL is not set:"
            " smtp://user:password@host:587?starttls=1"
        )
    with _running(settings) as settings:
        from tracker.workers import run

        run(settings)


def migrate(options: argparse.Namespace) -> None:
    """Bring the database to the newest schema."""
    with _running(_settings(options)) as settings:
        from tracker.migrations import migrate

        applied = asyncio.run(migrate(settings))
    print("\n".join(applied) or "The database is up to date.")


def import_cities(options: argparse.Namespace) -> None:
    """Import all rows of a file, or none."""
    data = _read(options.file)
    from tracker.domain.actor import SYSTEM
    from tracker.domain.cities.actions import import_cities, read_rows

    rows = read_rows(data)
    imported = _in_database(options, lambda _: import_cities(SYSTEM, rows))
    print(f"Cities imported: {len(imported)}.")


def import_rates(options: argparse.Namespace) -> None:
    """Import all exchange rates of a file, or none."""
    data = _read(options.file)
    from tracker.domain.actor import SYSTEM
    from tracker.domain.budgets.rates import ECB, import_rates, read_rates

    rates = read_rates(data)
    source = options.source or ECB
    batch = _in_database(options, lambda _: import_rates(SYSTEM, rates, source))
    print(f"Rates imported: {batch.rates}, of which revised: {batch.revised}.")


def token(options: argparse.Namespace) -> None:
    """Print a new API token, which is shown only this once."""
    from tracker.domain.actor import SYSTEM
    from tracker.domain.people.tokens import issue_token

    async def issue(_: Settings) -> str:
        person = cast(int, (await _person(options.person)).person_id)
        return (
            await issue_token(SYSTEM, person, options.days, options.read_only, options.purpose)
        )[1]

    print(_in_database(options, issue))


def query(options: argparse.Namespace) -> None:
    """Print the answer to a GraphQL document: a table on a terminal, JSON elsewhere. Problems of
    a mutation also stand on standard error, and the exit code is then 1."""
    document = _read(options.file).decode(errors="replace")
    variables = _json_object(options.variables)
    from tracker import query

    try:
        on_terminal = options.output is None and sys.stdout.isatty()
        kind = options.format or query.format_of(options.output, on_terminal=on_terminal)
        variables |= query.variables_of(document, options.operation, options.var)
        found = _answered(options, document, variables)
        _write(options.output, query.worded(found, kind, document, indent=on_terminal))
    except query.QueryError as error:
        raise CommandError(str(error)) from error
    if problems := query.problems(found):
        raise CommandError("\n".join(problems))


def _answered(
    options: argparse.Namespace, document: str, variables: dict[str, Any]
) -> dict[str, Any]:
    """Of the installation at --url, else of this one's database."""
    from tracker import query

    more = {"file": options.file, "every": options.all}
    if options.url:
        if options.person:
            raise CommandError(f"--as is for this installation; with --url, set {query.TOKEN}")
        ask = query.remote(options.url, document, options.operation)
        return asyncio.run(query.answered(ask, variables, **more))
    from tracker.domain.actor import PUBLIC
    from tracker.graphql import respond, serving

    async def answer(settings: Settings) -> dict[str, Any]:
        actor = await _person(options.person) if options.person else PUBLIC

        async def ask(given: dict[str, Any]) -> bytes:
            return (await respond(document, given, options.operation, actor=actor)).body

        async with serving(settings):
            return await query.answered(ask, variables, **more)

    return _in_database(options, answer)


def digest_preview(options: argparse.Namespace) -> None:
    """Print the digest that the person would get now."""
    from tracker.graphql import serving
    from tracker.mail import Mail
    from tracker.workers.digests import preview

    async def compose(settings: Settings) -> Mail:
        async with serving(settings):
            return await preview(settings, options.person)

    mail = _in_database(options, compose)
    print(f"Subject: {mail.subject}\n\n{mail.text}")


def digest_send(options: argparse.Namespace) -> None:
    """Have the digest sent now instead of at its next turn."""
    from tracker.domain.digests.tables import DigestIssue, DigestState
    from tracker.graphql import serving
    from tracker.workers.digests import send

    async def deliver(settings: Settings) -> DigestIssue:
        async with serving(settings):
            return await send(settings, options.person)

    issue = _in_database(options, deliver)
    if issue.state == DigestState.SENT:
        print(f"Sent: {issue.subject}")
    elif issue.state == DigestState.FAILED:
        raise CommandError(f"it could not be sent: {issue.last_error}")
    else:
        print("Owed; the worker sends it at its next sweep.")
        if issue.last_error:
            print(f"The last try failed: {issue.last_error}")


def parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    top = argparse.ArgumentParser(
        prog="tracker",
        description="Tracks joint projects between cities, from offer to the mayor's desk.",
        epilog="Settings come from the environment; the README has the table.",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    each = _command(commands, "demo", demo, "everything on this machine, with a story", port=True)
    each.add_argument("--once", action="store_true", help="exit when the story is told")
    _command(commands, "serve", serve, "the web server: pages and the GraphQL API", port=True)
    _command(commands, "worker", worker, "the worker: digests and reminders that are due")
    _command(commands, "migrate", migrate, "bring the database to the newest schema")
    kinds = _group(commands, "import", "read rows from a file: all of them or none")
    each = _command(kinds, "cities", import_cities, "cities by name and country")
    each.add_argument(
        "file", metavar="FILE", help="table with the columns name,country; - for stdin"
    )
    each = _command(kinds, "rates", import_rates, "exchange rates of the European Central Bank")
    each.add_argument("file", metavar="FILE", help="table Date,USD,JPY,…; - for stdin")
    each.add_argument("--source", metavar="TEXT", help="who published it, if not the bank")
    each = _command(commands, "token", token, "print a new API token of a person")
    each.add_argument("person", metavar="PERSON", help="the person's e-mail address")
    each.add_argument("--days", metavar="N", type=int, default=90, help="valid for (default 90)")
    each.add_argument("--read-only", action="store_true", help="may read and change nothing")
    each.add_argument(
        "--purpose", metavar="TEXT", default="", help="what it is for, to know it by later"
    )
    each = _command(commands, "query", query, "print the answer to a GraphQL document")
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
    for name, run in {"preview": digest_preview, "send": digest_send}.items():
        each = _command(kinds, name, run, f"{name} the digest of one person")
        each.add_argument("person", metavar="PERSON", help="the person's e-mail address")
    return top


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


def _settings(options: argparse.Namespace, defaults: dict[str, str] | None = None) -> Settings:
    """From the environment, under the options of the command line."""
    given = {"DATA_DIR": options.data, "PORT": options.port}
    return Settings.from_environment(
        {**(defaults or {}), **os.environ, **{k: v for k, v in given.items() if v is not None}}
    )


@contextmanager
def _running(settings: Settings) -> Iterator[Settings]:
    """Settings whose servers answer: those configured, or embedded ones."""
    asyncio.run(require_answers(settings))
    with servers(settings) as running:
        yield running


def _in_database(
    options: argparse.Namespace, work: Callable[[Settings], Coroutine[Any, Any, T]]
) -> T:
    """The result of work that reads or writes a database that is there and complete."""
    from tracker.domain.database import connected
    from tracker.migrations import is_current

    async def inside(settings: Settings) -> T:
        async with connected(settings):
            if not await is_current():
                raise CommandError("the database lacks tables: run `tracker migrate` first")
            return await work(settings)

    settings = _settings(options)
    if settings.database_url is None and not (settings.data_dir / "servers").exists():
        raise CommandError(
            f"there is no database in {settings.data_dir} and DATABASE_URL is not set: name one,"
            " or another folder with --data, or make one with `tracker migrate`"
        )
    with _running(settings) as running:
        return asyncio.run(inside(running))


async def _person(email: str) -> "Actor":
    from tracker.domain.people.queries import actor_by_email

    found = await actor_by_email(email)
    if found is None:
        raise CommandError(f"nobody here has the address {email}")
    return found


def _read(name: str) -> bytes:
    try:
        if name == "-":
            return sys.stdin.buffer.read()
        with open(name, "rb") as file:
            return file.read()
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}") from error


def _write(name: str | None, text: str) -> None:
    """To the file, which is whole or as it was before; else to standard output."""
    if name is None:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    part = f"{name}.part"
    try:
        with open(part, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(part, name)
    except OSError as error:
        raise CommandError(f"{name} cannot be written: {error.strerror}") from error


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CommandError(f"--variables is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise CommandError("--variables must be a JSON object")
    return value


def _has_enough() -> bool:
    """Whether whoever reads our output has closed it, as `head` does; nothing more is then
    written to it, so that Python's own flush at the exit has nothing to complain of."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False


def _complain(line: str) -> None:
    print(f"tracker: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

"""A GraphQL document asked from a shell."""

import argparse
import asyncio
import json
import sys
from typing import Any

from tracker.commands import CommandError, actor_of, in_database, read, write
from tracker.settings import Settings


def query(options: argparse.Namespace) -> None:
    """Print the answer to a GraphQL document: a table on a terminal, JSON elsewhere. Problems of
    a mutation also stand on standard error, and the exit code is then 1."""
    document = read(options.file).decode(errors="replace")
    variables = _json_object(options.variables)
    from tracker import query

    try:
        on_terminal = options.output is None and sys.stdout.isatty()
        kind = options.format or query.format_of(options.output, on_terminal=on_terminal)
        variables |= query.variables_of(document, options.operation, options.var)
        found = _answered(options, document, variables)
        write(options.output, query.worded(found, kind, document, indent=on_terminal))
        for line in [] if options.all else query.cut_off(found):
            print(line, file=sys.stderr)
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
        actor = await actor_of(options.person) if options.person else PUBLIC

        async def ask(given: dict[str, Any]) -> bytes:
            return (await respond(document, given, options.operation, actor=actor)).body

        async with serving(settings):
            return await query.answered(ask, variables, **more)

    return in_database(options, answer)


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CommandError(f"--variables is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise CommandError("--variables must be a JSON object")
    return value

"""Pieces of mails that several readers get alike, written once: the readers of a city, and those of
its partner city who read the same language, get the same entries about the same projects.

A piece is known by all that it is made of, so that nobody gets words that were not for them.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

import orjson
from jinja2 import Environment, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

MOST = 10_000
"""Pieces that are remembered for each part of mails, about a kilobyte each: those of two hundred
busy readers."""

Say = Callable[[Any], str]
Write = Callable[[], str]


def install(environment: Environment) -> None:
    """Teach the environment `entries(name, of, say, before, after, head, title)`: what
    `head(title, name)`, if given, says above them, and what `say(each)` says of each, between two
    tags; both are macros, or callers of some. They say nothing but what they are given, in the
    reader's language, and no instants, which are other days in other zones; `name` is one of a kind
    for each such place. Raises TypeError for instants."""
    environment.globals["entries"] = _remembering(OrderedDict())


def _remembering(pieces: OrderedDict[bytes, str]) -> Callable[..., str]:
    @pass_context
    def entries(
        context: Context, name: str, of: Sequence[Any], say: Say, before: str = "", after: str = "",
        head: Callable[[str, str], str] | None = None, title: str = "",
    ) -> str:  # fmt: skip
        place = (name, context["reader"].wanted, context["base_url"])

        def one(each: Any) -> str:
            return remembered((*place, each), lambda: f"{before}{say(each)}{after}")

        def all_of_them() -> str:
            above = head(title, name) if head else ""
            return "".join([above, *map(one, of)])

        found = remembered((*place, title, of), all_of_them)
        return Markup(found) if context.eval_ctx.autoescape else found  # noqa: S704 - say escapes

    def remembered(about: tuple[Any, ...], write: Write) -> str:
        written = orjson.dumps(about, default=_day, option=orjson.OPT_PASSTHROUGH_DATETIME)
        key = blake2b(written, digest_size=16).digest()
        piece = pieces.pop(key, None)
        if piece is None:
            piece = write()
        pieces[key] = piece  # as the latest that was used
        if len(pieces) > MOST:
            pieces.popitem(last=False)
        return piece

    return entries


def _day(value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} may read otherwise for somebody else")

"""Pieces of mails that several readers get alike, written once: the readers of a city, and those of
its partner city who read the same language, get the same entries about the same projects.

A piece is known by all that it is made of, so that nobody gets words that were not for them.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from sys import getsizeof
from threading import Lock
from typing import Any

import orjson
from jinja2 import Environment, pass_context
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup

BYTES_MOST = 8_000_000
"""That the pieces take which are remembered for each part of mails: a kilobyte for an entry, ten
for all that is told of a city's projects. Digests of a city are written one after the other, so
that what hundreds of readers before got is asked for no more."""

MACROS_MOST = 200
"""Files of macros that are remembered, for each reader's language and zone."""

KNOWN = "reader", "base_url"
"""What these know besides their arguments."""

Say = Callable[[Any], str]
Write = Callable[[], str]
Remembered = Callable[[Context, str, tuple[Any, ...], Write], str]


class _Pieces:
    """Those that were used last, for several threads."""

    def __init__(self) -> None:
        self._kept = OrderedDict[bytes, str]()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: bytes) -> str | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: bytes, piece: str) -> None:
        with self._lock:
            former = self._kept.pop(key, None)
            self._kept[key] = piece
            self._bytes += getsizeof(piece) - (0 if former is None else getsizeof(former))
            while self._bytes > BYTES_MOST:
                self._bytes -= getsizeof(self._kept.popitem(last=False)[1])


def install(environment: Environment) -> None:
    """Teach the environment `entries(name, of, say, before, after, head, title)`: what
    `head(title, name)`, if given, says above them, and what `say(each)` says of each, between two
    tags; both are macros, or callers of some. And, to be called as a block, `piece(name, about)`:
    what the block says. They say nothing but what they are given, in the reader's language, and no
    instants, which are other days in other zones; `name` is one of a kind for each such place.
    Both raise TypeError for instants. And `macros(file)`, which know their arguments and KNOWN:
    they are made once for all mails of a reader's language and zone, where an import makes them for
    each mail."""
    remembered = _remembering(_Pieces())
    environment.globals |= {
        "entries": _entries(remembered),
        "piece": _piece(remembered),
        "macros": _macros(environment),
    }


def _remembering(pieces: _Pieces) -> Remembered:
    def remembered(context: Context, name: str, about: tuple[Any, ...], write: Write) -> str:
        everything = (name, context["reader"].wanted, context["base_url"], *about)
        written = orjson.dumps(everything, default=_day, option=orjson.OPT_PASSTHROUGH_DATETIME)
        key = blake2b(written, digest_size=16).digest()
        piece = pieces.get(key)
        if piece is None:
            piece = write()
            pieces.keep(key, piece)
        return Markup(piece) if context.eval_ctx.autoescape else piece  # noqa: S704 - it escapes

    return remembered


def _entries(remembered: Remembered) -> Callable[..., str]:
    @pass_context
    def entries(
        context: Context, name: str, of: Sequence[Any], say: Say, before: str = "", after: str = "",
        head: Callable[[str, str], str] | None = None, title: str = "",
    ) -> str:  # fmt: skip
        def one(each: Any) -> str:
            return remembered(context, name, (each,), lambda: f"{before}{say(each)}{after}")

        def all_of_them() -> str:
            above = head(title, name) if head else ""
            return "".join([above, *map(one, of)])

        return remembered(context, name, (title, of), all_of_them)

    return entries


def _piece(remembered: Remembered) -> Callable[..., str]:
    @pass_context
    def piece(context: Context, name: str, about: Sequence[Any], caller: Write) -> str:
        return remembered(context, name, (about,), caller)

    return piece


def _macros(environment: Environment) -> Callable[[Context, str], TemplateModule]:
    @lru_cache(MACROS_MOST)
    def made(file: str, *known: tuple[str, Any]) -> TemplateModule:
        return environment.get_template(file).make_module(dict(known))

    @pass_context
    def macros(context: Context, file: str) -> TemplateModule:
        return made(file, *((name, context[name]) for name in KNOWN if name in context))

    return macros


def _day(value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} may read otherwise for somebody else")

"""Templates -> the texts that a person reads."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import bidirectional

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from tracker.locale import Reader, install
from tracker.locale.words import ROLES
from tracker.mail import fragments

HTML_MOST = 80_000
"""Bytes of a mail's HTML. Gmail cuts off what is beyond 102 kB, and with it the way to unsubscribe;
and nobody reads as much on a phone."""

TEMPLATES = Path(__file__).parents[2] / "frontend_templates"


@dataclass(frozen=True)
class Attached:
    """A file that comes with a mail: its name, the same in ASCII for whoever reads no other, its
    media type and its bytes."""

    name: str
    plain: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Mail:
    """What a person reads."""

    language: str
    subject: str
    text: str
    html: str
    attached: tuple[Attached, ...] = field(default=(), kw_only=True)
    takes_replies: bool = field(default=True, kw_only=True)
    """Whether a reply to it would be recorded, where those to mails of its kind are."""


def render(name: str, language: str, context: Mapping[str, Any], *, time_zone: str = "UTC") -> Mail:
    """The mail of frontend_templates/emails/<name>/ in the reader's language and time zone.

    The templates see `context` and the `reader`; both bodies also the `subject_line`. Raises
    jinja2.UndefinedError for a name that is in none of these.
    """
    reader = Reader.of(language, time_zone)

    def part(file: str, **more: str) -> str:
        template = templates(html=file.endswith(".html")).get_template(f"emails/{name}/{file}")
        return template.render(context, reader=reader, **more)

    subject = one_line(part("subject.txt"))
    text, html = (part(body, subject_line=subject) for body in ("body.txt", "body.html"))
    text = _tidy(text)
    return Mail(reader.language, subject, _turned(text) if reader.mark else text, html)


def get_ready() -> None:
    """Compile all templates, so that the first mails do not wait for it."""
    for file in sorted((TEMPLATES / "emails").glob("*/*.*")):
        if file.suffix in (".html", ".txt"):
            templates(html=file.suffix == ".html").get_template(
                file.relative_to(TEMPLATES).as_posix()
            )


def fitting(attempts: Iterable[Mail]) -> Mail:
    """The first that is small enough, or else the last: each says less than the one before it."""
    made = None
    for made in attempts:
        if len(made.html.encode()) <= HTML_MOST:
            break
    assert made
    return made


@cache
def templates(*, html: bool) -> Environment:
    """Escaping goes by the mail's part, not by the file's name: what both parts import or
    include is escaped in one and plain in the other."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html,  # noqa: S701 - plain text knows no escaping
        undefined=StrictUndefined,
        auto_reload=False,  # a look at each file for each mail; processes start anew with new code
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install(environment)
    fragments.install(environment)
    environment.globals["role_words"] = ROLES
    if html:
        for name in ("date", "datetime"):
            environment.filters[name] = _unbroken(environment.filters[name])
    return environment


def _unbroken(write: Callable[..., str]) -> Callable[..., str]:
    """The same in one line: half of a date at a line's end would be read as another."""

    @pass_context
    def written(context: Context, *arguments: Any) -> str:
        return write(context, *arguments).replace(" ", "\u00a0")

    return written


def one_line(text: str) -> str:
    """Titles and names come from people: no line break of theirs may reach a header."""
    return " ".join(text.split())


def _tidy(text: str) -> str:
    """Templates leave gaps where parts have nothing to say."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def _turned(text: str) -> str:
    """The same for a language that is written from right to left. Programs that show plain text let
    each line run as its first letter does: one that begins with what others wrote is told to run
    like the rest (UAX 9)."""
    return re.sub(r"(?m)^([ ]*(?:[-*] )?)(.+)", _marked, text)


def _marked(line: re.Match[str]) -> str:
    start, words = line.groups()
    first = next((kind for kind in map(bidirectional, words) if kind in ("L", "R", "AL")), "")
    foreign = first == "L" and not words.startswith(("http://", "https://"))
    return f"{start}\u200f{words}" if foreign else line[0]

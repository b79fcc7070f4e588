"""Templates, each with the GraphQL document that it reads beside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from tracker import locale
from tracker.web.assets import address
from tracker.web.letters import tall

TEMPLATES = Path(__file__).parents[2] / "frontend_templates"
FRAGMENTS = {
    "...Frame": "layouts/page",
    "...Said": "comments/said",
    "...PlanInBrief": "decisions/plan",
    "...BroughtAbout": "decisions/brought_about",
}
"""What a page's document spreads -> the document that is this fragment."""

FRAME_ALONE = "query Frame { ...Frame }"


@cache
def environment() -> Environment:
    """Every value is escaped, and a name that is not there is an error rather than a gap."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    locale.install(made)
    made.globals["static"] = address
    made.filters["number_of"] = number_of
    made.filters["tall"] = tall
    made.filters["coded"] = _coded
    made.filters["country"] = _country
    made.filters["zone"] = _zone
    made.filters["pairs"] = _pairs
    return made


@cache
def document_of(name: str) -> str:
    """The document of a page: its own, or its frame alone, with the fragments that it spreads."""
    own = TEMPLATES / f"{name}.graphql"
    text = own.read_text(encoding="utf-8") if own.exists() else FRAME_ALONE
    spread = [name for words, name in FRAGMENTS.items() if words in text]
    parts = ((TEMPLATES / f"{name}.graphql").read_text(encoding="utf-8") for name in spread)
    return "\n".join([text, *parts])


def number_of(global_id: str) -> int:
    """Milestone:12 -> 12, for addresses and actions."""
    return int(global_id.rpartition(":")[2])


@pass_context
def _country(context: Context, code: str) -> str:
    """An ISO 3166-1 code in the reader's language."""
    return str(context["reader"].locale.territories.get(code, code))


@pass_context
def _zone(context: Context, at: str | datetime) -> str:
    """What the reader's clock is called at an instant: KST; UTC-05 where it has no letters."""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    name = instant.astimezone(context["reader"].zone).strftime("%Z")
    return name if name[:1].isalpha() else f"UTC{name}"


def _coded(text: str) -> Markup:
    """Text in which `words between backticks` are code."""
    parts = (escape(part) for part in text.split("`"))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts)
    )


def _pairs(rows: Sequence[Mapping[str, Any]], value: str, words: str) -> list[tuple[Any, Any]]:
    """Rows as the options of a select_field."""
    return [(row[value], row[words]) for row in rows]

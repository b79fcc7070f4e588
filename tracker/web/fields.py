"""Fields of plain forms: what they ask, in words, drawn one below the other by one template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.web.forms import Posted


@dataclass(frozen=True)
class Field:
    """One field. `kind` is line, text, number, date, choice or flag, or kept: sent along as it is;
    `options` are (value, words) of a choice; `words` of both are translated unless they are
    `named`, as people call things."""

    name: str
    label: str
    kind: str = "line"
    hint: str = ""
    required: bool = False
    options: Sequence[tuple[str, str]] = ()
    named: bool = False
    most: int = 200


def choices(words: Mapping[Any, str]) -> list[tuple[str, str]]:
    """Members of an enum with what people call them, in their order."""
    return [(member.value, text) for member, text in words.items()]


def known(row: Mapping[str, Any], **names: str) -> Posted:
    """A form as if somebody had typed what the row of a page says. `names`: field of the form ->
    field of the row. Members of enums stand there as the API names them; the choices of a form
    know them in any letter case."""
    return Posted({name: [_typed(row[field])] for name, field in names.items()})


def _typed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)

"""What a mail says beyond what rows tell: the name of its template and what that shows, as text. It
is kept encrypted until the mail is written."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracker.domain.messages import Listed, Message


@dataclass(frozen=True, kw_only=True)
class Content:
    """The template of a mail, below frontend_templates/emails, with its context (plain values,
    instants, and sentences to be said in the reader's language), and its reader: a name, a language
    (BCP 47) and a zone (IANA)."""

    template: str
    context: dict[str, Any]
    name: str
    language: str
    time_zone: str

    def packed(self) -> str:
        """As text. Raises TypeError for a context of anything else."""
        return json.dumps(_plain(vars(self)))


def unpacked(text: str) -> Content:
    """The opposite of `packed`."""
    return Content(**json.loads(text, object_hook=_meant))


INSTANT, SENTENCE, LIST = "$instant", "$sentence", "$list"


def _plain(value: Any) -> Any:
    """JSON, in which an object with one of the names above stands for something else."""
    if isinstance(value, Message):
        return {SENTENCE: value.template, "with": _plain(value.parameters)}
    if isinstance(value, Listed):
        return {LIST: [_plain(each) for each in value], "by": value.by}
    if isinstance(value, datetime):
        return {INSTANT: value.isoformat()}
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def _meant(found: dict[str, Any]) -> Any:
    if INSTANT in found:
        return datetime.fromisoformat(found[INSTANT])
    if SENTENCE in found:
        return Message(found[SENTENCE], found["with"])
    if LIST in found:
        return Listed(found[LIST], found["by"])
    return found

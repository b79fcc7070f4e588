"""What a short form must say of itself, so that a link in a mail can open it (`answers.py`)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from tracker.domain.answers.links import Act, Opened
from tracker.web.forms import NOTHING, Failure, Posted
from tracker.web.pages import AnyRequest, Page


@dataclass(frozen=True)
class Filled:
    """The link's secret, the answer that is wanted of several ("" for the first), and the form as
    it was filled in."""

    secret: str
    wanted: str
    form: Posted = NOTHING


@dataclass(frozen=True)
class Chosen:
    """An answer that may be given now: what it does, and what its words are found by."""

    act: Act
    what: Any


@dataclass(frozen=True)
class ShortForm:
    """`page` draws it, with what was wrong with it as it was filled in, if so; `choose` finds what
    it answers, None where that is nothing that may be; `done` says what was recorded. The former
    two raise Gone where there is nothing to answer any more."""

    page: Callable[[AnyRequest, Opened, Filled, Failure | None], Awaitable[Page]]
    choose: Callable[[Opened, Filled], Awaitable[Chosen | None]]
    done: Callable[[AnyRequest, Opened, Chosen], Awaitable[Page]]

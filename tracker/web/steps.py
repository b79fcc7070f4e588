"""Steps: one verb of the domain, as a button or a short form, and what it asks.

Which steps are offered follows from the rules that the actions check again; so a button that is
there by mistake refuses in words, and one that is missing is a mistake of these tables only.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tracker.domain.actor import Actor
from tracker.web.forms import Posted, read_form


@dataclass(frozen=True)
class Nothing:
    """The button says it all."""


@dataclass(frozen=True)
class Why:
    """A reason."""

    reason: str = ""


@dataclass(frozen=True)
class Remark:
    """What is wrong with a value."""

    note: str = ""


@dataclass(frozen=True)
class Begun:
    """When the work really began; today when it is left open."""

    actual_start_on: date | None = None


@dataclass(frozen=True)
class Ended:
    """When the work really ended; today when it is left open."""

    actual_end_on: date | None = None


@dataclass(frozen=True)
class Moved:
    """A new due date, and why."""

    due_on: date
    reason: str = ""


@dataclass(frozen=True)
class Replanned(Moved):
    """The same, with another planned end of the project where it takes one."""

    planned_end_on: date | None = None


@dataclass(frozen=True)
class Step:
    """A verb with its action, the words of its button, and what follows from pressing it.

    The action takes the actor, the row's number, the fields of `asks` and `seen_version`; where
    `draft` is set, `asks` is handed over whole. Its reason or note, if it asks for one, must be
    given where `has_to_say` is set.
    """

    verb: str
    action: Callable[..., Awaitable[Any]]
    label: str
    effect: str
    asks: Any = Nothing
    kind: str = "secondary"
    draft: bool = False
    has_to_say: bool = True

    @property
    def one_click(self) -> bool:
        """Whether there is nothing to ask, and nothing that one would regret at once."""
        return self.asks is Nothing and self.kind != "danger"

    @property
    def fields(self) -> list[str]:
        """What the step's form asks."""
        return [field.name for field in dataclasses.fields(self.asks)]


def by_verb(*steps: Step) -> dict[str, Step]:
    """Verb -> step, in the order in which they are offered."""
    return {step.verb: step for step in steps}


def of(steps: dict[str, Step], verbs: Sequence[str]) -> list[Step]:
    """Those of `steps` that are possible now."""
    return [step for verb, step in steps.items() if verb in verbs]


async def take(step: Step, actor: Actor, number: int, form: Posted) -> None:
    """Do it. Raises what the action raises, and Invalid for a form that cannot be read."""
    asked = read_form(step.asks, form)
    given = {"draft": asked} if step.draft else dataclasses.asdict(asked)
    await step.action(actor, number, **given, seen_version=form.seen_version)

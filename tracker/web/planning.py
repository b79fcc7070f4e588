"""Plain forms about what a project plans to measure, for its partners' coordinators."""

from dataclasses import dataclass, replace
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say
from tracker.domain.projects.rules import closed_plan, coordinates, settled_plan
from tracker.web.fields import Field
from tracker.web.forms import Posted
from tracker.web.identity import person_of
from tracker.web.pages import AnyRequest, Page, draw
from tracker.web.partners import partners
from tracker.web.words import N_


@dataclass(frozen=True)
class Asked:
    """A plain form: its title, which is also its button, where it is sent, and what it asks."""

    title: str
    address: str
    fields: tuple[Field, ...]
    about: str = ""
    effect: str = ""
    version: int | None = None
    kind: str = "primary"
    """How its button looks: `danger` where something goes."""
    button: str = ""
    """What its button says, if not the title."""


REASON = Field("reason", N_("Reason"), "text", N_("The other side reads it before it answers."),
               required=True)  # fmt: skip


def may_plan(project: dict[str, Any], actor: Actor, *, adding: bool = True) -> bool:
    """Whether the actor may plan what the project of a page's data measures."""
    closed = closed_plan(project["state"].lower(), adding=adding)
    return not closed and coordinates(actor, partners(project))


def may_measure(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor may add to what is measured; to an agreed plan, by proposing it."""
    settled = project["agreedAt"] and settled_plan(project["state"].lower())
    return not settled and may_plan(project, actor)


def require_measurer(project: dict[str, Any], actor: Actor) -> None:
    """Raises Forbidden with the reason why the actor is not asked."""
    require_planner(project, actor)
    settled = settled_plan(project["state"].lower())
    if settled and not may_measure(project, actor):
        raise Forbidden(settled)


def require_planner(project: dict[str, Any], actor: Actor, *, adding: bool = True) -> None:
    """Raises Forbidden with the reason why the actor is not asked."""
    if not may_plan(project, actor, adding=adding):
        closed = closed_plan(project["state"].lower(), adding=adding)
        raise Forbidden(
            closed or say("Only a coordinator of a partner city plans what is measured.")
        )


async def measured(
    request: AnyRequest,
    project: dict[str, Any],
    asks: Asked,
    form: Posted,
    status: int,
    errors: Any,
) -> Page:
    """The plain form about another thing to measure; of an agreed plan, it proposes that."""
    if status == 200:
        require_measurer(project, await person_of(request))
    if project["agreedAt"]:
        effect = N_("Both cities agreed on the plan, so the other side accepts this or refuses it.")
        fields = (*asks.fields, REASON)
        asks = replace(asks, fields=fields, effect=effect, button=N_("Propose it"))
    return await drawn(request, project, asks, form, status, errors)


async def drawn(
    request: AnyRequest,
    project: dict[str, Any],
    asks: Asked,
    form: Posted,
    status: int,
    errors: Any,
    *,
    adding: bool = True,
    **extra: Any,
) -> Page:
    """The plain form, for the partners' coordinators while the plan is open."""
    if status == 200:
        require_planner(project, await person_of(request), adding=adding)
    shown = {"project": project, "asks": asks, "form": form, "errors": errors, **extra}
    return draw(request, "results/form", {}, status=status, at=asks.address, **shown)

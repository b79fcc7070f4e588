"""Hiding an agreed project from the public and showing it again, as steps on its page."""

from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.errors import Forbidden
from tracker.domain.messages import say
from tracker.domain.projects import confidentiality
from tracker.domain.projects.asking import OF_CONFIDENTIALITY
from tracker.domain.projects.confidentiality import STANDINGS, Face, objection
from tracker.web.partners import partners
from tracker.web.steps import Step, Why, by_verb, of
from tracker.web.words import N_

STEPS = by_verb(
    Step(
        "ask_conceal",
        confidentiality.ask_conceal,
        N_("Ask to hide it from the public"),
        N_(
            "The mayors of both cities are asked. Once both agree, the public no longer sees"
            " anything of the project: not its page, its milestones, its outcomes, nor its place"
            " in lists and figures. The cities and the secretariat see it as before. Until then"
            " nothing changes."
        ),
        Why,
        "quiet",
    ),
    Step(
        "ask_disclose",
        confidentiality.ask_disclose,
        N_("Ask to show it to the public"),
        N_(
            "The mayors of both cities are asked. Once both agree, everybody sees what the"
            " project is about, its cities and dates, its milestones with their states, and the"
            " approved outcomes. Costs, evidence, reasons and unapproved values stay inside."
            " Until then nothing changes."
        ),
        Why,
        "quiet",
    ),
    Step(
        "conceal_at_once",
        confidentiality.conceal_at_once,
        N_("Hide it from the public at once"),
        N_(
            "To protect somebody or something: from this moment on the public no longer sees"
            " anything of the project. The cities and the secretariat see it as before. Only the"
            " mayors of both cities together can show it again."
        ),
        Why,
        "quiet",
    ),
)


def possible(project: dict[str, Any], actor: Actor) -> list[Step]:
    """What the actor may ask or do with the project of a page's data; the actions check again."""
    facts, face = partners(project, actor), _face(project)
    return of(
        STEPS,
        [
            verb
            for verb, standing in STANDINGS.items()
            if standing.holds(actor, facts) and not objection(verb, face)
        ],
    )


def require_possible(chosen: Step, project: dict[str, Any], actor: Actor) -> None:
    """Raises Forbidden with the reason why the actor is not asked what the step asks."""
    standing = STANDINGS[chosen.verb]
    if not standing.holds(actor, partners(project, actor)):
        raise Forbidden(say("Only {who} may do this.", who=standing.who))
    wrong = objection(chosen.verb, _face(project))
    if wrong:
        raise Forbidden(wrong)


def _face(project: dict[str, Any]) -> Face:
    asked = any(
        each["state"] == "PENDING" and each["kind"].lower() in OF_CONFIDENTIALITY
        for each in project["decisions"]["nodes"]
    )
    return Face(project["agreedAt"] is not None, project["confidential"], asked)

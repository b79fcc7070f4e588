"""Who takes part in a project, for the domain's rules about who may do what."""

from typing import Any

from tracker.domain.actor import PUBLIC, Actor
from tracker.domain.projects.rules import Partners
from tracker.web.templates import number_of


def partners(project: dict[str, Any], actor: Actor = PUBLIC) -> Partners:
    """The partners of a project that a page has read. Of its authors, only the actor is known:
    where the page asked for `proposedByViewer`."""
    mine = project.get("proposedByViewer") and actor.person_id
    return Partners(
        city_ids=[number_of(each["city"]["id"]) for each in project["participations"]["nodes"]],
        lead_city=number_of(project["leadCity"]["id"]),
        authors=[mine] if mine else [],
    )


def inside(project: dict[str, Any], actor: Actor) -> bool:
    """Whether the actor sees what stays among the partner cities and the secretariat."""
    return actor.secretariat or bool({*actor.city_ids} & {*partners(project).city_ids})

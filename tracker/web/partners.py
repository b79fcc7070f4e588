"""Who takes part in a project, for the domain's rules about who may do what."""

from typing import Any

from tracker.domain.projects.rules import Facts
from tracker.web.templates import number_of


def partners(project: dict[str, Any]) -> Facts:
    """As much of a project's facts as permissions look at, from what the page has read. The
    guards' part is left blank: the action looks for itself."""
    cities = [number_of(each["city"]["id"]) for each in project["participations"]["nodes"]]
    return Facts(
        city_ids=cities,
        lead_city=number_of(project["leadCity"]["id"]),
        sectors_total="",
        missing_endorsements=[],
        missing_signatures=[],
        milestones=0,
        open_milestones=[],
        sides_without_indicator=[],
        missing_values=[],
        missing_evaluations=[],
    )

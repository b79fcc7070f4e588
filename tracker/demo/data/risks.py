"""What could go wrong with the projects of the data, and what has."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.demo.data.shapes import D, R
from tracker.domain.projects.tables import Side
from tracker.domain.risks.tables import RiskCategory


@dataclass(frozen=True)
class Reckoning:
    """An assessment on a day: probability (0: it has happened), impact, what it goes by, and the
    day of the next review."""

    day: int
    probability: int
    impact: int
    review: int
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """A risk of one side, as it was assessed first and then again."""

    side: Side
    title: str
    category: RiskCategory
    mitigation: str
    reckonings: tuple[Reckoning, ...]


HAZARDS: Mapping[tuple[str, str], tuple[Hazard, ...]] = {
    ("frankfurt", "chengdu"): (
        Hazard(
            side=R,
            title="The permit software cannot read the land register",
            category=RiskCategory.TECHNICAL,
            mitigation="Read an extract each night until the interface is ready.",
            reckonings=(
                Reckoning(-60, 3, 4, -30),
                Reckoning(-28, 4, 4, 12, "The register's owner has put the interface off."),
            ),
        ),
        Hazard(
            side=D,
            title="The advisers are called back for Frankfurt's own programme",
            category=RiskCategory.ORGANISATIONAL,
            mitigation="Two colleagues follow every call.",
            reckonings=(Reckoning(-50, 2, 3, -6),),
        ),
    ),
    ("san-francisco", "mumbai"): (
        Hazard(
            side=R,
            title="Wards keep their own telephone numbers",
            category=RiskCategory.POLITICAL,
            mitigation="The commissioner visits each ward before it joins.",
            reckonings=(
                Reckoning(-60, 3, 3, -20),
                Reckoning(-18, 0, 4, 10, "Two wards have said no in writing."),
            ),
        ),
        Hazard(
            side=D,
            title="The open interface changes under the project",
            category=RiskCategory.TECHNICAL,
            mitigation="A version of it is frozen for Mumbai.",
            reckonings=(Reckoning(-60, 3, 3, -25), Reckoning(-24, 1, 3, 20, "It is frozen.")),
        ),
    ),
}
"""(donor, recipient) -> the risks of their project."""

"""Evaluation: one city's answers to the OECD-DAC criteria and the G20 Rome principles, and Lesson:
what it would have the next pair of cities know."""

from typing import Any

from piccolo.columns import Array, ForeignKey, Integer, Serial, SmallInt, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, at_most
from tracker.domain.database import DB
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project

CRITERIA = (
    *("relevance", "coherence", "effectiveness"),
    *("efficiency", "impact", "sustainability"),
)
"""The six criteria of OECD-DAC (Better Criteria for Better Evaluation, 2019), in its order."""

PRINCIPLES = (
    *("territorial_approach", "multi_level_governance", "rural_urban_continuum"),
    *("peer_to_peer_learning", "metrics_and_indicators", "monitoring_and_evaluation"),
    *("capacity_development", "stakeholder_engagement", "financing", "digitalisation"),
)
"""The ten G20 Rome High-Level Principles on city-to-city partnerships for localising the SDGs
(G20 Development Working Group, 2021), by their short names in OECD (2023), City-to-City
Partnerships to Localise the Sustainable Development Goals, whose self-assessment asks of each how
far a partnership has come, from 1 to 5."""

CRITERION_MOST, PRINCIPLE_MOST = 6, 5
"""The best score of a criterion, of a principle. Each scale begins at 1."""


def _principle(question: str) -> Any:
    return SmallInt(null=True, default=None, help_text=f"{question} 1 to 5; a G20 Rome principle.")


def _criterion(question: str) -> Any:
    return SmallInt(null=True, default=None, help_text=f"{question} 1 to 6; an OECD-DAC criterion.")


def _within(names: tuple[str, ...], most: int) -> Check:
    listed = ", ".join(names)
    return Check(f"least({listed}) >= 1 AND greatest({listed}) <= {most}")


class Evaluation(Table, tablename="evaluation", db=DB):
    """One city's closing evaluation: the OECD-DAC criteria on a six-point scale (6 is best), the
    G20 Rome principles from 1 to 5. A draft of its city's until it is submitted."""

    id: Serial
    project = ForeignKey(Project, on_delete=RESTRICT, null=False, help_text="The project.")
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="The city that evaluates.")
    relevance = _criterion("Is the project doing the right things?")
    coherence = _criterion("How well does it fit with other work?")
    effectiveness = _criterion("Did it achieve its objectives?")
    efficiency = _criterion("How well were resources used?")
    impact = _criterion("What difference does it make?")
    sustainability = _criterion("Will the benefits last?")
    territorial_approach = _principle("Does it serve what the place itself needs?")
    multi_level_governance = _principle("Did it work together with regional and national levels?")
    rural_urban_continuum = _principle("Does it reach the surroundings of the city as well?")
    peer_to_peer_learning = _principle("Did both cities learn from each other?")
    metrics_and_indicators = _principle("Were its indicators fit to show what changed?")
    monitoring_and_evaluation = _principle("Was it followed and judged openly throughout?")
    capacity_development = _principle("Can the people of both cities do more now?")
    stakeholder_engagement = _principle("Were those whom it concerns part of it?")
    financing = _principle("Was its money well planned, and is what follows paid for?")
    digitalisation = _principle("Did it make good use of digital means, for everybody?")
    remarks = Text(help_text="Anything else, for the partner cities and the secretariat only.")
    author = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who filled it in.")
    submitted_at = Timestamptz(
        null=True, default=None, help_text="When it was submitted; null while it is a draft."
    )
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    evaluation_scores_are_one_to_six = _within(CRITERIA, CRITERION_MOST)
    evaluation_principles_are_one_to_five = _within(PRINCIPLES, PRINCIPLE_MOST)
    evaluation_is_complete_once_submitted = Check(
        f"submitted_at IS NULL OR num_nulls({', '.join(CRITERIA)}) = 0"
    )
    evaluation_remarks_are_short_enough = at_most("remarks")
    evaluation_is_once_per_city = Unique([project, city])


class Lesson(Table, tablename="lesson", db=DB):
    """What a city learnt in a project, for the next pair of cities."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    evaluation = ForeignKey(
        Evaluation, on_delete=RESTRICT, null=False, index=True,
        help_text="The evaluation that it is part of.",
    )  # fmt: skip
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="The city that learnt it.")
    title = Varchar(length=200, help_text="The lesson in one line.")
    narrative = Text(help_text="What happened, and what to do about it.")
    themes = Array(
        base_column=Varchar(length=60), help_text="The project's themes, as lower-case words."
    )

    lesson_narrative_is_short_enough = at_most("narrative")

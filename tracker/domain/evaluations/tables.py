"""Evaluation: one city's answers to the OECD-DAC criteria."""

from piccolo.columns import ForeignKey, Serial, SmallInt, Text, Timestamptz
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, at_most
from tracker.domain.database import DB
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project


class Evaluation(Table, tablename="evaluation", db=DB):
    """One city's closing evaluation by the OECD-DAC criteria, six-point scale (6 is best)."""

    id: Serial
    project = ForeignKey(Project, on_delete=RESTRICT, null=False, help_text="The project.")
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="The city that evaluates.")
    relevance = SmallInt(help_text="Is the project doing the right things? 1 to 6.")
    coherence = SmallInt(help_text="How well does it fit with other work? 1 to 6.")
    effectiveness = SmallInt(help_text="Did it achieve its objectives? 1 to 6.")
    efficiency = SmallInt(help_text="How well were resources used? 1 to 6.")
    impact = SmallInt(help_text="What difference does it make? 1 to 6.")
    sustainability = SmallInt(help_text="Will the benefits last? 1 to 6.")
    lessons = Text(help_text="Lessons learned, for the next pair of cities.")
    author = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who filled it in.")
    submitted_at = Timestamptz(help_text="When it was submitted.")

    evaluation_scores_are_one_to_six = Check(
        "least(relevance, coherence, effectiveness, efficiency, impact, sustainability) >= 1 AND"
        " greatest(relevance, coherence, effectiveness, efficiency, impact, sustainability) <= 6"
    )
    evaluation_lessons_are_short_enough = at_most("lessons")
    evaluation_is_once_per_city = Unique([project, city])

"""Risk: what could go wrong with a project, or an issue: what has."""

from piccolo.columns import Date, ForeignKey, Integer, Serial, SmallInt, Text, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, at_most, one_of, possible_day
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project


class RiskType(Meaning):
    """Whether it may happen or has."""

    RISK = "risk", "It may happen; how likely that is, is estimated."
    ISSUE = "issue", "It has happened and is to be dealt with; it has no probability."


class RiskCategory(Meaning):
    """Where it comes from."""

    POLITICAL = "political", "Elections, priorities, support by those who decide."
    LEGAL = "legal", "Laws, contracts, licences, data protection."
    FINANCIAL = "financial", "Money that is late, lacking or worth less."
    TECHNICAL = "technical", "Software, data, networks, security."
    ORGANISATIONAL = "organisational", "People, skills, how offices work together."
    PARTNERSHIP = "partnership", "How the two cities understand and trust each other."
    EXTERNAL = "external", "What neither city has in its hands: disasters, markets, epidemics."


class RiskState(Meaning):
    """Whether somebody still has to look after it."""

    OPEN = "open", "It may happen; its owner watches it. Of risks only."
    OCCURRED = "occurred", "It has happened and is being dealt with. Of issues only."
    MITIGATED = "mitigated", "What was done about it works; nobody has to watch it any more."
    CLOSED = "closed", "It cannot happen any more, or is over."


class RiskLevel(Meaning):
    """How much a score is, in words."""

    LOW = "low", "A score from 1 to 4."
    MODERATE = "moderate", "A score from 5 to 9."
    HIGH = "high", "A score from 10 to 14."
    CRITICAL = "critical", "A score from 15 to 25."


class RiskTrend(Meaning):
    """Where a score has gone since it was assessed before."""

    RISING = "rising", "The score is higher than before."
    STEADY = "steady", "It was assessed again and is what it was."
    FALLING = "falling", "The score is lower than before."
    UNKNOWN = "unknown", "It has been assessed only once."


class Risk(Table, tablename="risk", db=DB):
    """What could go wrong with a project, or an issue: what has."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    city = ForeignKey(
        City, on_delete=RESTRICT, null=False, index=True, help_text="The partner city that owns it."
    )
    person = ForeignKey(
        Person,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="Who looks after it for that city; none: its coordinators together.",
    )
    type = Varchar(
        length=20,
        choices=RiskType,
        default=RiskType.RISK,
        help_text="Whether it may happen or has.",
    )
    title = Varchar(length=200, help_text="What may happen, or has, in one line.")
    description = Text(help_text="Why it may happen and what it would do.")
    category = Varchar(
        length=20,
        choices=RiskCategory,
        default=RiskCategory.ORGANISATIONAL,
        help_text="Where it comes from.",
    )
    probability = SmallInt(
        null=True,
        default=None,
        help_text="How likely it is, 1 (hardly) to 5 (almost certain); none of an issue.",
    )
    impact = SmallInt(help_text="How bad it would be or is, 1 (hardly felt) to 5 (severe).")
    mitigation = Text(help_text="What is done about it.")
    review_on = Date(
        help_text="When to look at it again, a civil date in the owner city's time zone."
    )
    occurred_on = Date(null=True, default=None, help_text="When it happened; none of a risk.")
    state = Varchar(
        length=20,
        choices=RiskState,
        default=RiskState.OPEN,
        help_text="Whether somebody still has to look after it.",
    )
    state_reason = Text(
        null=True, default=None, help_text="Why it counts as mitigated, closed, or open again."
    )
    assessment_note = Text(null=True, default=None, help_text="What the last assessment goes by.")
    assessed_at = Timestamptz(help_text="When its probability and impact were last estimated.")
    created_at = Timestamptz(help_text="When it was written down.")
    updated_at = Timestamptz(help_text="When it was last changed.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    risk_type_is_known = one_of("type", RiskType)
    risk_category_is_known = one_of("category", RiskCategory)
    risk_state_is_known = one_of("state", RiskState)
    risk_description_is_short_enough = at_most("description")
    risk_mitigation_is_short_enough = at_most("mitigation")
    risk_probability_is_one_to_five = Check("probability BETWEEN 1 AND 5")
    risk_impact_is_one_to_five = Check("impact BETWEEN 1 AND 5")
    risk_has_a_probability_unless_it_is_an_issue = Check("(type = 'issue') = (probability IS NULL)")
    risk_has_occurred_if_it_is_an_issue = Check("(type = 'issue') = (occurred_on IS NOT NULL)")
    risk_state_fits_its_type = Check(
        "state <> CASE type WHEN 'issue' THEN 'open' ELSE 'occurred' END"
    )
    risk_settled_has_a_reason = Check(
        "state IN ('open', 'occurred') OR coalesce(state_reason, '') <> ''"
    )
    risk_review_on_is_possible = possible_day("review_on")
    risk_occurred_on_is_possible = possible_day("occurred_on")

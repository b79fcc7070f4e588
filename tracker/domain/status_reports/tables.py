"""StatusReport and its addenda."""

from piccolo.columns import Bytea, Date, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, at_most, one_of, possible_day
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Health, Project


class StatusReportState(Meaning):
    """Whether a status report can still change."""

    DRAFT = "draft", "Drafted by the tracker; its city completes it, and nobody else reads it."
    PUBLISHED = "published", "Frozen for good; what was wrong or is new is told in addenda."


class StatusReport(Table, tablename="status_report", db=DB):
    """What one partner city says of a project's period. Once published it never changes: the
    database refuses it."""

    id: Serial
    project = ForeignKey(Project, on_delete=RESTRICT, null=False, help_text="The project.")
    city = ForeignKey(
        City, on_delete=RESTRICT, null=False, index=True, help_text="The city that reports."
    )
    starts_on = Date(help_text="First day of the period.")
    ends_on = Date(help_text="Last day of the period, included.")
    due_on = Date(help_text="Until when it is to be published, a civil date in the city's zone.")
    state = Varchar(
        length=20,
        choices=StatusReportState,
        default=StatusReportState.DRAFT,
        help_text="Draft or published.",
    )
    schedule = Varchar(
        length=20, choices=Health, null=True, default=None, help_text="How the schedule fares."
    )
    outcomes = Varchar(
        length=20, choices=Health, null=True, default=None, help_text="How the outcomes fare."
    )
    budget = Varchar(
        length=20, choices=Health, null=True, default=None, help_text="How the budget fares."
    )
    partnership = Varchar(
        length=20, choices=Health, null=True, default=None, help_text="How the partnership fares."
    )
    health = Varchar(
        length=20,
        choices=Health,
        null=True,
        default=None,
        help_text="The worst of the four; none until all of them are told.",
    )
    achieved = Text(default="", help_text="What was achieved in the period.")
    next = Text(default="", help_text="What comes next.")
    at_risk = Text(default="", help_text="What is at risk, and what is done about it.")
    decision_needed = Text(default="", help_text="What somebody has to decide, who, until when.")
    author = ForeignKey(
        Person,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="Who last worked on it; of a published one, who published it.",
    )
    created_at = Timestamptz(help_text="When it was drafted.")
    published_at = Timestamptz(null=True, default=None, help_text="When it was published.")
    # Secret, so that the trail has its hash alone: the text is as large as the report.
    snapshot = Bytea(
        null=True, default=None, secret=True, help_text="The report and its figures, frozen."
    )
    sha256 = Varchar(
        length=64, null=True, default=None, help_text="SHA-256 of the document, hexadecimal."
    )
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    status_report_state_is_known = one_of("state", StatusReportState)
    status_report_schedule_is_known = one_of("schedule", Health)
    status_report_outcomes_is_known = one_of("outcomes", Health)
    status_report_budget_is_known = one_of("budget", Health)
    status_report_partnership_is_known = one_of("partnership", Health)
    status_report_health_is_known = one_of("health", Health)
    status_report_starts_on_is_possible = possible_day("starts_on")
    status_report_due_on_is_possible = possible_day("due_on")
    status_report_starts_before_it_ends = Check("starts_on <= ends_on AND ends_on <= due_on")
    status_report_achieved_is_short_enough = at_most("achieved")
    status_report_next_is_short_enough = at_most("next")
    status_report_at_risk_is_short_enough = at_most("at_risk")
    status_report_decision_needed_is_short_enough = at_most("decision_needed")
    status_report_published_is_complete = Check(
        "state <> 'published' OR (num_nulls(health, author, published_at, snapshot, sha256) = 0"
        " AND '' NOT IN (achieved, next, at_risk, decision_needed))"
    )
    status_report_hash_is_of_its_snapshot = Check(
        "state <> 'published' OR sha256 = encode(sha256(snapshot), 'hex')"
    )
    status_report_is_once_per_city_and_period = Unique([project, city, starts_on])


class Addendum(Table, tablename="addendum", db=DB):
    """What a city adds to a report that it has published. Rows are only ever added."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    status_report = ForeignKey(
        StatusReport, on_delete=RESTRICT, null=False, index=True, help_text="The report."
    )
    text = Text(help_text="What was wrong in the report, or has become known since.")
    author = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who added it.")
    created_at = Timestamptz(help_text="When it was added.")

    addendum_says_something = Check("text <> ''")
    addendum_text_is_short_enough = at_most("text")

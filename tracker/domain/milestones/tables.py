"""Milestone and Evidence."""

from typing import Any

from piccolo.columns import Date, ForeignKey, Integer, Serial, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.reference import LazyTableReference
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, at_most, one_of, possible_day
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project


class MilestoneKind(Meaning):
    """What sort of step a milestone is."""

    DELIVERABLE = "deliverable", "Something is handed over, such as software or a manual."
    AGREEMENT = "agreement", "The partners settle something in writing."
    TRAINING = "training", "People learn to do it themselves."
    WORKSHOP = "workshop", "Both cities work on a question together."
    STUDY_VISIT = "study_visit", "People of one city see the practice at work in the other."
    GO_LIVE = "go_live", "The service opens to those it is for."
    EVALUATION = "evaluation", "The partners look back on what was reached."


class MilestoneState(Meaning):
    """How far a milestone is."""

    PLANNED = "planned", "Agreed or proposed; work on it has not begun."
    IN_PROGRESS = "in_progress", "Its city works on it, or works on it again after a return."
    SUBMITTED = "submitted", "Reported as done with evidence; the other city is to judge it."
    ACCEPTED = "accepted", "The other city found it done by the acceptance criteria; settled."
    MISSED = (
        "missed",
        "Declared as not reached in time, with a reason; it can still be submitted or waived.",
    )
    WAIVED = "waived", "No longer expected, for a stated reason; settled."


class Milestone(Table, tablename="milestone", db=DB):
    """A step of a project that one city owns and the other accepts."""

    id: Serial
    project = ForeignKey(Project, on_delete=RESTRICT, null=False, help_text="The project.")
    city = ForeignKey(
        City, on_delete=RESTRICT, null=False, index=True, help_text="The city that owns the step."
    )
    title = Varchar(length=200, help_text="What will be there when it is done.")
    kind = Varchar(
        length=20,
        choices=MilestoneKind,
        default=MilestoneKind.DELIVERABLE,
        help_text="What sort of step it is.",
    )
    acceptance_criteria = Text(help_text="How the other city can tell that it is done.")
    weight = SmallInt(default=1, help_text="Its weight in the project's progress, 1 to 100.")
    baseline_due_on = Date(
        null=True, default=None, help_text="Due date at agreement; frozen from then on."
    )
    due_on = Date(help_text="Due date, a civil date in the owner city's time zone.")
    completed_on = Date(
        null=True,
        default=None,
        help_text="When it was really done; null until it is handed in, and again when returned.",
    )
    state = Varchar(
        length=20,
        choices=MilestoneState,
        default=MilestoneState.PLANNED,
        help_text="How far it is.",
    )
    state_reason = Text(null=True, default=None, help_text="Why it was returned, missed or waived.")
    moves = SmallInt(default=0, help_text="How often the due date was moved after agreement.")
    move_reason = Text(null=True, default=None, help_text="Why it was last moved.")
    submitted_by = ForeignKey(
        Person,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="Who submitted it for acceptance.",
    )
    created_at = Timestamptz(help_text="When it was planned.")
    updated_at = Timestamptz(help_text="When it was last changed.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    milestone_kind_is_known = one_of("kind", MilestoneKind)
    milestone_state_is_known = one_of("state", MilestoneState)
    milestone_weight_is_one_to_a_hundred = Check("weight BETWEEN 1 AND 100")
    milestone_acceptance_criteria_are_short_enough = at_most("acceptance_criteria")
    milestone_baseline_due_on_is_possible = possible_day("baseline_due_on")
    milestone_due_on_is_possible = possible_day("due_on")
    milestone_completed_on_is_possible = possible_day("completed_on")
    milestone_accepted_has_a_date = Check("state <> 'accepted' OR completed_on IS NOT NULL")
    milestone_done_is_handed_in = Check(
        "completed_on IS NULL OR state IN ('submitted', 'accepted')"
    )
    milestone_missed_or_waived_has_a_reason = Check(
        "state NOT IN ('missed', 'waived') OR coalesce(state_reason, '') <> ''"
    )


class PlannedDate(Table, tablename="planned_date", db=DB):
    """A due date that a milestone had, from the agreement of the plan on: a view over its past (see
    the migration), so nobody writes it. What was planned before nobody had agreed to."""

    id: Serial
    project = ForeignKey(Project, on_delete=RESTRICT, null=False, help_text="The project.")
    milestone = ForeignKey(Milestone, on_delete=RESTRICT, null=False, help_text="The milestone.")
    number = Integer(help_text="Which date it is: 0 is the baseline, 1 the first move, and so on.")
    due_on = Date(help_text="Due date, a civil date in the owner city's time zone.")
    since = Timestamptz(help_text="From when on the milestone was due then.")
    until = Timestamptz(
        null=True, default=None, help_text="When it was moved away from; null of the present date."
    )


VALUE = LazyTableReference("Value", module_path="tracker.domain.outcomes.tables")


class Evidence(Table, tablename="evidence", db=DB):
    """A link or a file that shows that a milestone was reached, or that a value is true."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    milestone = ForeignKey(
        Milestone,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The milestone that it shows; none where it shows a value.",
    )
    value: ForeignKey[Any] = ForeignKey(
        VALUE,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The value that it shows; none where it shows a milestone.",
    )
    title = Varchar(length=200, help_text="What the reader will find there.")
    url = Varchar(
        length=2000, null=True, default=None, help_text="Address, https or http; none of a file."
    )
    file_key = Varchar(
        length=32, null=True, default=None, secret=True, help_text="Where the store keeps the file."
    )
    file_name = Varchar(
        length=200, null=True, default=None, help_text="The file's name, as its sender had it."
    )
    media_type = Varchar(
        length=100, null=True, default=None, help_text="What the file is, by its bytes."
    )
    size = Integer(null=True, default=None, help_text="Bytes of the file.")
    sha256 = Varchar(
        length=64, null=True, default=None, help_text="SHA-256 of the file's bytes, hexadecimal."
    )
    author = ForeignKey(
        Person, on_delete=RESTRICT, null=True, default=None, help_text="Who attached it."
    )
    created_at = Timestamptz(help_text="When it was attached.")

    evidence_url_is_a_web_address = Check("url ~ '^https?://'")
    evidence_shows_one_thing = Check("num_nonnulls(milestone, value) = 1")
    evidence_is_attached_once = Unique([milestone, url])
    evidence_of_a_value_is_attached_once = Unique([value, url])
    evidence_is_a_link_or_a_whole_file = Check(
        "num_nulls(file_key, file_name, media_type, size, sha256) = CASE WHEN url IS NULL THEN 0"
        " ELSE 5 END"
    )
    evidence_file_is_attached_once = Unique([milestone, sha256])
    evidence_file_of_a_value_is_attached_once = Unique([value, sha256])
    evidence_file_is_kept_once = Unique([file_key])

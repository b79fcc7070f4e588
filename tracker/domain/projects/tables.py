"""Project with its partners, sectors and decisions."""

from decimal import Decimal

from piccolo.columns import (
    Array,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    Serial,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, at_most, one_of, possible_day
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning
from tracker.domain.people.tables import Person
from tracker.domain.practices.tables import Practice
from tracker.domain.projects.states import Health as Health
from tracker.domain.projects.states import ProjectState as ProjectState
from tracker.domain.projects.states import ReportingRhythm as ReportingRhythm
from tracker.domain.requests.tables import Request


class Side(Meaning):
    """On which side of the exchange a city takes part."""

    DONOR = "donor", "Offers the practice that is transferred."
    RECIPIENT = "recipient", "Takes the practice over and adapts it."
    CO_DONOR = "co_donor", "Offers it together with the donor."
    CO_RECIPIENT = "co_recipient", "Takes it over together with the recipient."


class OrganisationRole(Meaning):
    """IATI organisation role of a participating city (codes 1 to 4)."""

    FUNDING = "funding", "Pays for the activity (IATI code 1)."
    ACCOUNTABLE = "accountable", "Answers for the activity and its outcomes (IATI code 2)."
    EXTENDING = (
        "extending",
        "Directs it on behalf of who pays, or gives the expertise (IATI code 3).",
    )
    IMPLEMENTING = "implementing", "Carries it out on the ground (IATI code 4)."


class DecisionKind(Meaning):
    """What is decided."""

    ENDORSE = (
        "endorse",
        "Stand behind the proposal; all partners must before the project can be agreed.",
    )
    SIGN = "sign", "Sign the agreement; all partners must before the project can start."
    ACCEPT = (
        "accept",
        "Accept what was brought about; all recipient cities must before the project is closed.",
    )
    ESCALATE = "escalate", "Answer a question that the coordinators cannot settle among themselves."
    WAIVE = "waive", "Do without something that the project's next state asks for, with a reason."
    CONCEAL = "conceal", "Hide the agreed project from the public, once all partners say so."
    DISCLOSE = "disclose", "Show the project to the public again, once all partners say so."


class DecisionRole(Meaning):
    """Who settles a decision."""

    MAYOR = "mayor", "The mayor of the city, or their deputy."
    OFFICER = "officer", "An officer of the secretariat; the city is the one that asks."


class Requirement(Meaning):
    """What a state of a project asks for and the secretariat may do without: names of guards."""

    PLANNED = "planned", "A milestone before the work starts."
    MEASURABLE = "measurable", "An indicator with baseline and target for each side that benefits."
    FINISHED = "finished", "Every milestone accepted or waived before the work counts as done."
    REPORTED = "reported", "Every value that fell due approved or waived before closing."
    EVALUATED = "evaluated", "The closing evaluation of every partner city."


class DecisionState(Meaning):
    """Whether a decision has been made, and how."""

    PENDING = "pending", "Awaits the mayor."
    GIVEN = "given", "The mayor said yes."
    REFUSED = "refused", "The mayor said no, with a reason."
    LAPSED = (
        "lapsed",
        "Settled by nobody, because the project moved on and it is not asked for any more.",
    )


class Project(Table, tablename="project", db=DB):
    """A joint project of a donor city and a recipient city."""

    id: Serial
    code = Varchar(length=20, unique=True, help_text="Human reference, such as ES-2026-0042.")
    title = Varchar(length=200, help_text="Short public title.")
    summary = Text(help_text="What is done, for whom, and what should change.")
    practice = ForeignKey(
        Practice,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The practice that is transferred.",
    )
    request = ForeignKey(
        Request,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The request that it answers.",
    )
    lead_city = ForeignKey(
        City, on_delete=RESTRICT, null=False, help_text="The city that drafted the proposal."
    )
    # Copies of what `participation` says: reads need them a hundred times a page, and a foreign
    # key of the migrations keeps each true.
    donor_city = ForeignKey(
        City,
        on_delete=RESTRICT,
        null=False,
        index=True,
        help_text="The city that offers the practice.",
    )
    recipient_city = ForeignKey(
        City,
        on_delete=RESTRICT,
        null=False,
        index=True,
        help_text="The city that takes it over.",
    )
    themes = Array(base_column=Varchar(length=60), help_text="Themes, as lower-case words.")
    sdg_goals = Array(
        base_column=SmallInt(), help_text="United Nations sustainable development goals, 1 to 17."
    )
    state = Varchar(
        length=20,
        choices=ProjectState,
        default=ProjectState.DRAFT,
        help_text="Where the project stands in its lifecycle.",
    )
    state_reason = Text(
        null=True, default=None, help_text="Why it was returned, suspended, ended or reopened."
    )
    reported_health = Varchar(
        length=20,
        choices=Health,
        null=True,
        default=None,
        help_text="Health as the coordinators report it; kept apart from the computed one.",
    )
    confidential = Boolean(
        default=False, help_text="Whether it stays hidden from the public after agreement."
    )
    confidentiality_reason = Text(
        null=True,
        default=None,
        help_text="Why it was last hidden at once, or asked to be hidden or shown.",
    )
    planned_start_on = Date(help_text="First planned day.")
    planned_end_on = Date(help_text="Last planned day.")
    actual_start_on = Date(
        null=True,
        default=None,
        help_text="When work really began; it may have been before the agreement.",
    )
    actual_end_on = Date(null=True, default=None, help_text="When work really ended.")
    amber_days = SmallInt(
        default=7, help_text="A milestone this many days late turns the schedule amber."
    )
    red_days = SmallInt(
        default=30, help_text="A milestone later than this many days turns the schedule red."
    )
    amber_share = Numeric(
        digits=(3, 2),
        default=Decimal("0.90"),
        help_text="An indicator with less than this share of what should be reached by then turns"
        " outcomes amber.",
    )
    red_share = Numeric(
        digits=(3, 2),
        default=Decimal("0.60"),
        help_text="An indicator with less than this share of what should be reached by then turns"
        " outcomes red.",
    )
    stale_days = SmallInt(
        default=30,
        help_text="After this many days without an update nobody calls it green, and so long a"
        " value may be missing.",
    )
    reporting_rhythm = Varchar(
        length=20,
        choices=ReportingRhythm,
        default=ReportingRhythm.QUARTERLY,
        help_text="How often each partner city reports on it.",
    )
    reports_since = Date(
        null=True,
        default=None,
        help_text="First day that the partner cities report on; none before the work began.",
    )
    created_at = Timestamptz(help_text="When it was drafted.")
    submitted_at = Timestamptz(null=True, default=None, help_text="When it was first submitted.")
    reviewed_at = Timestamptz(
        null=True,
        default=None,
        help_text="When it was last taken under review; only endorsements given since then count.",
    )
    agreed_at = Timestamptz(null=True, default=None, help_text="When it was agreed.")
    ended_at = Timestamptz(
        null=True, default=None, help_text="When it was closed, cancelled, rejected or withdrawn."
    )
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    project_state_is_known = one_of("state", ProjectState)
    project_reported_health_is_known = one_of("reported_health", Health)
    project_reporting_rhythm_is_known = one_of("reporting_rhythm", ReportingRhythm)
    project_reports_since_is_possible = possible_day("reports_since")
    project_planned_start_on_is_possible = possible_day("planned_start_on")
    project_planned_end_on_is_possible = possible_day("planned_end_on")
    project_actual_start_on_is_possible = possible_day("actual_start_on")
    project_actual_end_on_is_possible = possible_day("actual_end_on")
    project_starts_before_it_ends = Check("planned_start_on < planned_end_on")
    project_actually_starts_before_it_ends = Check("actual_start_on <= actual_end_on")
    project_amber_comes_before_red = Check("0 <= amber_days AND amber_days < red_days")
    project_red_share_is_below_amber = Check(
        "0 <= red_share AND red_share < amber_share AND amber_share <= 1"
    )
    project_stale_days_are_possible = Check("stale_days BETWEEN 1 AND 366")
    project_summary_is_short_enough = at_most("summary")
    project_sdg_goals_exist = Check(
        "sdg_goals <@ ARRAY[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]::smallint[]"
    )
    # A tsvector holds each word once. What is named twice would count twice in the portfolio.
    project_sdg_goals_are_named_once = Check(
        "length(array_to_tsvector(sdg_goals::text[])) = cardinality(sdg_goals)"
    )
    project_themes_are_named_once = Check(
        "length(array_to_tsvector(themes::text[])) = cardinality(themes)"
    )


class Participation(Table, tablename="participation", db=DB):
    """A city's part in a project."""

    id: Serial
    project = ForeignKey(Project, on_delete=RESTRICT, null=False, help_text="The project.")
    city = ForeignKey(
        City, on_delete=RESTRICT, null=False, index=True, help_text="The partner city."
    )
    side = Varchar(length=20, choices=Side, help_text="On which side the city takes part.")
    organisation_role = Varchar(
        length=20, choices=OrganisationRole, help_text="IATI organisation role of the city."
    )

    participation_side_is_known = one_of("side", Side)
    participation_organisation_role_is_known = one_of("organisation_role", OrganisationRole)
    participation_is_once_per_city = Unique([project, city])


class Sector(Table, tablename="sector", db=DB):
    """The share of a project that serves one OECD-DAC sector."""

    id: Serial
    project = ForeignKey(Project, on_delete=RESTRICT, null=False, help_text="The project.")
    code = Varchar(length=5, help_text="OECD-DAC five-digit purpose code.")
    percentage = Numeric(
        digits=(5, 2), help_text="Share of the project; all shares sum to exactly 100."
    )

    sector_code_has_five_digits = Check("code ~ '^[0-9]{5}$'")
    sector_percentage_is_a_share = Check("percentage > 0 AND percentage <= 100")
    sector_is_once_per_project = Unique([project, code])


class Decision(Table, tablename="decision", db=DB):
    """Something that only a named role can settle: a city's mayor, or the secretariat."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, index=True, help_text="The project."
    )
    city = ForeignKey(
        City,
        on_delete=RESTRICT,
        null=False,
        index=True,
        help_text="Whose mayor decides; of what the secretariat decides, the city that asks.",
    )
    kind = Varchar(length=20, choices=DecisionKind, help_text="What is decided.")
    state = Varchar(
        length=20,
        choices=DecisionState,
        default=DecisionState.PENDING,
        help_text="Pending, given, refused, or lapsed because the project moved on.",
    )
    deadline_on = Date(help_text="Until when, a civil date in the city's time zone.")
    decided_by = ForeignKey(
        Person, on_delete=RESTRICT, null=True, default=None, help_text="Who decided."
    )
    on_behalf_of = ForeignKey(
        Person,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The mayor whose deputy decided, if so.",
    )
    decided_at = Timestamptz(null=True, default=None, help_text="When it was decided.")
    reason = Text(null=True, default=None, help_text="Why it was refused.")
    role = Varchar(
        length=20,
        choices=DecisionRole,
        default=DecisionRole.MAYOR,
        help_text="Who settles it.",
    )
    question = Text(
        null=True, default=None, help_text="What is asked, or why something should be waived."
    )
    answer = Text(null=True, default=None, help_text="The answer to an escalated question.")
    lapsed_at = Timestamptz(
        null=True,
        default=None,
        help_text="Since when what was given counts no more, because the project was taken back.",
    )
    requirement = Varchar(
        length=20,
        choices=Requirement,
        null=True,
        default=None,
        help_text="What would be done without, where that is decided.",
    )
    created_at = Timestamptz(help_text="When it was asked for.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    decision_kind_is_known = one_of("kind", DecisionKind)
    decision_state_is_known = one_of("state", DecisionState)
    decision_deadline_on_is_possible = possible_day("deadline_on")
    decision_has_who_and_when_once_made = Check(
        "(state IN ('given', 'refused')) = (decided_at IS NOT NULL)"
        " AND (decided_at IS NULL) = (decided_by IS NULL)"
    )
    decision_role_is_known = one_of("role", DecisionRole)
    decision_requirement_is_known = one_of("requirement", Requirement)
    decision_question_is_short_enough = at_most("question")
    decision_answer_is_short_enough = at_most("answer")
    decision_asks_something_where_somebody_raised_it = Check(
        "(kind IN ('escalate', 'waive')) = (coalesce(question, '') <> '')"
    )
    decision_answers_what_was_escalated = Check(
        "(kind = 'escalate' AND state = 'given') = (coalesce(answer, '') <> '')"
    )
    decision_waives_one_requirement = Check("(kind = 'waive') = (requirement IS NOT NULL)")
    decision_is_the_secretariats_where_it_may_be = Check(
        "CASE kind WHEN 'waive' THEN role = 'officer' WHEN 'escalate' THEN true"
        " ELSE role = 'mayor' END"
    )
    decision_lapses_only_once_given = Check("lapsed_at IS NULL OR state = 'given'")
    decision_refused_has_a_reason = Check("state <> 'refused' OR coalesce(reason, '') <> ''")

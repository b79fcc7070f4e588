"""What arguments and inputs say of themselves where no column says it for them."""

from collections.abc import Mapping
from dataclasses import MISSING, Field
from enum import Enum
from typing import Any

from piccolo.columns import Column, Text, Varchar

from tracker.domain.problems import TEXT_MOST

VERSION = (
    "The version you looked at. If somebody changed the row since, nothing is done and the problem"
    " names what changed; left out, the change is made whatever the row is like now."
)

ITEMS = "At most 100, each about another row; all of them are done or none."

REASON = f"Why, for those it concerns: at most {TEXT_MOST:,} characters, not empty."

WORDS: Mapping[str, str] = {
    "seen_version": VERSION,
    "drafts": ITEMS,
    "reason": REASON,
    "file": "The file, sent after the GraphQL multipart request specification.",
    "RiskAssessment.note": f"What the assessment goes by: at most {TEXT_MOST:,} characters.",
    "RiskOccurrence.note": f"What is known of how it came about: at most {TEXT_MOST:,} characters.",
    "note": f"What is wrong with the value: at most {TEXT_MOST:,} characters, not empty.",
    "health": "How the project fares, as its people judge it.",
    "themes": "Themes, as lower-case words of at most 60 characters; at most 10.",
    "sectors": "OECD-DAC sectors; none, or shares that sum to exactly 100 per cent.",
    "periods": "Its first stretches of time with their targets; at most 60, none overlapping.",
    "rhythm": "How often each partner city reports, from the next period on.",
    "text": f"What to add: at most {TEXT_MOST:,} characters, not empty.",
    "add_addendum.status_report_id": "The published report that it is added to.",
    "StatusReportDraft.schedule": "How the schedule fares; left out while nobody has said.",
    "StatusReportDraft.outcomes": "How the outcomes fare; left out while nobody has said.",
    "StatusReportDraft.budget": "How the budget fares; left out while nobody has said.",
    "StatusReportDraft.partnership": "How the cities fare together; left out until it is said.",
    "move.reason": f"Why, for those it concerns: at most {TEXT_MOST:,} characters.",
    "moves": "Milestones that would be due on other days.",
    "PlanChangeDraft.planned_end_on": "The last day that the project would be planned for; left out"
    " where it stays.",
    "new_milestones": "Milestones that cities would take on besides.",
    "weights": "Milestones that would count more, or less, in the progress.",
    "targets": "Periods in which something else would be reached for.",
    "new_indicators": "Indicators that would measure the project's results besides.",
    "adopted": "Ready indicators of the library that the project would measure besides.",
    "new_periods": "Periods that the project's indicators would get besides.",
    "new_series": "Stretches of time that would be cut into periods of the project's indicators.",
    "new_lines": "What cities would set aside besides.",
    "changed_lines": "Budget lines as they would be, each whole.",
    "removed_lines": "Budget lines for which nothing would be set aside any more.",
    "propose.city_id": "The partner city that proposes it: one of your own.",
    "MilestoneMove.due_on": "The day on which it would be due, in its city's time zone.",
    "MilestoneMove.milestone_id": "The milestone, one of the project's.",
    "NewMilestone.title": "What will be there when it is done.",
    "NewMilestone.kind": "What sort of step it is.",
    "NewMilestone.city_id": "The partner city that owns it.",
    "NewMilestone.due_on": "Due date, a civil date in the owner city's time zone.",
    "NewMilestone.acceptance_criteria": "How the other city can tell that it is done.",
    "NewMilestone.weight": "Its weight in the project's progress, 1 to 100.",
    "NewIndicator.result_id": "The result that it would measure, one of the project's.",
    "NewIndicator.title": "What is measured.",
    "NewIndicator.measure": "A number of something, a percentage, or a finding in words.",
    "NewIndicator.ascending": "Whether more is better. Never guessed.",
    "NewIndicator.accumulation": "How values relate over time.",
    "NewIndicator.aggregation": "How values may be rolled up over projects.",
    "NewIndicator.unit": "Unit of the values, such as days; % of percentages.",
    "NewIndicator.baseline_value": "Value before the project; left out where nobody knows it.",
    "NewIndicator.baseline_on": "The day on which it was taken.",
    "NewIndicator.means_of_verification": "Where the numbers come from.",
    "AdoptedIndicator.definition_id": "Which ready indicator of the library.",
    "NewPeriod.indicator_id": "The indicator, one of the project's.",
    "NewPeriods.indicator_id": "The indicator, one of the project's.",
    "WeightChange.milestone_id": "The milestone, one of the project's.",
    "WeightChange.weight": "How much it would count, 1 to 100.",
    "TargetChange.period_id": "The period, one of the project's.",
    "TargetChange.target_value": "What should be reached by its last day; left out for no target.",
    "BudgetLinePlan.title": "What it is for.",
    "BudgetLinePlan.amount": "How much, in the currency; left out where work is not valued.",
    "BudgetLinePlan.currency": "Currency of the amount, ISO 4217; left out without one.",
    "BudgetLinePlan.person_days": "Work given in kind, in person-days; left out where it is money.",
    "BudgetLinePlan.value_on": "The day whose exchange rates count for the amount.",
    "import_cities.rows": "The lines of the list; all of them are imported or none.",
    "import_rates.rates": "Rates of any days and currencies; a known day and currency is revised.",
    "release.arrived": "Whether the mail arrived, as the relay's log or its reader says; if not, it"
    " goes out again, to the byte.",
    "choose_mails.kind": "The kind: DIGEST, MILESTONE, REMINDER, DECISION or MENTION; others always"
    " come.",
    "choose_mails.wanted": "Whether such mails are sent; no: not even those on their way.",
    "issue_token.days": "Days until it expires, 1 to 366.",
    "issue_token.scope": "What programs may do with it, at most; everything that its person may"
    " do unless given.",
    "attach.evidence": "Links that show it; at least one, at most 20 at a time.",
    "attach_file.title": "What the reader will find in the file; left out, it goes by its name.",
    "start.actual_start_on": "The day on which work really began, not in the future; today unless"
    " given. It may lie before the agreement: cities often begin before they sign.",
    "finalise.actual_end_on": "The day on which work really ended, not in the future; today unless"
    " given.",
    "CityRow.number": "The line's number, which problems name; the header would be 1.",
    "CityRow.country": "ISO 3166 code of the country, of two or three letters.",
    "CityRow.membership": "The city's standing: member, observer, applicant or former; empty leaves"
    " a known city's as it is and makes a new one a member.",
    "CityRow.geoname_id": "GeoNames number, where several cities of the country have the name.",
    "EvaluationDraft.lessons": "What the next pair of cities should know; at most 10, and at least"
    " one to submit it.",
    "LessonDraft.title": "The lesson in one line, at most 200 characters.",
    "LessonDraft.narrative": "What happened, and what to do about it.",
    "EvidenceLink.title": "What the reader will find there; empty for the address itself.",
    "EvidenceLink.url": "Address, https or http, at most 2,000 characters.",
    "MilestoneReport.completed_on": "The day on which it was really done, not in the future by the"
    " owner city's calendar.",
    "MilestoneReport.evidence": "Links that show it; at most 20 at a time, and at least one unless"
    " some were attached before.",
    "PeriodPlan.starts_on": "First day.",
    "PeriodPlan.ends_on": "Last day, included.",
    "PeriodPlan.target_value": "What should be reached by the last day; left out where nothing is"
    " agreed, and for qualitative indicators.",
    "dimensions": "What its values are broken down by; at most 5.",
    "adopt.definition_id": "Which ready indicator of the library.",
    "Adoption.baseline_value": "Value before the project; left out where nobody knows it.",
    "Adoption.baseline_on": "The day on which it was taken.",
    "DimensionPlan.name": "What tells the parts apart, such as gender; at most 60 characters.",
    "categories": "Into which parts, such as women and men; 2 to 40, each once.",
    "parts": "Figures of its parts, at most 100; those without a number are left out.",
    "PartDraft.dimension_id": "What it is broken down by.",
    "PartDraft.category": "Which of the dimension's parts it is.",
    "PartDraft.value": "The number of this part; left out where it is not known.",
    "answer.text": f"What there is to say to it: at most {TEXT_MOST:,} characters, not empty.",
    "detach.evidence_id": "What of the evidence is taken away.",
    "PeriodSeries.starts_on": "First day of the first period.",
    "PeriodSeries.ends_on": "Last day of the last period.",
    "PeriodSeries.length": "How long each of them is.",
    "PeriodSeries.target_value": "What should be reached by the end of the last period; left out"
    " where nothing is agreed, and for qualitative indicators.",
    "PeriodSeries.spread": "How the target is spread over the periods.",
    "PeriodSeries.city_id": "The partner city whose fiscal years count; the leading one unless"
    " given.",
    "lock_periods.ended_by": "Periods that ended on that day or before are locked.",
    "DelegationPlan.starts_on": "First day, by the city's calendar.",
    "DelegationPlan.ends_on": "Last day, included.",
    "CommentText.text": f"What to say: at most {TEXT_MOST:,} characters, not empty. Whoever sees it"
    " and is named in it by @ and their whole name is mentioned too.",
    "person_ids": "Whom it is for, at most 20: they are told by a mail. Each must see what the"
    " comment is about.",
    "CommentDraft.subject_id": "What it is about, such as Project:12 or Milestone:12.",
    "HandoverDraft.subject_id": "Which piece of work, such as Milestone:12.",
    "end_membership.handovers": "Who takes over which open work; work that is not named goes to"
    " the person given, or is left to the city.",
    "InvitationDraft.days": "Days until it expires, 1 to 14.",
    "confirm.issuer": "The provider that you vouch for, as you looked at it; one that was changed"
    " since is not confirmed. Left out, whichever is set up now.",
    "SignOnDraft.client_secret": "What the provider knows the tracker by; empty to keep the one"
    " that there is. Kept encrypted, and never shown.",
    "Rate.currency": "Code of the currency, ISO 4217.",
    "Rate.rated_on": "The day that the rate is of.",
    "Rate.rate": "What one euro was worth in the currency; more than zero.",
    "SectorShare.code": "OECD-DAC purpose code of five digits, such as 15185.",
    "SectorShare.percentage": "Its share of the project: more than 0, two decimals at most.",
    "PersonDraft.email": "The address to sign in with; nobody else may have it.",
}
"""`name`, or `name` of one dataclass or action -> what to say."""


def described(name: str, owners: tuple[str, ...], column: Column | None, default: Any) -> str:
    """What there is to say of a parameter or an input's field, its limits and its default
    included. `owners` are the names of the action, or of the dataclass and those it extends."""
    keys = [*(f"{owner}.{name}" for owner in owners), name]
    text = next((WORDS[key] for key in keys if key in WORDS), None)
    if text is None:
        text = _of_column(column) or f"{name.removesuffix('_id').replace('_', ' ').capitalize()}."
    return text + _of_default(default)


def default_of(field: Field[Any]) -> Any:
    """A dataclass field's default; None when there is none or it is made."""
    return None if field.default is MISSING else field.default


def _of_column(column: Column | None) -> str:
    text = str(column._meta.help_text or "") if column is not None else ""
    if not text or column is None or column._meta.choices:
        return text
    if isinstance(column, Varchar):
        return f"{text} At most {column.length:,} characters."
    return f"{text} At most {TEXT_MOST:,} characters." if isinstance(column, Text) else text


def _of_default(default: Any) -> str:
    """Left out, most things are simply not there; what is there all the same is said."""
    if isinstance(default, Enum):
        return f" {default.name} unless given."
    if isinstance(default, bool) or not default:
        return " No unless given." if default is False else " Yes unless given." if default else ""
    if isinstance(default, int | str):
        return f" {default} unless given."
    return f" {', '.join(default)} unless given." if isinstance(default, tuple) else ""

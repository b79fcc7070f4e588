"""An event shows its subject as it was, so it is visible where the subject is."""

from tracker.domain.comments.rules import telling_visible
from tracker.domain.evaluations.rules import visible as evaluation_visible
from tracker.domain.events import subjects
from tracker.domain.practices.rules import visible as practice_visible
from tracker.domain.projects.rules import decision_visible, drafting, inside, through
from tracker.domain.status_reports.rules import drafting_visible


def visible(t: str) -> str:
    """Events of a project to its partners and the secretariat, others to the secretariat, and
    everybody's own; what was done to an account also to its person, and what was done to people in
    a city to the city's administrators; none whose subject may not be seen. Keys of a part of
    one's rights see nothing of what opens accounts, and those of one city nothing of the account,
    nor of what is one's own anywhere."""
    own = f"{t}.actor = :person AND ({t}.project IS NULL OR {through(f'{t}.project')})"
    account = f"{t}.project IS NULL AND {subjects.of_account(t)}"
    return (
        f"((:only_city IS NULL AND ({own} OR {account})"
        f" OR ({t}.project IS NULL AND (:secretariat"
        f" OR {subjects.of_people_in(t, _ADMINISTERED)}))"
        f" OR ({t}.project IS NOT NULL AND {inside(f'{t}.project')}))"
        f" AND (:whole OR {t}.subject_type NOT IN ({subjects.CREDENTIALS}))"
        f" AND {_subject(t, 'evaluation', evaluation_visible('vs'))}"
        f" AND {_subject(t, 'practice', practice_visible('vs'))}"
        f" AND {drafting_visible(t)}"
        f" AND {telling_visible(t)}"
        f" AND {_received(t)}"
        f" AND ({drafting(t)} IS NOT TRUE OR {_of_own_draft(t)}))"
    )


def _received(t: str) -> str:
    """How somebody received a digest, to them alone: others see figures."""
    return (
        f"({t}.subject_type <> 'digest_issue' OR {t}.verb NOT IN ('answer', 'open_copy')"
        f" OR ({t}.actor = :person) IS TRUE)"
    )


def _of_own_draft(t: str) -> str:
    """Of a draft, to the city that wrote it, which the event itself names; what was attached to
    it as long as it is there. Only where the subject tells that the text is a number is it read
    as one: PostgreSQL promises no order of conditions."""
    named = f"coalesce({t}.after ->> 'city', {t}.before ->> 'city')"
    whole = f"coalesce({t}.after ->> 'value', {t}.before ->> 'value')"
    return (
        f"(({named} = ANY(:cities::text[])) IS TRUE"
        f" OR EXISTS (SELECT 1 FROM value vs WHERE (vs.city = ANY(:cities)) IS TRUE"
        f" AND vs.id = CASE WHEN {t}.subject_type = 'evidence' THEN {whole}::integer END)"
        f" OR EXISTS (SELECT 1 FROM evaluation vs WHERE vs.id = {t}.subject_id"
        f" AND {t}.subject_type = 'evaluation' AND (vs.city = ANY(:cities)) IS TRUE))"
    )


_ADMINISTERED = (
    "(SELECT vm.city FROM membership vm WHERE vm.person = :person AND vm.city = ANY(:cities)"
    " AND vm.role = 'city_administrator' AND vm.ended_at IS NULL)"
)


def project_event_visible(t: str) -> str:
    """Live events tell what the trail tells: of projects, and to the same people."""
    return f"({t}.project IS NOT NULL AND {visible(t)})"


def milestone_event_visible(t: str) -> str:
    """Events of milestones, also of those that are gone from a plan since."""
    return f"({t}.subject_type = 'milestone' AND {project_event_visible(t)})"


def decision_event_visible(t: str) -> str:
    """Events of decisions that may be seen, which not everybody may who sees the event: somebody
    who left the city keeps their own events."""
    return (
        f"({t}.subject_type = 'decision' AND {project_event_visible(t)} AND EXISTS (SELECT 1"
        f" FROM decision vs WHERE vs.id = {t}.subject_id AND {decision_visible('vs')}))"
    )


def _subject(t: str, table: str, condition: str) -> str:
    """For events about that table's rows, whose own predicate is narrower than the project's."""
    return (
        f"({t}.subject_type <> '{table}' OR EXISTS (SELECT 1 FROM {table} vs"
        f" WHERE vs.id = {t}.subject_id AND {condition}))"
    )

"""Which way a risk goes, how it is scored, and who sees it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.domain.projects.rules import among_partners, inside
from tracker.domain.risks.tables import RiskState, RiskTrend, RiskType

S = RiskState

CERTAIN = 5
"""What counts as the probability of an issue: it has happened."""

LEVELS: Mapping[str, int] = {"critical": 15, "high": 10, "moderate": 5, "low": 1}
"""Level -> its lowest score."""

WATCHED = frozenset({S.OPEN, S.OCCURRED})
"""States in which somebody looks after it."""


def visible(t: str) -> str:
    """Risks are the partners' and the secretariat's business."""
    return inside(f"{t}.project")


def visible_in_project(t: str) -> str:
    """What is left to ask once the project itself is visible."""
    return among_partners(f"{t}.project")


@dataclass(frozen=True)
class Step:
    """One way from state to state."""

    sources: tuple[RiskState, ...]
    target: RiskState


STEPS: dict[str, Step] = {
    "mitigate": Step((S.OPEN, S.OCCURRED), S.MITIGATED),
    "close": Step((S.OPEN, S.OCCURRED, S.MITIGATED), S.CLOSED),
    "reopen": Step((S.MITIGATED, S.CLOSED), S.OPEN),
}
"""Verb -> step. An issue that is reopened has still occurred."""


def watched(t: str) -> str:
    """Whether somebody looks after the risk `t`: nobody does once its project has ended. In SQL."""
    return (
        f"({t}.state IN ('open', 'occurred') AND EXISTS (SELECT 1 FROM project vp"
        f" WHERE vp.id = {t}.project AND vp.ended_at IS NULL))"
    )


def score(type_: str, probability: str, impact: str) -> str:
    """Probability × impact; of an issue, impact × 5. In SQL, over expressions."""
    likely = f"CASE {type_} WHEN '{RiskType.ISSUE.value}' THEN {CERTAIN} ELSE {probability} END"
    return f"(({likely}) * {impact})"


def level(score_: str) -> str:
    """How much a score is, in words. In SQL."""
    arms = " ".join(f"WHEN {score_} >= {least} THEN '{name}'" for name, least in LEVELS.items())
    return f"(CASE {arms} END)"


ASSESSING = ("assess", "materialise")
"""Verbs of the trail by which a score is estimated anew."""


def trend(t: str) -> str:
    """The score beside the one before the last assessment, by what the trail says it was. In SQL.

    An event tells only what it changed: a figure it does not name was the same before.
    """
    before = {
        name: f"coalesce((va.before ->> '{name}')::int, {t}.{name})"
        for name in ("probability", "impact")
    }
    former = score(f"coalesce(va.before ->> 'type', {t}.type)", *before.values())
    present = score(f"{t}.type", f"{t}.probability", f"{t}.impact")
    verbs = ", ".join(f"'{verb}'" for verb in ASSESSING)
    return f"""coalesce((SELECT CASE sign({present} - {former})
            WHEN 1 THEN '{RiskTrend.RISING.value}' WHEN -1 THEN '{RiskTrend.FALLING.value}'
            ELSE '{RiskTrend.STEADY.value}' END
        FROM audit_event va WHERE va.subject_type = 'risk' AND va.subject_id = {t}.id
            AND va.verb IN ({verbs}) ORDER BY va.id DESC LIMIT 1),
        '{RiskTrend.UNKNOWN.value}')"""

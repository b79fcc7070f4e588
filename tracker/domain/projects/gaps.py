"""What a plan still lacks for a start: what the start's guards refuse, told from the draft on."""

from collections.abc import Collection

from tracker.domain.meaning import Meaning
from tracker.domain.messages import Message, say, words


class PlanGap(Meaning):
    """What a project's plan still lacks."""

    MILESTONES = "milestones", "It has no milestone; a start asks for one."
    DONOR_INDICATOR = (
        "donor_indicator",
        "No indicator shows what the donor side gains, by a baseline and a target or in words; a"
        " start asks for one, unless all results benefit the other side.",
    )
    RECIPIENT_INDICATOR = (
        "recipient_indicator",
        "No indicator shows what the recipient side gains, likewise.",
    )
    BUDGET_LINES = "budget_lines", "It has no budget line. A hint only: no step asks for one."


_SIDES = {PlanGap.DONOR_INDICATOR: "donor", PlanGap.RECIPIENT_INDICATOR: "recipient"}


def no_milestone(gaps: Collection[str], *, adds: bool = True) -> Message | None:
    """That there is nothing to do, for who adds to the plan or only reads it."""
    if PlanGap.MILESTONES not in gaps:
        return None
    if not adds:
        return say("There is no milestone yet.")
    return say("There is no milestone yet; add at least one.")


def no_indicator(gaps: Collection[str], *, adds: bool = True) -> Message | None:
    """That a side which claims a benefit cannot show it, likewise."""
    sides = [side for gap, side in _SIDES.items() if gap in gaps]
    if not sides:
        return None
    if not adds:
        return say(
            "No indicator with a baseline and a target shows the benefit for: {sides}.",
            sides=words(sides),
        )
    return say(
        "No indicator with a baseline and a target shows the benefit for: {sides}; add one.",
        sides=words(sides),
    )


def gaps(t: str) -> str:
    """The values of PlanGap that hold of the project `t`, without what the secretariat does
    without. An array, in SQL."""
    return f"""ARRAY(SELECT g.gap FROM (VALUES
    (1, 'milestones', 'planned', NOT {_has(t, "milestone")}),
    (2, 'donor_indicator', 'measurable', {_unshown(t, "donor")}),
    (3, 'recipient_indicator', 'measurable', {_unshown(t, "recipient")}),
    (4, 'budget_lines', NULL, NOT {_has(t, "budget_line")})) AS g (place, gap, asked_by, missing)
  WHERE g.missing AND NOT EXISTS (SELECT 1 FROM decision gd WHERE gd.project = {t}.id
    AND gd.kind = 'waive' AND gd.state = 'given' AND gd.lapsed_at IS NULL
    AND gd.requirement::text = g.asked_by)
  ORDER BY g.place)"""


def _has(t: str, table: str, where: str = "true") -> str:
    return f"EXISTS (SELECT 1 FROM {table} gr WHERE gr.project = {t}.id AND {where})"


def _unshown(t: str, side: str) -> str:
    """Whether the side claims a benefit, as it does while there is no result, and no indicator
    shows it."""
    benefits = f"gr.benefit IN ('{side}', 'both')"
    shown = """EXISTS (SELECT 1 FROM indicator gi WHERE gi.result = gr.id
      AND (gi.measure = 'qualitative' OR (gi.baseline_value IS NOT NULL
        AND EXISTS (SELECT 1 FROM period gq WHERE gq.indicator = gi.id
                    AND gq.target_value IS NOT NULL))))"""
    return (
        f"(({_has(t, 'result', benefits)} OR NOT {_has(t, 'result')})"
        f" AND NOT {_has(t, 'result', f'{benefits} AND {shown}')})"
    )

"""Checks that the catalogues have all that pages, mails and refusals say.

    python -m tracker.web.catalogues --check

prints `language: what is wrong` for each gap and exits 1, or exits 0. What is said is what
`pybabel extract` finds (see tracker/locale/__init__.py), and the words of SPOKEN.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tracker.domain.messages import word
from tracker.domain.milestones.rules import STEPS
from tracker.domain.milestones.tables import MilestoneState
from tracker.domain.outcomes.content import FITTING
from tracker.domain.outcomes.tables import Aggregation, Measure, ValueState
from tracker.domain.plan_changes.tables import PlanChangeState
from tracker.domain.practices.tables import PracticeState
from tracker.domain.projects.rules import LIFECYCLE
from tracker.domain.projects.tables import DecisionState, ProjectState
from tracker.domain.requests.tables import RequestState
from tracker.domain.risks.tables import RiskState
from tracker.domain.roles import Role
from tracker.graphql.registry import registry
from tracker.locale import CATALOGUES, DOMAIN, SOURCE, languages
from tracker.media import CALLED, TAKEN

ROOT = Path(__file__).parents[2]
KEYWORDS = {**DEFAULT_KEYWORDS, "say": None, "MediaProblem": None}

SPOKEN: tuple[Iterable[str], ...] = (
    *map(list[str], (ProjectState, MilestoneState, ValueState, DecisionState)),
    *map(list[str], (PracticeState, RequestState, RiskState, Measure, Aggregation)),
    LIFECYCLE,
    STEPS,
    *FITTING.values(),
    [role.words for role in Role],
    ["donor", "recipient", "nothing", "a narrative", "accepted", "withdrawn"],
    PlanChangeState,
    ["target", "budget line", "planned end"],
    ["project", "milestone", "decision", "practice", "request", "value", "risk"],
    [TAKEN, *(name for name, _ in CALLED.values() if " " in name)],
)
"""What messages name by `word()`: members of enums, verbs, kinds of open work and of files."""


def gaps(language: str) -> Iterator[str]:
    """One line for each text that the catalogue lacks, or has with other parameters."""
    path = CATALOGUES / language.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language.replace("-", "_"))
    for text in sorted(_said()):
        entry = catalogue.get(text)
        told = entry.string if entry else ""
        texts = [told] if isinstance(told, str) else list(told or [""])
        if not all(texts):
            yield f"{language}: not translated: {text!r}"
        elif any(_parameters(each) - _parameters(text) for each in texts):
            yield f"{language}: names a parameter that is not given: {text!r}"


def _said() -> set[str]:
    with (CATALOGUES / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(ROOT, methods, options, KEYWORDS)
    texts = {
        text if isinstance(text, str) else text[0]
        for file, _, text, _, _ in found
        if not Path(file).is_relative_to("tracker/demo")  # its narrator speaks to a terminal
    }
    tables = [each.table._meta.tablename for each in registry.declarations.values()]
    spoken = [each for words in SPOKEN for each in words]
    return texts | {word(each) for each in [*spoken, *tables]}


def _parameters(text: str) -> set[str | None]:
    """What stands between braces; words in which braces mean nothing have none."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text)} - {None}
    except ValueError:
        return set()


def main(arguments: list[str] | None = None) -> int:
    """Print what is wrong; 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", required=True)
    parser.parse_args(arguments)
    found = [gap for language in sorted(languages() - {SOURCE}) for gap in gaps(language)]
    print("\n".join(found) or "Every catalogue is complete.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

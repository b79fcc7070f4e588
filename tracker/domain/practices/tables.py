"""Practice: a proven way of doing e-government that a city offers to others."""

from piccolo.columns import Array, ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, at_most, one_of
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning


class PracticeState(Meaning):
    """Where a practice stands between its author's desk and the archive."""

    DRAFT = "draft", "Being written; only its own city sees it."
    PUBLISHED = "published", "On offer: everybody sees it and requests can name it."
    ARCHIVED = (
        "archived",
        "No longer on offer; kept and seen by everybody, because projects refer to it.",
    )


class Readiness(Meaning):
    """How ready a practice is to be taken over elsewhere."""

    PILOT = "pilot", "Tried on a small scale; expect to find open questions."
    PROVEN = "proven", "In regular use in its own city."
    REPLICATED = "replicated", "Already taken over by at least one other city."


class Licence(Meaning):
    """Creative Commons licence under which the practice's material may be used."""

    CC0 = "cc0", "Public domain: no conditions (CC0 1.0)."
    CC_BY = "cc_by", "Any use, if the city is named (CC BY 4.0)."
    CC_BY_SA = (
        "cc_by_sa",
        "Any use, if the city is named and what is made of it is shared alike (CC BY-SA 4.0).",
    )
    CC_BY_NC = "cc_by_nc", "Any use but commercial, if the city is named (CC BY-NC 4.0)."


class Practice(Table, tablename="practice", db=DB):
    """A proven e-government practice that a donor city offers."""

    id: Serial
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="The donor city.")
    title = Varchar(length=200, help_text="What the practice is called.")
    summary = Text(help_text="What it does and for whom.")
    themes = Array(base_column=Varchar(length=60), help_text="Themes, as lower-case words.")
    readiness = Varchar(
        length=20, choices=Readiness, help_text="How ready it is to be taken over elsewhere."
    )
    transfer_needs = Text(help_text="What it takes to transfer it: people, systems, law.")
    results_evidence = Text(help_text="What shows that it works.")
    licence = Varchar(
        length=20, choices=Licence, default=Licence.CC_BY, help_text="Licence of the material."
    )
    languages = Array(
        base_column=Varchar(length=35), help_text="Languages of the material, BCP 47."
    )
    state = Varchar(
        length=20,
        choices=PracticeState,
        default=PracticeState.DRAFT,
        help_text="Draft, published or archived.",
    )
    created_at = Timestamptz(help_text="When it was drafted.")
    published_at = Timestamptz(null=True, default=None, help_text="When it was published.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    practice_state_is_known = one_of("state", PracticeState)
    practice_readiness_is_known = one_of("readiness", Readiness)
    practice_licence_is_known = one_of("licence", Licence)
    practice_summary_is_short_enough = at_most("summary")
    practice_transfer_needs_are_short_enough = at_most("transfer_needs")
    practice_results_evidence_is_short_enough = at_most("results_evidence")

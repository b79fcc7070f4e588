"""Request: a city asks to benchmark a practice, or names a need only."""

from piccolo.columns import (
    Array,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    Serial,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, at_most, one_of, possible_day
from tracker.domain.database import DB
from tracker.domain.meaning import Meaning
from tracker.domain.practices.tables import Practice


class RequestState(Meaning):
    """What became of a request."""

    OPEN = "open", "Looking for a donor city; it can still be changed."
    MATCHED = "matched", "A donor city was found; a project was proposed for it."
    WITHDRAWN = "withdrawn", "Taken back by the city that asked."
    EXPIRED = "expired", "Its deadline passed without a match."


class Request(Table, tablename="request", db=DB):
    """A recipient city's request for benchmark."""

    id: Serial
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="The recipient city.")
    practice = ForeignKey(
        Practice,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The practice asked for, if one is named.",
    )
    title = Varchar(length=200, help_text="The request in one line.")
    need = Text(help_text="What the city needs and why.")
    wanted_outcomes = Text(help_text="What should be different afterwards.")
    themes = Array(base_column=Varchar(length=60), help_text="Themes, as lower-case words.")
    deadline_on = Date(null=True, default=None, help_text="Until when an answer is of use.")
    budget_amount = Numeric(
        digits=(15, 2), null=True, default=None, help_text="What the city can spend, if known."
    )
    budget_currency = Varchar(
        length=3, null=True, default=None, help_text="Currency of the budget, ISO 4217."
    )
    state = Varchar(
        length=20,
        choices=RequestState,
        default=RequestState.OPEN,
        help_text="Open, matched, withdrawn or expired.",
    )
    created_at = Timestamptz(help_text="When it was opened.")
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    request_state_is_known = one_of("state", RequestState)
    request_need_is_short_enough = at_most("need")
    request_wanted_outcomes_are_short_enough = at_most("wanted_outcomes")
    request_deadline_on_is_possible = possible_day("deadline_on")
    request_budget_has_a_currency = Check("(budget_amount IS NULL) = (budget_currency IS NULL)")
    request_budget_is_not_negative = Check("budget_amount >= 0")

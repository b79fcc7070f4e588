"""What the projects cost, in whose money, and made-up exchange rates to compare it by."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tracker.demo.data.shapes import D, R
from tracker.domain.projects.tables import Side

SOURCE = "Made up for demonstration; not the European Central Bank's rates"

RATES: Mapping[str, str] = {
    "BRL": "6.1",
    "CNY": "7.8",
    "ILS": "3.9",
    "INR": "91",
    "KRW": "1480",
    "USD": "1.09",
}
"""Units for one euro. Neither the shilling nor the rouble has a rate: the bank publishes none."""

RATED_FROM, RATED_EVERY, DRIFT = -630, 5, Decimal("0.0004")
"""First day with rates, days from one to the next, and by how much all grow each time."""


@dataclass(frozen=True)
class Cost:
    """A budget line: who pays how much for what, at the rates of the first planned day."""

    side: Side
    title: str
    amount: str
    currency: str


BOOKED_DAYS, BOOKED_SHARE = 40, Decimal("0.35")
"""After the start, each city has spent this share of each line."""

ADVISED_DAYS = Decimal("6.5")
"""Work that a donor with a budget has given by then besides, in person-days."""


COSTS: Mapping[tuple[str, str], tuple[Cost, ...]] = {
    ("seoul", "sao-paulo"): (
        Cost(D, "Moderators' training and travel", "85000000", "KRW"),
        Cost(R, "Translation and hosting of the platform", "640000", "BRL"),
    ),
    ("chengdu", "nairobi"): (
        Cost(D, "Study visit and two advisers", "420000", "CNY"),
        Cost(R, "Fitting out the hall", "21500000", "KES"),
    ),
    ("nairobi", "mumbai"): (Cost(R, "Payment gateway and tests in six wards", "9800000", "INR"),),
    ("seoul", "vladivostok"): (
        Cost(D, "Course material and trainers", "60000000", "KRW"),
        Cost(R, "Two learning centres", "7400000", "RUB"),
    ),
    ("barcelona", "frankfurt"): (
        Cost(D, "Editors of the charter", "48000", "EUR"),
        Cost(R, "Register of algorithms", "125000", "EUR"),
    ),
    ("frankfurt", "chengdu"): (
        Cost(D, "Advisers on permits", "96000", "EUR"),
        Cost(R, "Permit software of one district", "2300000", "CNY"),
    ),
    ("san-francisco", "mumbai"): (
        Cost(D, "Open interface, support", "150000", "USD"),
        Cost(R, "Call centre of four wards", "18500000", "INR"),
    ),
    ("tel-aviv", "barcelona"): (
        Cost(D, "Consent module", "310000", "ILS"),
        Cost(R, "Cards and enrolment", "275000.50", "EUR"),
    ),
    ("san-francisco", "nairobi"): (
        Cost(D, "Page templates", "64000", "USD"),
        Cost(R, "Data entry in the wards", "5200000", "KES"),
    ),
    ("chengdu", "tel-aviv"): (Cost(R, "One file for a business", "530000", "ILS"),),
}
"""(donor, recipient) -> the lines of their project."""

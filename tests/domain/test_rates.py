"""Importing exchange rates: as the bank publishes them, all rows or none."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tests.cast import ACTORS, Cast
from tracker.domain.audit import AuditEvent
from tracker.domain.budgets.rates import Rate, import_rates, read_rates
from tracker.domain.budgets.tables import ExchangeRate
from tracker.domain.errors import Forbidden, Invalid

HISTORY = """Date,USD,JPY,EEK,
2026-03-03,1.0900,160.5,N/A,
2026-03-02,1.1,,15.6466,
"""
DAILY = "Date, USD, JPY, \n24 November 2025, 1.1519, 180.31, \n"


async def _known() -> dict[tuple[str, str], Decimal]:
    rows = await ExchangeRate.select()
    return {(row["currency"], str(row["rated_on"])): row["rate"] for row in rows}


async def test_history_absent_cells_are_absent(cast: Cast) -> None:
    batch = await import_rates(cast.administrator, read_rates(HISTORY.encode()))
    assert await _known() == {
        ("USD", "2026-03-03"): Decimal("1.09"),
        ("USD", "2026-03-02"): Decimal("1.1"),
        ("JPY", "2026-03-03"): Decimal("160.5"),
        ("EEK", "2026-03-02"): Decimal("15.6466"),
    }
    assert (batch.rates, batch.revised) == (4, 0)
    assert (batch.first_on, batch.last_on) == (date(2026, 3, 2), date(2026, 3, 3))


async def test_daily_file_writes_its_date_in_words(cast: Cast) -> None:
    await import_rates(cast.administrator, read_rates(("\ufeff" + DAILY).encode()))
    assert ("JPY", "2025-11-24") in await _known()


async def test_import_again_revises_what_changed_and_counts_it(cast: Cast) -> None:
    await import_rates(cast.administrator, read_rates(HISTORY))
    changed = read_rates(HISTORY.replace("1.0900", "1.0901"))
    batch = await import_rates(cast.administrator, changed, "Corrected by hand")
    rows = await ExchangeRate.select().where(ExchangeRate.source == "Corrected by hand")
    assert [(row["currency"], row["rate"]) for row in rows] == [("USD", Decimal("1.0901"))]
    assert batch.revised == 1
    assert await AuditEvent.count().where(AuditEvent.subject_type == "rate_import") == 2


def test_every_bad_row_is_named() -> None:
    text = (
        "Date,USD,JPY\n2026-03-02,1.1,0\n02/03/2026,1.1,160\n2026-03-02,1.1,160\n"
        "2026-03-04,1.1\n2099-01-01,1.1,1\n2026-03-05,-1,NaN\n2026-03-06,1,2,3\n"
    )
    with pytest.raises(Invalid) as refusal:
        read_rates(text)
    fields = refusal.value.fields
    assert set(fields) == {f"row {number}" for number in range(2, 9)}
    assert len(fields["row 7"]) == 2
    assert "already in row 2" in fields["row 4"][0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no rate in it"),
        (b"Date,USD\n", "no rate in it"),
        (b"Date,USD\n2026-03-02,N/A\n", "no rate in it"),
        (b"Date,QQQ\n2026-03-02,1\n", "QQQ"),
        (b"Date,EUR\n2026-03-02,1\n", "other than the euro"),
        (b"Date,USD,USD\n2026-03-02,1,1\n", "only once"),
        (b"Day,USD\n2026-03-02,1\n", "must be Date"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_file_that_is_none(data: bytes, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        read_rates(data)


@pytest.mark.parametrize("who", sorted(set(ACTORS) - {"administrator", "system"}))
async def test_only_the_administrator_imports(cast: Cast, who: str) -> None:
    with pytest.raises(Forbidden):
        await import_rates(cast[who], read_rates(HISTORY))
    assert not await ExchangeRate.count()


async def test_rates_that_no_file_brings_are_refused_one_by_one(cast: Cast) -> None:
    day = date(2026, 3, 2)
    good = Rate(currency="USD", rated_on=day, rate=Decimal("1.1"))
    bad = [
        replace(good, currency="QQQ"),
        replace(good, currency="US\0"),
        replace(good, rated_on=date(2099, 1, 1)),
        *(replace(good, currency="JPY", rate=Decimal(rate)) for rate in ("1e400", "1e-70000")),
        replace(good, currency="CHF", rate=Decimal("-1")),
        good,
    ]
    with pytest.raises(Invalid) as refusal:
        await import_rates(cast.administrator, [good, *bad])
    assert set(refusal.value.fields) == {
        "rates.1.currency", "rates.2.currency", "rates.3.rated_on", "rates.4.rate",
        "rates.5.rate", "rates.5", "rates.6.rate", "rates.7",
    }  # fmt: skip
    assert await _known() == {}

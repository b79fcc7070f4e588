"""Importing cities: a list of names and countries -> real cities with their facts."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from tracker.domain.actor import Actor
from tracker.domain.audit import change, create
from tracker.domain.cities import queries
from tracker.domain.cities.rules import visible
from tracker.domain.cities.tables import City, CityMembership
from tracker.domain.database import transaction
from tracker.domain.errors import Forbidden, Invalid
from tracker.domain.messages import say
from tracker.domain.problems import Problems
from tracker.domain.roles import Permission

REQUIRED = ("name", "country")
OPTIONAL = ("membership", "local_name", "geoname_id")
DELIMITERS = ",;\t"
CANDIDATES_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class CityRow:
    """One line of a list of cities; `number` is the line's own, the header being 1.

    An empty `membership` leaves a known city's standing as it is and makes a new one a member;
    an empty `local_name` is the English one. `geoname_id` settles which of several is meant.
    """

    number: int
    name: str
    country: str
    membership: str = ""
    local_name: str = ""
    geoname_id: str = ""


def read_rows(data: str | bytes) -> list[CityRow]:
    """The rows of a table with the header `name,country[,membership][,local_name][,geoname_id]`,
    separated by commas, semicolons or tabs, in UTF-8.

    Raises Invalid naming every row that does not fit the header.
    """
    lines = _lines(data)
    if not lines:
        raise Invalid(
            {"file": [say("There is nothing in it; write name,country and a city a line.")]}
        )
    header = _header(lines[0][1])
    problems = Problems()
    rows = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            message = say(
                "Cells: {count}, but the header has {width}; quote separators.",
                count=len(cells),
                width=len(header),
            )
            problems.add(f"row {number}", message)
        else:
            rows.append(CityRow(number=number, **dict(zip(header, cells, strict=True))))
    problems.raise_any()
    return rows


async def import_cities(actor: Actor, rows: Sequence[CityRow]) -> list[City]:
    """Add the cities of the rows, or bring them up to date, in the rows' order.

    Raises Invalid naming every row that is unknown, ambiguous or doubled, and then imports
    nothing; Forbidden for anybody but the administrator.
    """
    if not actor.may(Permission.IMPORT):
        raise Forbidden(say("Only the secretariat's administrator imports cities."))
    problems = Problems()
    found = _found(rows, problems)
    problems.raise_any()
    async with transaction():
        return [await _import(actor, row, facts) for row, facts in found]


def _lines(data: str | bytes) -> list[tuple[int, list[str]]]:
    """Line number and trimmed cells of every line that is not empty."""
    try:
        text = data.decode() if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        message = say(
            "Byte {start} is not UTF-8; save the table as CSV in UTF-8.", start=error.start
        )
        raise Invalid({"file": [message]}) from error
    text = text.removeprefix("\ufeff")
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines = []
    try:
        for cells in reader:
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed):
                lines.append((reader.line_num, trimmed))
    except csv.Error as error:
        raise Invalid(
            {f"row {reader.line_num}": [say("Cannot be read: {error}.", error=error)]}
        ) from error
    return lines


def _header(cells: list[str]) -> list[str]:
    """The columns' names. Raises Invalid when one is missing, unknown or doubled."""
    header = [cell.lower().replace(" ", "_") for cell in cells]
    good = set(REQUIRED) <= set(header) <= {*REQUIRED, *OPTIONAL}
    if not good or len(header) != len(set(header)):
        message = say(
            "The first row is {header!r}; it must name the columns: {required} and, if "
            "wanted, {optional}.",
            header=", ".join(cells)[:200],
            required=", ".join(REQUIRED),
            optional=", ".join(OPTIONAL),
        )
        raise Invalid({"row 1": [message]})
    return header


def _found(rows: Sequence[CityRow], problems: Problems) -> list[tuple[CityRow, queries.Facts]]:
    """Each row with its city's facts; notes what is wrong with the others, doubles included."""
    found = []
    first: dict[int, int] = {}
    for row in rows:
        if facts := _facts(row, problems):
            earlier = first.setdefault(facts["geonameid"], row.number)
            problems.unless(
                earlier == row.number,
                f"row {row.number}",
                say(
                    "{city} is already in row {earlier}; leave one of them out.",
                    city=facts["name"],
                    earlier=earlier,
                ),
            )
            found.append((row, facts))
    return found


def _facts(row: CityRow, problems: Problems) -> queries.Facts | None:
    """What GeoNames knows about the row's city; notes what is wrong with the row."""
    field = f"row {row.number}"
    problems.title(field, row.local_name or row.name)
    problems.unless(
        row.membership in ("", *CityMembership),
        field,
        say(
            "{membership!r} is no membership; write {offered} or nothing.",
            membership=row.membership[:40],
            offered=", ".join(CityMembership),
        ),
    )
    country = queries.country_code(row.country)
    if country is None:
        problems.add(
            field,
            say(
                "{country!r} is no country; write its ISO code, such as KE or KEN.",
                country=row.country[:80],
            ),
        )
        return None
    if row.geoname_id:
        return _with_id(row, country, problems)
    return _named(row, country, problems)


def _with_id(row: CityRow, country: str, problems: Problems) -> queries.Facts | None:
    known = re.fullmatch(r"[0-9]{1,10}", row.geoname_id, re.ASCII)
    facts = queries.city_with_id(int(row.geoname_id)) if known else None
    if facts is None or facts["countrycode"] != country:
        problems.add(
            f"row {row.number}",
            say(
                "There is no city of 15,000 inhabitants or more with geoname_id {geoname_id!r} "
                "in {country}.",
                geoname_id=row.geoname_id[:20],
                country=country,
            ),
        )
        return None
    return facts


def _named(row: CityRow, country: str, problems: Problems) -> queries.Facts | None:
    """Never a guess: one city has the name, or the row is reported."""
    found = queries.cities_named(row.name, country)
    if len(found) == 1:
        return found[0]
    name = row.name[:80]
    if not found:
        message = say(
            "No city of 15,000 inhabitants or more in {country} is called {name!r}; check "
            "the spelling, or write its name in another language.",
            country=country,
            name=name,
        )
    else:
        candidates = "; ".join(map(_candidate, found[:CANDIDATES_SHOWN]))
        message = say(
            "{count} cities in {country} are called {name!r}: {candidates}. Add a column "
            "geoname_id that says which.",
            count=len(found),
            country=country,
            name=name,
            candidates=candidates,
        )
    problems.add(f"row {row.number}", message)
    return None


def _candidate(facts: queries.Facts) -> str:
    return (
        f"geoname_id {facts['geonameid']} ({facts['name']}, {facts['population']:,} inhabitants,"
        f" admin1code {facts['admin1code']})"
    )


async def _import(actor: Actor, row: CityRow, facts: queries.Facts) -> City:
    """The city as a new row, or the known row with what the facts and the list say now."""
    columns = _columns(row, facts)
    known = await City.objects().where(City.geoname_id == facts["geonameid"]).first()
    if known is None:
        city = await create(actor, City(**_defaults(facts) | columns), "import")
    else:
        async with change(actor, City, known.id, visible, "import") as city:
            for name, value in columns.items():
                setattr(city, name, value)
    await keep_names(city.id, city.geoname_id)
    return city


async def keep_names(city_id: int, geoname_id: int) -> None:
    """Have the city found by every name that GeoNames knows, in any script. Its own two are kept
    by a trigger."""
    facts = queries.city_with_id(geoname_id)
    names = [name for name in facts["alternatenames"] if name] if facts else []
    await City.raw(
        "INSERT INTO city_name SELECT {}::integer, name, name_plain(name)"
        " FROM unnest({}::text[]) name ON CONFLICT DO NOTHING",
        city_id,
        names,
    )


def _columns(row: CityRow, facts: queries.Facts) -> dict[str, Any]:
    country = facts["countrycode"]
    columns = {
        "geoname_id": facts["geonameid"],
        "name": facts["name"],
        "country_code": country,
        "region_code": queries.region_code(country),
        "latitude": facts["latitude"],
        "longitude": facts["longitude"],
        "population": facts["population"],
        "time_zone": facts["timezone"],
        "languages": queries.languages(country),
    }
    given = {"membership": row.membership, "local_name": row.local_name}
    return columns | {name: value for name, value in given.items() if value}


def _defaults(facts: queries.Facts) -> dict[str, Any]:
    """For a new city of which the list says no more than its name."""
    return {"membership": CityMembership.MEMBER, "local_name": facts["name"]}

"""Importing cities: real facts, every bad row named, all or nothing."""

import pytest

from tests.cast import ACTORS, Cast
from tracker.domain.audit import AuditEvent
from tracker.domain.cities import queries
from tracker.domain.cities.actions import CityRow, import_cities, read_rows
from tracker.domain.cities.tables import City
from tracker.domain.errors import Forbidden, Invalid


def _rows(*pairs: tuple[str, str]) -> list[CityRow]:
    return [
        CityRow(number=number, name=name, country=country)
        for number, (name, country) in enumerate(pairs, start=2)
    ]


async def test_import_brings_real_facts(cast: Cast) -> None:
    [city] = await import_cities(cast.administrator, read_rows("name,country\nKathmandu,NP\n"))
    facts = {name: getattr(city, name) for name in ("name", "country_code", "region_code")}
    assert facts == {"name": "Kathmandu", "country_code": "NP", "region_code": "142"}
    assert city.time_zone == "Asia/Kathmandu"
    assert (round(city.latitude), round(city.longitude)) == (28, 85)
    assert city.population > 1_000_000
    assert (city.languages[0], city.membership, city.fiscal_year_start_month) == ("ne", "member", 1)
    assert city.local_name == "Kathmandu"


@pytest.mark.parametrize(
    ("name", "country", "found"),
    [
        ("Sao Paulo", "Brazil", "São Paulo"),
        ("istanbul", "TÜRKIYE", "Istanbul"),
        ("Izmir", "tur", "İzmir"),
        ("Łódź", "Poland", "Łódź"),
        ("lodz", "pl", "Łódź"),
        ("부산", "KOR", "Busan"),
        ("Москва", "Russian Federation", "Moscow"),
        ("القاهرة", "Egypt", "Cairo"),
        ("東京", "Japan", "Tokyo"),
        ("Abidjan", "Cote d’Ivoire", "Abidjan"),
        ("Praha", "Czech Republic", "Prague"),
        ("Ulaanbaatar", "MN", "Ulan Bator"),
    ],
)
async def test_name_in_any_script_and_country_in_any_form(
    cast: Cast, name: str, country: str, found: str
) -> None:
    [city] = await import_cities(cast.administrator, _rows((name, country)))
    assert city.name == found


@pytest.mark.parametrize(
    ("country", "region"),
    [
        ("CY", "142"),
        ("TL", "142"),
        ("AM", "142"),
        ("AZ", "142"),
        ("GE", "142"),
        ("KZ", "142"),
        ("TR", "142"),
        ("RU", "150"),
        ("EG", "002"),
        ("IO", "002"),
        ("US", "019"),
        ("PE", "019"),
        ("CC", "009"),
        ("NZ", "009"),
        ("XK", "150"),
    ],
)
def test_region_after_m49(country: str, region: str) -> None:
    assert queries.region_code(country) == region


async def test_every_bad_row_is_named_and_nothing_is_imported(cast: Cast) -> None:
    before = await City.count()
    text = (
        "name,country,membership\n"
        "Busan,KR,member\n"
        "Springfield,US,member\n"
        "Atlantis,GR,member\n"
        "\n"
        "Paris,Narnia,member\n"
        "부산,South Korea,observer\n"
        "Incheon,KR,king\n"
        ",KE,\n"
    )
    with pytest.raises(Invalid) as refusal:
        await import_cities(cast.administrator, read_rows(text))
    fields = refusal.value.fields
    assert list(fields) == ["row 3", "row 4", "row 6", "row 7", "row 8", "row 9"]
    assert "8 cities in US are called 'Springfield'" in fields["row 3"][0]
    assert (
        "geoname_id 4409896 (Springfield, 170,188 inhabitants, admin1code MO)" in fields["row 3"][0]
    )
    assert "called 'Atlantis'" in fields["row 4"][0]
    assert "'Narnia' is no country; write its ISO code" in fields["row 6"][0]
    assert fields["row 7"] == ["Busan is already in row 2; leave one of them out."]
    assert "'king' is no membership" in fields["row 8"][0]
    assert "Write something here." in fields["row 9"]
    assert await City.count() == before


async def test_geoname_id_settles_which_is_meant(cast: Cast) -> None:
    text = "name;country;geoname_id\nSpringfield;US;4951788\n"
    [city] = await import_cities(cast.administrator, read_rows(text))
    assert (city.name, city.time_zone) == ("Springfield", "America/New_York")
    for wrong in ("1", "4951788x", "-1", "1835848", "9" * 30):
        with pytest.raises(Invalid, match="There is no city of 15,000 inhabitants or more with"):
            await import_cities(cast.administrator, read_rows(text.replace("4951788", wrong)))


async def test_importing_again_changes_only_what_differs(cast: Cast) -> None:
    text = "name,country,membership,local_name\nSeoul,KR,,\nNairobi,KE,observer,\n"
    events = await AuditEvent.count()
    await City.update({City.population: 1, City.fiscal_year_start_month: 7}).where(
        City.id == cast.seoul
    )
    first = await import_cities(cast.administrator, read_rows(text))
    again = await import_cities(cast.administrator, read_rows(text))
    assert [city.id for city in first] == [city.id for city in again] == [cast.seoul, cast.nairobi]
    seoul, nairobi = again
    assert seoul.population > 9_000_000
    assert (seoul.local_name, seoul.fiscal_year_start_month) == ("서울", 7)
    assert nairobi.membership == "observer"
    assert await AuditEvent.count() == events + 2


async def test_import_by_others(cast: Cast) -> None:
    for who in set(ACTORS) - {"administrator", "system"}:
        with pytest.raises(Forbidden):
            await import_cities(cast[who], _rows(("Busan", "KR")))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_table_as_spreadsheets_write_it(separator: str, encoding: str) -> None:
    lines = ["Country,Name,Local name", 'KR," Seoul ",서울', "", ",,", 'US,"New York",""', ""]
    data = "\r\n".join(lines).replace(",", separator).encode(encoding)
    assert read_rows(data) == [
        CityRow(number=2, name="Seoul", country="KR", local_name="서울"),
        CityRow(number=5, name="New York", country="US"),
    ]


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ("", "file", "There is nothing in it"),
        ("\n\n", "file", "There is nothing in it"),
        ("name,country\nS\xe3o Paulo,BR".encode("latin-1"), "file", "Byte 14 is not UTF-8"),
        ("Seoul,KR\n", "row 1", "must name the columns: name, country"),
        ("name,country,colour\n", "row 1", "must name the columns"),
        ("name,country,name\n", "row 1", "must name the columns"),
        ("name,country\nSeoul\n", "row 2", "Cells: 1, but the header has 2"),
        ("name,country\nWashington, D.C.,US\n", "row 2", "Cells: 3, but the header has 2"),
        ('name,country\n"Seoul,KR\n', "row 2", "Cannot be read"),
    ],
)
def test_table_that_cannot_be_read(data: str | bytes, field: str, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_rows(data)
    assert list(refusal.value.fields) == [field]
    assert message in refusal.value.fields[field][0]


def test_every_row_that_does_not_fit_is_named() -> None:
    with pytest.raises(Invalid) as refusal:
        read_rows("name,country\nSeoul\nNairobi,KE\nLima\n")
    assert list(refusal.value.fields) == ["row 2", "row 4"]

"""Cities are found by their names in any script, with or without accents, and with a slip."""

from tests.cast import Cast
from tests.factories.projects import joint_project
from tests.graphql.conftest import Api
from tracker.domain.actor import SYSTEM
from tracker.domain.cities.actions import import_cities, read_rows

SEARCH = "query($name: String) { cities(search: $name) { totalCount nodes { name } } }"

MORE = "name,country\nSão Paulo,BR\nTel Aviv,IL\nPaulínia,BR\nŁódź,PL\nMumbai,IN\n"


async def _found(api: Api, name: str) -> list[str]:
    found = (await api.data(SEARCH, {"name": name}))["cities"]
    assert len(api.statements) == 1
    assert found["totalCount"] == len(found["nodes"])
    return [city["name"] for city in found["nodes"]]


CALLED = {
    "Seoul": "서울 서울특별시 首尔 首爾 ソウル Сеул сеул SEOUL seul Séoul 서 seou seoil सियोल",
    "São Paulo": "sao-paulo SAO-PAULO são-paulo saopaulo sao-pualo Сан-Паулу 圣保罗 paulo",
    "Tel Aviv": "tel_aviv telaviv Tel-Aviv תל-אביב تل-أبيب",
    "Nairobi": "nairobbi naorobi 나이로비 Найроби nairobi",
    "Łódź": "lodz Łódź Łodz",
    "Lima": "lima lina リマ",
    "Mumbai": "bombay मुंबई mumbay",
}


async def test_city_is_found_by_any_of_its_names(api: Api, cast: Cast) -> None:
    await import_cities(SYSTEM, read_rows(MORE))
    first = {}
    for city, names in CALLED.items():
        for name in (each.replace("_", " ") for each in names.split()):
            found = await _found(api, name)
            first[name] = (city, found[:1])
    assert {name: found for name, (city, found) in first.items() if found != [city]} == {}


async def test_city_search_shows_the_likest_first(api: Api, cast: Cast) -> None:
    await import_cities(SYSTEM, read_rows(MORE))
    assert await _found(api, "paulin") == ["Paulínia"]
    assert await _found(api, "Paulínia") == ["Paulínia"]
    assert set(await _found(api, "paul")) == {"Paulínia", "São Paulo"}
    for nothing in ("%", "_", "zzzz", "x' OR 'x"):
        assert await _found(api, nothing) == []
    assert len(await _found(api, "l")) > 1
    assert await api.data("{ cities(search: null) { totalCount } }") == {
        "cities": {"totalCount": 8}
    }


async def test_city_search_pages_and_orders(api: Api, cast: Cast) -> None:
    await import_cities(SYSTEM, read_rows(MORE))
    document = """query($after: String) { cities(search: "l", first: 1, after: $after) {
      nodes { name } pageInfo { hasNextPage endCursor } } }"""
    seen, after, more = [], None, True
    while more:
        page = (await api.data(document, {"after": after}))["cities"]
        seen += [city["name"] for city in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == await _found(api, "l")
    ordered = '{ cities(search: "l", orderBy: [{field: NAME}]) { nodes { name } } }'
    names = [city["name"] for city in (await api.data(ordered))["cities"]["nodes"]]
    assert names == sorted(seen)


async def test_city_name_filters_through_relations(api: Api, cast: Cast) -> None:
    await joint_project(cast, "agreed")
    for name, count in (("서울", 1), ("seoull", 1), ("Найроби", 0)):
        document = "query($n: String) { projects(filter: {donorCity: {text: {matches: $n}}})"
        found = await api.data(document + " { totalCount } }", {"n": name})
        assert found == {"projects": {"totalCount": count}}
        assert len(api.statements) == 1

"""An enum with meanings is the same text as before, wherever it goes."""

import json
import pickle

import msgspec
import orjson
import pytest

from tracker.domain.meaning import Meaning


class Weather(Meaning):
    """Made up here."""

    SUNNY = "sunny", "Leave the umbrella at home."
    RAIN = "rain", "Take it along."


def test_meaning_stands_beside_the_value() -> None:
    assert (Weather.RAIN, str(Weather.RAIN), f"{Weather.RAIN}") == ("rain", "rain", "rain")
    assert (Weather.RAIN.value, type(Weather.RAIN.value)) == ("rain", str)
    assert Weather.RAIN.description == "Take it along."
    assert [each.name for each in Weather] == ["SUNNY", "RAIN"]


def test_value_finds_its_member() -> None:
    assert Weather("rain") is Weather.RAIN
    assert pickle.loads(pickle.dumps(Weather.RAIN)) is Weather.RAIN  # noqa: S301 - our own
    with pytest.raises(ValueError, match="hail"):
        Weather("hail")
    with pytest.raises(ValueError, match="umbrella"):
        Weather("Leave the umbrella at home.")


def test_json_holds_the_value_alone() -> None:
    assert json.dumps([Weather.SUNNY]) == '["sunny"]'
    assert orjson.dumps([Weather.SUNNY]) == msgspec.json.encode([Weather.SUNNY]) == b'["sunny"]'
    assert msgspec.json.decode(b'"sunny"', type=Weather) is Weather.SUNNY

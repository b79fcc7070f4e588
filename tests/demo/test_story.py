"""The story, as `make demo ONCE=1` tells it: through real servers, to the end, and once."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from graphql import parse, validate

from tests.starting import run
from tracker.demo.voices import operations
from tracker.graphql import graphql_schema

pytestmark = pytest.mark.long

CHAPTERS = 10


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A data folder that the embedded servers' account can enter, also when root tests."""
    folder = Path(tempfile.mkdtemp(prefix="tracker-demo-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


ROOT = Path(__file__).parents[2]


def demo(folder: Path) -> list[str]:
    """`tracker` and its arguments for one start of the demonstration that ends by itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return ["tracker", "demo", "--once", "--data", str(folder), "--port", str(port)]


@pytest.fixture(scope="module")
def starts(folder: Path) -> list[subprocess.CompletedProcess[str]]:
    """Two starts with the same data folder, the first as a person starts it."""
    command = [sys.executable, "-m", *demo(folder)]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    return [first, run(*demo(folder), environment={**os.environ}, folder=ROOT)]


def test_story_is_told_to_its_end(starts: list[subprocess.CompletedProcess[str]]) -> None:
    first = starts[0]
    assert first.returncode == 0, first.stderr
    assert re.findall(r"^ ?(\d+)  \w", first.stdout, re.MULTILINE) == [
        str(number) for number in range(1, CHAPTERS + 1)
    ]
    assert first.stdout.count("✗") == 5


def test_story_reaches_both_mayors_in_their_languages_once(
    starts: list[subprocess.CompletedProcess[str]], folder: Path
) -> None:
    mails = sorted((folder / "outbox").iterdir())
    assert all(path.name.endswith(".1.eml") for path in mails)
    read = [message_from_bytes(path.read_bytes(), policy=default) for path in mails]
    subjects = {
        city: [each["Subject"] for each in read if f"mayor@{city}.example" in each["To"]]
        for city in ("seoul", "nairobi")
    }
    assert any("완료" in subject for subject in subjects["seoul"])
    assert any("Completed" in subject for subject in subjects["nairobi"])


def test_story_is_not_told_twice(starts: list[subprocess.CompletedProcess[str]]) -> None:
    second = starts[1]
    assert second.returncode == 0, second.stderr
    assert "was told at an earlier start" in second.stdout
    assert "✉" not in second.stdout


@pytest.mark.parametrize("name", sorted(operations()))
def test_story_operation_fits_the_schema(name: str) -> None:
    assert validate(graphql_schema, parse(operations()[name])) == []

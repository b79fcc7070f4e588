"""Doing the same to many rows: all or nothing, and everything that is wrong with any of them at
once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tracker.domain.database import savepoint, transaction
from tracker.domain.errors import Invalid, Refusal, Several
from tracker.domain.messages import Message, say
from tracker.domain.problems import Problems

Item = TypeVar("Item")
Row = TypeVar("Row")

BATCH_MOST = 100


async def all_of(
    items: Sequence[Item],
    act: Callable[[Item], Awaitable[Row]],
    *,
    by: str,
) -> list[Row]:
    """What `act` returns for each item, in the items' order. `by` is the items' attribute with the
    number of the row that each is about.

    Raises Several with the refusals by index when there is any, or Invalid about `drafts`; then
    nothing has changed.
    """
    _require_bounded(items)
    done: dict[int, Row] = {}
    refused: dict[int, Refusal] = {}
    first: dict[int, int] = {}
    async with transaction():
        # In the same order whoever asks, so that two batches do not wait for each other.
        for index in sorted(range(len(items)), key=lambda index: _number(items[index], by)):
            try:
                _require_first(first.setdefault(_number(items[index], by), index), index, by)
                async with savepoint():
                    done[index] = await act(items[index])
            except Refusal as refusal:
                refused[index] = refusal
        if refused:
            raise Several(refused)
    return [done[index] for index in range(len(items))]


async def together(*acts: Callable[[], Awaitable[object]]) -> None:
    """Several actions that one form asks for: all or none.

    Raises Invalid with what is wrong with any of them, by its field; then nothing has changed.
    """
    fields: dict[str, list[Message]] = {}
    async with transaction():
        for act in acts:
            try:
                async with savepoint():
                    await act()
            except Invalid as refusal:
                fields |= {name: [*texts] for name, texts in refusal.fields.items()}
        if fields:
            raise Invalid(fields)


def _number(item: object, by: str) -> int:
    number: int = getattr(item, by)
    return number


def _require_bounded(items: Sequence[object]) -> None:
    problems = Problems()
    problems.unless(bool(items), "drafts", say("Give at least one."))
    problems.unless(
        len(items) <= BATCH_MOST,
        "drafts",
        say(
            "{count} at once are too many; send at most {most}, the rest separately.",
            count=len(items),
            most=BATCH_MOST,
        ),
    )
    problems.raise_any()


def _require_first(first: int, index: int, by: str) -> None:
    if first != index:
        raise Invalid(
            {by: [say("Item {first} of this list is about the same; leave one out.", first=first)]}
        )

"""Whether every mail came once, from the histories alone."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from tests.conformance.rows import Row
from tests.faults.histories import Histories, Line
from tracker.domain.deliveries.tables import OPEN

REFUSED = ("bounced", "failed")


def judged(histories: Histories) -> list[Row]:
    """The figures of one run, with their bars.

    `lost` were owed, not refused for good, and never accepted by the relay; `doubled` were accepted
    once too often; `unexplained_doubts` are those of them that the ledger does not own up to.
    `never_sent` are sent, says the ledger, and the relay has none.
    `wrong_states` are mails of which the ledger says in the end what the relay does not, `reopened`
    steps away from an end, `altered` mails that are not the bytes that were frozen.
    """
    owed, steps, relay = (histories.read(name) for name in ("owed", "ledger", "relay"))
    accepted, wanted = _accepted(relay), Counter(line["to"] for line in owed)
    last = {step["delivery"]: step for step in steps}
    gone = {line["to"] for line in relay if line["for_good"]}
    lost = {to: count - accepted[to] for to, count in wanted.items() if to not in gone}
    twice = _twice(histories)
    said = {step["to"] for step in last.values() if step["state"] == "sent"}
    doubts = Counter[str]()
    for step in last.values():
        doubts[step["to"]] += step["doubts"]
    return [
        Row("delivery.owed", len(owed), at_least=1),
        Row("delivery.accepted", accepted.total()),
        Row("delivery.refused", len(gone)),
        Row("delivery.doubts", doubts.total()),
        Row("delivery.lost", _over(lost), at_most=0),
        Row("delivery.doubled", doubled(histories), at_most=0),
        Row(
            "delivery.unexplained_doubts",
            _over({to: count - doubts[to] for to, count in twice.items()}),
            at_most=0,
        ),
        Row("delivery.never_sent", len(said - accepted.keys()), at_most=0),
        Row("delivery.wrong_states", _wrong(list(last.values()), accepted, gone), at_most=0),
        Row("delivery.reopened", sum(_reopens(step) for step in steps), at_most=0),
        Row("delivery.altered", _altered(steps, relay), at_most=0),
    ]


def doubled(histories: Histories) -> int:
    """How many mails were accepted once too often so far."""
    return _over(_twice(histories))


def fenced(histories: Histories, at_least: int) -> Row:
    """How many workers that slept over a mail have changed nothing about it once awake."""
    slept = {line["delivery"] for line in histories.read("stops")}
    latest = {step["delivery"]: step["at"] for step in histories.read("ledger")}
    wakes = [line for line in histories.read("wakes") if line["delivery"] in slept]
    count = sum(latest[line["delivery"]] < line["at"] for line in wakes)
    return Row("delivery.fenced", count, of=at_least, at_least=at_least)


def recovered(histories: Histories, at_most: float) -> Row:
    """Seconds from a harm to the next mail that the relay accepted, at the worst."""
    accepted = [line["at"] for line in histories.read("relay") if line["accepted"]]
    waits = [
        next((at for at in accepted if at > line["at"]), line["at"]) - line["at"]
        for line in histories.read("harms")
    ]
    return Row("delivery.recovered_seconds", max(waits, default=0), at_most=at_most)


def web_back(histories: Histories, at_most: float) -> list[Row]:
    """How often the web answered, and the seconds from the first question that it did not answer to
    the next that it did, at the worst."""
    asked = histories.read("asked")
    silences, since = [0.0], None
    for line in asked:
        if not line["answered"]:
            since = since or line["at"]
        elif since:
            silences.append(line["at"] - since)
            since = None
    if since:
        silences.append(float("inf"))
    answered = sum(line["answered"] for line in asked)
    return [
        Row("delivery.web_answers", answered, of=len(asked), at_least=1),
        Row("delivery.web_back_seconds", max(silences), at_most=at_most),
    ]


def out_of_order(histories: Histories) -> Row:
    """Mails that came to their reader before one that had fallen due earlier."""
    due = {
        step["message_id"]: step["delivery"]
        for step in histories.read("ledger")
        if step["message_id"]
    }
    came: dict[str, list[int]] = {}
    for line in histories.read("relay"):
        if line["accepted"]:
            came.setdefault(line["to"], []).append(due[line["message_id"]])
    count = sum(
        later < earlier for numbers in came.values() for earlier, later in pairwise(numbers)
    )
    return Row("delivery.out_of_order", count, at_most=0)


def _accepted(relay: Sequence[Line]) -> Counter[str]:
    return Counter(line["to"] for line in relay if line["accepted"])


def _twice(histories: Histories) -> dict[str, int]:
    """By address, how much more was accepted than was owed, or may have been."""
    owed = Counter(
        line["to"] for name in ("owed", "unacknowledged") for line in histories.read(name)
    )
    return {to: count - owed[to] for to, count in _accepted(histories.read("relay")).items()}


def _over(counts: dict[str, int]) -> int:
    return sum(count for count in counts.values() if count > 0)


def _wrong(last: Sequence[Line], accepted: Counter[str], gone: set[str]) -> int:
    """Sent is what the relay has, and refused what it refused; the rest is left undone."""
    said = Counter(step["to"] for step in last if step["state"] == "sent")
    undone = sum(step["state"] not in ("sent", *REFUSED) for step in last)
    unlike = sum(abs(said[to] - accepted[to]) for to in said.keys() | accepted.keys())
    return undone + unlike + sum(step["state"] in REFUSED and step["to"] not in gone
                                 for step in last)  # fmt: skip


def _reopens(step: Line) -> bool:
    return step["before"] is not None and step["before"] not in OPEN


def _altered(steps: Sequence[Line], relay: Sequence[Line]) -> int:
    """Of each Message-ID, bytes beyond the first ones that were frozen."""
    found: dict[str, set[str]] = {}
    for line in [*steps, *(each for each in relay if each["accepted"])]:
        if line["message_id"] and line["bytes"]:
            found.setdefault(line["message_id"], set()).add(line["bytes"])
    return sum(len(each) - 1 for each in found.values())

"""What a relay's log tells of mails that it took."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.relay_logs.mails import envelope_sender, message_id
from tracker.mail import relay_log
from tracker.mail.relay_log import RelayLog

NOW = datetime.now(UTC)
STAMP = f"{NOW - timedelta(minutes=1):%Y-%m-%dT%H:%M:%S+00:00}"
ID = "<digest.1.ab@tracker.example.org>"


def postfix(number: str, name: str = ID, *, active: bool = True) -> str:
    lines = [f"{STAMP} mx postfix/cleanup[7]: {number}: message-id={name}"]
    if active:
        lines.append(
            f"{STAMP} mx postfix/qmgr[9]: {number}: from=<b@x>, size=9, nrcpt=1 (queue active)"
        )
    return "\n".join(lines) + "\n"  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    path.write_text(f"{STAMP} mx postfix/master[1]: daemon started\n")
    return path


def read(path: Path) -> RelayLog:
    found = RelayLog(path)
    found.read_on()
    return found


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        (postfix("4F1A2B"), True),
        (postfix("4zXk9r0QwWz2", active=False), False),
        (
            postfix("4F1A2B", active=False)
            + f"{STAMP} mx postfix-out/smtp[3]: 4F1A2B: to=<a@b.example>, relay=none,"
            " status=deferred (timed out)\n",
            True,
        ),
        (postfix("4F1A2B", active=False) + postfix("5F1A2B", "<other@x>"), False),
        (
            f"2026-11-26 15:00:00 1abcDE-00001-AB <= t@x H=(x) [::1] P=esmtp S=9 id={ID[1:-1]}"
            ' T="id=other" for a@b.example\n',
            True,
        ),
        (f"{STAMP} mx smtpd[3]: f27 smtp envelope evpid=78e5 from=<b+1-a@x> to=<a@b.ex>\n", True),
        (f"{STAMP} mx smtpd[3]: f27 smtp envelope evpid=78e5 from=<b+2-a@x> to=<a@b.ex>\n", False),
        (f"{STAMP} mx postfix/cleanup[7]: 4F1A2B: warning: message-id={ID}\n", False),
    ],
    ids=[
        "postfix, taken",
        "postfix, not yet",
        "postfix, tried",
        "postfix, another",
        "exim",
        "opensmtpd",
        "opensmtpd, another",
        "warning",
    ],  # not the lines: they hold the time, and each process has its own
)
def test_only_what_was_taken_counts_in_each_relays_words(log: Path, line: str, taken: bool) -> None:
    log.write_text(log.read_text() + line)
    assert read(log).taken(ID, "b+1-a@x") is taken


@pytest.mark.parametrize(
    ("relay", "by_name", "by_sender"),
    [
        ("postfix", {1, 2, 3, 5, 7}, set()),
        ("exim", {1, 2, 3, 7}, set()),
        ("opensmtpd", set(), {1, 2, 3, 5}),
    ],
)
def test_words_of_real_relays_are_understood(
    relay: str, by_name: set[int], by_sender: set[int]
) -> None:
    found = read(Path(__file__).with_name("relay_logs") / f"{relay}.log")
    assert {n for n in range(1, 9) if found.taken(message_id(n))} == by_name
    assert {n for n in range(1, 9) if found.taken(envelope_sender(n))} == by_sender
    assert found.reaches_back_to(datetime.now(UTC))


def test_log_is_read_on_line_by_line_and_through_rotation(log: Path) -> None:
    found = read(log)
    whole = postfix("4F1A2B")
    with log.open("a") as file:
        file.write(whole[:-9])
    found.read_on()
    assert not found.taken(ID), "the line is not written to its end"
    with log.open("a") as file:
        file.write(whole[-9:] + postfix("1", "<late@x>"))
    log.rename(f"{log}.1")
    log.write_text(postfix("2", "<new@x>"))
    found.read_on()
    assert all(found.taken(name) for name in (ID, "<late@x>", "<new@x>"))
    assert found.reaches_back_to(NOW)
    Path(f"{log}.1").write_text(log.read_text() + postfix("3", "<copied@x>"))
    log.write_text(postfix("4", "<y@x>", active=False))
    found.read_on()
    assert found.taken("<copied@x>"), "copied and cut, as logrotate does"


def test_what_is_not_read_is_not_known(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    former = NOW - timedelta(hours=3)
    assert not read(log).reaches_back_to(former)
    Path(f"{log}.1").write_text(f"{NOW - timedelta(days=1):%b %e %H:%M:%S} mx kernel: x\n")
    found = read(log)
    assert found.reaches_back_to(former)
    log.rename(f"{log}.2")
    log.write_text(postfix("1"))
    Path(f"{log}.1").write_text(
        f"{STAMP} of another part, longer than what was read of the first\n"
    )
    found.read_on()
    assert found.taken(ID)
    assert not found.reaches_back_to(former), "two turns at once"
    monkeypatch.setattr(relay_log, "BYTES_MOST", 100)
    log.write_text(log.read_text() + postfix("2") * 9)
    assert not RelayLog(log).reaches_back_to(NOW)
    monkeypatch.setattr(relay_log, "MAILS_MOST", 1)
    monkeypatch.setattr(relay_log, "BYTES_MOST", 10_000)
    log.write_text(postfix("7", "<a@x>") + postfix("8", "<b@x>"))
    Path(f"{log}.1").unlink()
    small = read(log)
    assert small.taken("<b@x>")
    assert not small.taken("<a@x>")

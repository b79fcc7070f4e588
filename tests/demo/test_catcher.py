"""The demonstration's mail server, spoken to by SMTP."""

import hashlib
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[smtplib.SMTP]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    argv = [sys.executable, "-m", "tracker.demo.catcher", "--port", str(port)]
    process = subprocess.Popen([*argv, "--dir", str(tmp_path / "outbox")])
    try:
        with connect(port) as client:
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def connect(port: int) -> smtplib.SMTP:
    for _ in range(200):
        try:
            return smtplib.SMTP("127.0.0.1", port, timeout=10)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise TimeoutError


def mail(identity: str | None, subject: str = "3 projects on track") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "tracker@example.org"
    message["To"] = "mayor@example.org"
    if identity:
        message["Message-ID"] = identity
    message.set_content("안녕하세요\n.\n..\n")
    return message


def kept(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "outbox").iterdir())


@pytest.mark.parametrize("sender", ["bounces+7-token@example.org", "<>"])
def test_accepted_mail_is_on_disk_byte_for_byte_below_its_sender(
    tmp_path: Path, relay: smtplib.SMTP, sender: str
) -> None:
    sent = mail("<one@example.org>").as_bytes().replace(b"\n", b"\r\n")
    relay.sendmail(sender, ["mayor@example.org"], sent)
    name = hashlib.sha256(b"<one@example.org>").hexdigest() + ".1.eml"
    assert kept(tmp_path) == [name]
    path = f"Return-Path: <{sender.strip('<>')}>\r\n".encode()
    assert (tmp_path / "outbox" / name).read_bytes() == path + sent


def test_repeated_message_id_shows_as_a_double(tmp_path: Path, relay: smtplib.SMTP) -> None:
    for _ in range(2):
        relay.send_message(mail("<one@example.org>"))
    relay.send_message(mail("<two@example.org>"))
    numbers = sorted(name.split(".", 1)[1] for name in kept(tmp_path))
    assert numbers == ["1.eml", "1.eml", "2.eml"]


def test_mail_without_message_id_is_kept(tmp_path: Path, relay: smtplib.SMTP) -> None:
    relay.send_message(mail(None))
    assert len(kept(tmp_path)) == 1


def test_mail_that_cannot_be_kept_is_not_accepted(tmp_path: Path, relay: smtplib.SMTP) -> None:
    (tmp_path / "outbox").rmdir()
    with pytest.raises(smtplib.SMTPDataError) as refused:
        relay.send_message(mail("<one@example.org>"))
    assert refused.value.smtp_code == 452
    os.mkdir(tmp_path / "outbox")
    relay.send_message(mail("<one@example.org>"))
    assert len(kept(tmp_path)) == 1

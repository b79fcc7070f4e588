"""Settings: read all at once, refused all at once, documented."""

import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from email.utils import parseaddr
from pathlib import Path

import pytest

from tracker.mail import Mail, message
from tracker.settings import Settings, SettingsError
from tracker.settings.table import table, undocumented

SECRET = "0123456789abcdef0123456789abcdef"
README = Path(__file__).parent.parent / "README.md"


def test_defaults_need_nothing(tmp_path: Path) -> None:
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path)})
    assert settings.database_url is None
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.sweep_seconds == 60
    assert not settings.demonstration


def test_environment_round_trip_gives_equal_settings(tmp_path: Path) -> None:
    given = {
        "DATABASE_URL": "postgresql://tracker:p%40ss@db.example.org/tracker",
        "REDIS_URL": "unix:///run/valkey.sock",
        "SMTP_URL": "smtp://user:pass@mail.example.org:587?starttls=1",
        "BASE_URL": "https://tracker.example.org/",
        "SECRET_KEY": SECRET,
        "MAIL_FROM": "Städte <tracker@example.org>",
        "PRIVATE_CHANNELS": "Chat.example.org, 127.0.0.1:9000,[fd00::1]",
        "DEMONSTRATION": "yes",
        "DATA_DIR": str(tmp_path),
        "OUTBOX_DIR": str(tmp_path / "outbox"),
        "BOUNCE_ADDRESS": "bounces@example.org",
        "INBOUND_BOX": "imaps://tracker%40example.org:h%2Fush@mail.example.org/INBOX",
        "INBOUND_SECRET": SECRET,
        "JOURNAL_ADDRESS": "Journal <journal@example.org>",
        "JOURNAL_BOX": "maildir:///var/mail/journal",
        "RELAY_LOG": "/var/log/mail.log",
    }
    settings = Settings.from_environment(given)
    assert settings.base_url == "https://tracker.example.org"
    assert settings.demonstration
    assert Settings.from_environment(settings.to_environment()) == settings


def test_base_url_not_set_follows_host_and_port(tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path), "PORT": "8001", "HOST": "0.0.0.0"}  # noqa: S104
    assert Settings.from_environment(given).base_url == "http://127.0.0.1:8001"


def test_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path), "PORT": " ", "REDIS_URL": ""}
    settings = Settings.from_environment(given)
    assert (settings.port, settings.redis_url) == (8000, None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PORT", "٣"),
        ("DATABASE_POOL_SIZE", "0"),
        ("DATABASE_URL", "mysql://host/db"),
        ("DATABASE_URL", "postgresql://host:port/db"),
        ("REDIS_URL", "redis://"),
        ("SMTP_URL", "mail.example.org"),
        ("BASE_URL", "tracker.example.org"),
        ("MAIL_FROM", "nobody"),
        ("SECRET_KEY", "short"),
        ("PRIVATE_CHANNELS", "http://chat.example.org/hooks"),
        ("PRIVATE_CHANNELS", "chat.example.org, you@127.0.0.1:9000"),
        ("PRIVATE_CHANNELS", "chat.example.org:port"),
        ("DEMONSTRATION", "perhaps"),
        ("LOG_LEVEL", "loud"),
        ("INBOUND_BOX", "imaps://mail.example.org"),
        ("INBOUND_BOX", "maildir://relative/path"),
        ("INBOUND_BOX", "pop3://user:hush@mail.example.org"),
        ("JOURNAL_ADDRESS", "journal@example.org"),
    ],
)
def test_bad_value_is_named_in_one_line(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} [^\n]+$"):
        Settings.from_environment({"DATA_DIR": str(tmp_path), name: text})


@pytest.mark.parametrize(
    "text",
    [
        *("büro@example.org", "a@bü.example", "a@b@example.org", "a@-example.org", "@example.org"),
        *("a@example.org, c@example.org", "Ä <a@example.org>, c@example.org", "group: a@b.org;"),
        *("Name <a@example.org> Bcc: z", "Ä, B <a@example.org>", '"x\\" <a@example.org>'),
        *("a@example.org\u2028Bcc: x@y", "a\x0bBcc: x@y <a@example.org>", "ü\x85 <a@example.org>"),
        *("a@exam\tple", "\x00 <a@example.org>", "\ud800 <a@example.org>", "a@example.org\nBcc: z"),
        *("=?utf-8?q?=0d=0aBcc:_x=40y?= <a@example.org>", "x" * 400 + " <a@example.org>"),
    ],
)
@pytest.mark.parametrize("name", ["CONTACT_ADDRESS", "MAIL_FROM"])
def test_address_that_no_mail_can_carry_is_refused_at_the_start(
    tmp_path: Path, name: str, text: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{name} must be one address, [ -~…]+$"):
        Settings.from_environment({"DATA_DIR": str(tmp_path), name: text})


@pytest.mark.parametrize(
    "text",
    [
        *("a.b+c@example.org", "tracker@localhost", "<a@example.org>", "a@xn--b-xga.example"),
        *("서울시 <a@example.org>", '"Ä, B" <a@example.org>'),
        *("St. Gallen's office <a@example.org>", "Büro für Zusammenarbeit <a@example.org>"),
    ],
)
def test_address_that_is_taken_stands_in_every_mail(tmp_path: Path, text: str) -> None:
    given = {"DATA_DIR": str(tmp_path), "MAIL_FROM": text, "CONTACT_ADDRESS": text}
    settings = Settings.from_environment(given)
    made = message(
        Mail("en", "Subject", "Text", "<p>Text</p>"),
        settings,
        ("Nairobi", "n@example.org"),
        "<1@x>",
        datetime.now(UTC),
        reply_to=settings.contact_address,
    )
    read = message_from_bytes(made, policy=default)
    for header in (read["From"], read["Reply-To"]):
        [address] = header.addresses
        assert (address.display_name, address.addr_spec) == parseaddr(text)


def test_all_bad_values_are_reported_at_once(tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path), "PORT": "x", "LOG_LEVEL": "y", "BASE_URL": "z"}
    with pytest.raises(SettingsError, match=r"BASE_URL .*; PORT .*; LOG_LEVEL "):
        Settings.from_environment(given)


def test_secret_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path / "new")}
    first = Settings.from_environment(given)
    assert len(first.secret_key) >= 32
    assert Settings.from_environment(given).secret_key == first.secret_key
    assert stat.S_IMODE(os.stat(tmp_path / "new" / "secret_key").st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret_key"]


def test_secret_key_is_required_for_real_use(tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://db.example.org/tracker"}
    with pytest.raises(SettingsError, match="SECRET_KEY is not set"):
        Settings.from_environment(given)
    assert Settings.from_environment(given | {"SECRET_KEY": SECRET}).secret_key == SECRET.encode()
    assert Settings.from_environment(given | {"DEMONSTRATION": "1"}).demonstration


def test_secrets_stay_out_of_the_printed_object(tmp_path: Path) -> None:
    given = {
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": SECRET,
        "DATABASE_URL": "postgresql://tracker:hush@db.example.org/tracker",
    }
    printed = repr(replace(Settings.from_environment(given), port=8001))
    assert "hush" not in printed
    assert SECRET not in printed
    assert "8001" in printed


def test_every_setting_is_documented() -> None:
    assert undocumented(README.read_text(encoding="utf-8")) == []


def test_undocumented_setting_is_found() -> None:
    rows = table().splitlines()
    assert undocumented("\n".join(rows[:-1])) == rows[-1:]

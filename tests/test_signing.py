"""DKIM: what is signed is verified by somebody else's code, and nothing else is."""

from datetime import UTC, datetime
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tracker import mail
from tracker.__main__ import main
from tracker.mail import Mail
from tracker.settings import Settings, SettingsError

MAILS = [
    Mail(
        "ko",
        "사업 3건 순조, 1건 결정 필요 " * 9,
        "안녕\n.\n  two  spaces \t\nend\n\n",
        "<p>안녕</p>",
    ),
    Mail("en", "x", "", "<p>" + "a b  c " * 500 + "</p>"),
    Mail("en", "Three  spaces   in it", "From here\n\n\n", "\n \n"),
]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> str:
    """DKIM_KEYS of one key of each kind."""
    folder = tmp_path_factory.mktemp("keys")
    made: dict[str, RSAPrivateKey | Ed25519PrivateKey] = {
        "r2026": generate_private_key(65537, 2048),
        "e2026": Ed25519PrivateKey.generate(),
    }
    for name, key in made.items():
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(pem)
    return ",".join(f"{name}:{folder / name}.pem" for name in made)


def chosen(tmp_path: Path, keys: str) -> Settings:
    return Settings.from_environment(
        {
            "DATA_DIR": str(tmp_path),
            "MAIL_FROM": "시청 Tracker <tracker@example.org>",
            "BASE_URL": "https://tracker.example.org",
            "DKIM_KEYS": keys,
        }
    )


def published(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
              tmp_path: Path, keys: str) -> dict[bytes, bytes]:  # fmt: skip
    """The records as the command prints them."""
    for name, value in chosen(tmp_path, keys).to_environment().items():
        monkeypatch.setenv(name, value)
    assert main(["mail", "records"]) == 0
    lines = (line.split(" TXT ") for line in capsys.readouterr().out.splitlines())
    return {name.encode(): text.replace('" "', "").strip('"').encode() for name, text in lines}


def verified(content: bytes, place: int, records: dict[bytes, bytes]) -> bool:
    try:
        return bool(dkim.DKIM(content).verify(place, lambda name, timeout=5: records.get(name)))
    except dkim.ValidationError:
        return False


@pytest.mark.parametrize("made", MAILS)
def test_signatures_verify_by_the_records_that_the_command_prints(
    made: Mail, keys: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    records = published(capsys, monkeypatch, tmp_path, keys)
    to = ("시장 of Seoul", "mayor@example.org")
    at = datetime(2026, 11, 24, 8, tzinfo=UTC)
    leave = "https://tracker.example.org/unsubscribe/" + "x" * 140
    content = mail.message(made, chosen(tmp_path, keys), to, "<1@example.org>", at, leave)
    assert [verified(content, place, records) for place in range(2)] == [True, True]
    spaced = content.replace(b"Subject: ", b"SUBJECT:   ", 1)
    assert verified(spaced, 0, records)
    for changed in (
        content.replace(b"mayor@", b"other@", 1),
        content.replace(b"/unsubscribe/x", b"/unsubscribe/y", 1),
        content.replace(b"=One-Click", b"=Two-Clicks", 1),
        content.replace(b"MIME-Version", b"Subject: another\r\nMIME-Version", 1),
        content[:-2] + b"more\r\n",
    ):
        assert not verified(changed, 0, records)
        assert not verified(changed, 1, records)


def test_same_mail_is_the_same_bytes(keys: str, tmp_path: Path) -> None:
    at = datetime(2026, 11, 24, 8, tzinfo=UTC)
    made = [
        mail.message(
            MAILS[0], chosen(tmp_path, keys), ("M", "m@example.org"), "<1@example.org>", at
        )
        for _ in range(2)
    ]
    assert made[0] == made[1]


@pytest.mark.parametrize("text", ["file.pem", "sel ector:file.pem", "a:x,b"])
def test_key_without_a_selector_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="DKIM_KEYS must look like"):
        chosen(tmp_path, text)


def test_worker_does_not_start_with_a_key_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DKIM_KEYS", f"a:{tmp_path / 'nothing.pem'}")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:9")
    assert main(["worker"]) == 1
    assert "DKIM_KEYS: " in capsys.readouterr().err

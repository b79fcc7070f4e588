"""What the register of ASVS asks of documents and of the code as a whole."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.asvs import ROOT, items, problems
from tracker.domain.roles import Permission
from tracker.settings import Settings

SAYS = {
    "Ways to sign in": ["Argon2id", "10 minutes", "TOTP", "OpenID Connect", "no hint or question"],
    "Sessions": ["SESSION_DAYS", "SESSION_IDLE_HOURS", "NIST SP 800-63B", "provider"],
    "What anybody may do how often": ["LIMIT_", "Redis", "nested queries", "time-out"],
    "Input": ["on single values", "between values", "on the server"],
    "Files": ["FILE_MB", "entries unpacked", "attachments", "virus scanner"],
    "Levels of protection": ["public", "personal", "secret", "erased", "logs"],
    "Keys and cryptography": ["SECRET_KEY", "Argon2id", "SHA-256", "who holds it"],
    "What it speaks with": ["PostgreSQL", "Redis", "relay", "providers"],
    "Logging": ["tracker.security", "days", "UTC", "NTP"],
    "Dependencies": ["7 days", "30 days", "hash", "requirements.lock"],
}
SCRIPTS = sorted((ROOT / "tracker/web/static").rglob("*.js"))
PYTHON = sorted((ROOT / "tracker").rglob("*.py"))


def test_register_is_complete_and_its_tests_exist() -> None:
    assert list(problems(items())) == []
    assert not [each.number for each in items() if each.level == 1 and each.is_open]


@pytest.mark.parametrize("section", SAYS)
def test_document_says_what_it_must(section: str) -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    parts = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert [words for words in SAYS[section] if words not in parts[section]] == []


def test_settings_that_the_document_names_exist() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    names = {meta.metadata["name"] for meta in Settings.__dataclass_fields__.values()}
    named = set(re.findall(r"`([A-Z][A-Z_]{5,})`", text))
    assert named - names == set()


def test_roles_are_documented() -> None:
    """Each permission says in words what it permits."""
    assert len(Permission) >= 10
    source = (ROOT / "tracker/domain/roles.py").read_text(encoding="utf-8")
    assert all(each.name in source for each in Permission)
    assert "visible" in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_of_ours_writes_html(script: Path) -> None:
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", script.read_text(encoding="utf-8"), flags=re.DOTALL)
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                 "new Function", "__proto__"):  # fmt: skip
        assert word not in code


def test_scripts_store_no_secret() -> None:
    """Drafts of documents; a token that is pasted into the explorer stays in its tab
    and goes at sign-out (Clear-Site-Data)."""
    kept = {
        match
        for script in SCRIPTS
        for match in re.findall(r"(\w+Storage)\.setItem\(([^,]+),", script.read_text("utf-8"))
    }
    assert kept == {
        ("localStorage", "`explorer.${name}`"),
        ("sessionStorage", '"explorer.token"'),
    }


def test_no_weak_hash_or_random_number_is_used() -> None:
    """SHA-1 and MD5 nowhere; `random` only where nothing has to be unguessable."""
    for path in PYTHON:
        code = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(md5|sha1)\b|modes\.ECB|TripleDES|ARC4", code), path
        if re.search(r"^import random|^from random", code, re.MULTILINE):
            assert "secret" not in code, path


def test_password_fields_hide_and_let_managers_help() -> None:
    """Every field of a password hides it, says to managers which it is, and forbids no pasting."""
    found = 0
    for page in (ROOT / "frontend_templates").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "onpaste" not in text
        for field in re.findall(r'text_field\("(?:present|password)".*', text):
            found += 1
            assert 'type="password"' in field
            assert "-password" in field
            assert "maxlength" not in field, "browsers cut what is pasted, and say nothing"
    assert found >= 3


def test_every_page_of_somebody_has_a_way_out() -> None:
    frame = (ROOT / "frontend_templates/layouts/page.html").read_text(encoding="utf-8")
    assert 'action="/sign-out"' in frame
    for page in (ROOT / "frontend_templates").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if "<html" in text and "emails" not in page.parts and "layouts" not in page.parts:
            raise AssertionError(f"{page} has a frame of its own")


def test_every_locked_package_has_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in re.sub(r"#.*", "", text)
        entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
        assert len(entries) > 20
        for entry in entries:
            assert re.match(r"[\w.\[\],-]+==[\w.+!-]+", entry), entry[:60]
            assert "--hash=sha256:" in entry, entry[:60]


FLOORS = {
    "strawberry-graphql": (0, 341, 2), "litestar": (2, 25), "multipart": (1, 3, 1),
    "jinja2": (3, 1, 6), "graphql-core": (3, 3, 2), "redis": (4, 5, 5), "aiosmtpd": (1, 4, 6),
    "h11": (0, 16), "authlib": (1, 6, 9), "cryptography": (44,),
}  # fmt: skip
"""Versions that carry fixes of weaknesses that matter here."""


@pytest.mark.parametrize("name", FLOORS)
def test_floors_that_carry_fixes_are_locked(name: str) -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(name)}(?:\[[\w,-]+\])?==([\d.]+)", text, re.MULTILINE)
    assert found
    assert tuple(int(each) for each in found[1].split(".")) >= FLOORS[name]


def test_no_secret_is_in_the_repository() -> None:
    """No private keys, API tokens or addresses with passwords but those made up in tests."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    pattern = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY|\best_[A-Za-z0-9_-]{40,}|\b(AKIA|ghp_|xox[bp]-)\w{12,}"
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".txt", ".js", ".json", ".html", ".yml", ""):
            assert not pattern.search(path.read_text(encoding="utf-8", errors="replace")), name

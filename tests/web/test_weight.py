"""What a web server does not carry along: packages that few requests need, or none."""

import subprocess
import sys

RARE = (
    *("zxcvbn", "cryptography.hazmat", "httpx", "authlib", "joserfc"),
    *("jwt", "pydantic", "attrs", "rich", "black", "playwright"),
)

STARTED = f"""
import sys
from tracker import __main__
from tracker.app import create_app
from tracker.doctor import looking
from tracker.settings import Settings

create_app(Settings.from_environment({{"DATA_DIR": sys.argv[1]}}))
print(*[name for name in {RARE} if name in sys.modules])
"""


def test_rare_packages_with_server_made(tmp_path: object) -> None:
    made = subprocess.run(
        [sys.executable, "-c", STARTED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert made.stdout.split() == []

"""What operators do at the command line to somebody's account, that person is told."""

import os
import subprocess
import sys
from dataclasses import replace

from tests.cast import Cast, email
from tests.workers.conftest import Outbox


def test_person_whose_token_an_operator_issues_is_told_in_their_language(
    cast: Cast, outbox: Outbox
) -> None:
    settings = replace(outbox.settings, delivery_lease_seconds=5)
    done = subprocess.run(
        [sys.executable, "-m", "tracker", "token", email("seoul_mayor"), "--scope", "read"],
        env=os.environ | settings.to_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout.startswith("est_"), done.stderr
    [mail] = outbox.mails()
    assert mail["Subject"] == "시스템 운영자가 귀하의 계정에 API 토큰을 발급했습니다"
    for body in outbox.bodies(email("seoul_mayor")):
        assert mail["Subject"] in body
        assert "https://tracker.example.org/tokens" in body
        assert done.stdout.strip() not in body, "the token is for who asked for it"

"""Commands that start or prepare an installation."""

import argparse
import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict

from tracker.commands import CommandError, running, settings_of
from tracker.embedded import servers
from tracker.preflight import require_answers, require_free_port, require_owner
from tracker.settings import Settings


def demo(options: argparse.Namespace) -> None:
    """Start everything with the demonstration portfolio and tell the story."""
    from tracker.demo import ENVIRONMENT, DemonstrationFailed

    settings = settings_of(options, ENVIRONMENT)
    require_free_port(settings)
    asyncio.run(require_answers(settings))
    from tracker.demo.orchestration import run

    try:
        run(settings, once=options.once)
    except DemonstrationFailed as error:
        raise CommandError(f"the demonstration failed: {error}") from error


def serve(options: argparse.Namespace) -> None:
    """Serve pages and the API."""
    settings = settings_of(options)
    require_free_port(settings)
    with _safely_running(settings) as settings:
        import uvicorn

        from tracker.app import create_app
        from tracker.web.wire import wire

        uvicorn.run(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_level=settings.log_level,
            access_log=False,
            log_config=None,  # goes where everything goes
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=10,
            **wire(settings),
        )


def worker(options: argparse.Namespace) -> None:
    """Send what is due, until stopped."""
    from tracker.mail import domain_of
    from tracker.mail.signing import NoKey, signers

    settings = settings_of(options)
    if settings.smtp_url is None:
        raise CommandError(
            "the worker sends digests, and SMTP_URL is not set:"
            " smtp://user:password@host:587?starttls=1"
        )
    try:
        signers(domain_of(settings), settings.dkim_keys or ())
    except NoKey as error:
        raise CommandError(f"DKIM_KEYS: {error}") from error
    with _safely_running(settings) as settings:
        from tracker.workers import run

        run(settings)


def doctor(options: argparse.Namespace) -> None:
    """Tell what is unsafe in the present settings and surroundings, a line for each; exit code 1
    if anything is."""
    from tracker.doctor.looking import findings

    settings = settings_of(options)
    has_servers = (settings.data_dir / "servers").exists()
    with servers(settings) if has_servers else nullcontext(settings) as found_running:
        found = asyncio.run(findings(settings, found_running))
    if options.json:
        print(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False))
    else:
        print("\n".join(map(str, found)) or "Nothing unsafe was found.")
    if any(each.unsafe for each in found):
        raise SystemExit(1)


@contextmanager
def _safely_running(settings: Settings) -> Iterator[Settings]:
    """Settings whose servers answer and, where the installation is for real use, with nothing
    unsafe about them."""
    from tracker.doctor.looking import require_safe

    with running(settings) as found:
        require_safe(settings, found)
        yield found


def migrate(options: argparse.Namespace) -> None:
    """Bring the database to the newest schema."""
    settings = settings_of(options)
    asyncio.run(require_owner(settings))
    with running(settings) as settings:
        from tracker.migrations import migrate

        applied = asyncio.run(migrate(settings))
    print("\n".join(applied) or "The database is up to date.")

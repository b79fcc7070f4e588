"""Commands that start or prepare an installation."""

import argparse
import asyncio

from tracker.commands import CommandError, running, settings_of
from tracker.preflight import require_answers, require_free_port


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
    with running(settings) as settings:
        import uvicorn

        from tracker.app import create_app
        from tracker.web.wire import WIRE

        uvicorn.run(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_level=settings.log_level,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=10,
            **WIRE,
        )


def worker(options: argparse.Namespace) -> None:
    """Send what is due, until stopped."""
    settings = settings_of(options)
    if settings.smtp_url is None:
        raise CommandError(
            "the worker sends digests, and SMTP_URL is not set:"
            " smtp://user:password@host:587?starttls=1"
        )
    with running(settings) as settings:
        from tracker.workers import run

        run(settings)


def migrate(options: argparse.Namespace) -> None:
    """Bring the database to the newest schema."""
    with running(settings_of(options)) as settings:
        from tracker.migrations import migrate

        applied = asyncio.run(migrate(settings))
    print("\n".join(applied) or "The database is up to date.")

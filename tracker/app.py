"""The web application: the only place where its parts are wired together."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.plugins.core import MsgspecDIPlugin

from tracker.domain.database import connected
from tracker.graphql import serving
from tracker.graphql.live import live
from tracker.logs import configure
from tracker.settings import Settings
from tracker.throttle import throttling
from tracker.web import (
    accepting,
    account_data,
    account_history,
    account_roles,
    account_sessions,
    amending,
    answers,
    assets,
    budget_lines,
    budgets,
    comments,
    decisions,
    deliveries,
    digests,
    dimensions,
    directory,
    documentation,
    erasures,
    evaluations,
    evidence,
    explorer,
    feeds,
    health,
    home,
    hooks,
    inbound,
    invitations,
    lessons,
    library,
    lost_factors,
    metrics,
    milestones,
    outbox,
    outcomes,
    people,
    period_locks,
    periods,
    plan_changes,
    plans,
    practices,
    projects,
    proposing,
    raising,
    rates,
    reminders,
    reporting_many,
    requests,
    resetting,
    results,
    risks,
    second_step,
    security,
    sign_in,
    sign_on,
    sign_ons,
    sockets,
    status_reports,
    tokens,
    tolerances,
    trail,
    unsubscribing,
    value_evidence,
    values,
    verdicts,
)
from tracker.web.addresses import refuse_address, require_row_numbers, too_long
from tracker.web.admission import watching
from tracker.web.endpoint import Door, only_looks
from tracker.web.faults import HANDLERS
from tracker.web.forgery import require_same_site
from tracker.web.forms import posted
from tracker.web.headers import finishing
from tracker.web.proxies import seen_through

PAGES = [
    home.home,
    *(sign_in.form, sign_in.ask, sign_in.confirm, sign_in.redeem, sign_in.try_out),
    sign_in.sign_out,
    *(sign_in.here, second_step.ask_code, second_step.give_code),
    *(resetting.forgotten, resetting.ask_reset, resetting.choose, resetting.reset),
    *(security.security, security.set_password, security.remove_password),
    *(security.begin_factor, security.factor, security.confirm_factor, security.remove_factor),
    security.ask_codes,
    *(security.renew_codes, security.ask_address, security.confirm_address),
    *(security.change_address, lost_factors.lost_factor, lost_factors.reset_factor),
    *(people.language, people.preferences, people.save),
    *(directory.listing, directory.show, directory.give_role),
    *(deliveries.listing, deliveries.show, deliveries.resend, deliveries.release),
    *(deliveries.suppressions, deliveries.suppression, deliveries.suppress, deliveries.lift),
    *(invitations.listing, invitations.invite, invitations.resend, invitations.withdraw),
    *(sign_on.choose, sign_on.leave, sign_on.back, sign_on.look, sign_on.confirm_first),
    *(sign_ons.listing, sign_ons.set_up, sign_ons.confirm, sign_ons.test),
    *(sign_ons.ask_off, sign_ons.switch_off, sign_ons.switch_on),
    *(sign_ons.ask_remove, sign_ons.remove),
    *(account_data.show, account_data.export, account_data.erase),
    account_history.show,
    *(erasures.listing, erasures.forget),
    *(account_roles.show, account_roles.delegate, account_roles.end_delegation),
    *(account_roles.leave, account_roles.end_membership),
    *(account_sessions.listing, account_sessions.end, account_sessions.end_all_others),
    account_sessions.sign_out_everywhere,
    *(accepting.look, accepting.accept),
    *(tokens.listing, tokens.issue, tokens.ask, tokens.revoke),
    *(projects.portfolio, projects.show, projects.step, projects.take_step),
    *(projects.health, projects.report_health, tolerances.show, tolerances.choose),
    *(milestones.new, milestones.add, milestones.show, milestones.step, milestones.take_step),
    *(evidence.new, evidence.attach, evidence.ask_detach, evidence.detach, evidence.download),
    *(reporting_many.ask_values, reporting_many.report_values),
    *(reporting_many.ask_milestones, reporting_many.report_milestones),
    *(values.new, values.report, values.show, values.step, values.take_step),
    *(value_evidence.new, value_evidence.attach, value_evidence.ask_detach),
    value_evidence.detach,
    *(results.show, results.new, results.add, results.new_indicator, results.add_indicator),
    *(results.edit, results.save),
    *(amending.edit, amending.save, amending.ask_remove, amending.remove),
    *(amending.ask_remove_indicator, amending.remove_indicator),
    *(dimensions.listing, dimensions.add, dimensions.edit, dimensions.save, dimensions.remove),
    *(library.listing, library.new, library.add, library.edit, library.save),
    *(library.retire, library.restore, library.pick, library.ask, library.adopt),
    *(periods.new, periods.generate, periods.new_one, periods.add),
    *(periods.step, periods.take_step, period_locks.ask, period_locks.lock),
    *(evaluations.show, evaluations.new, evaluations.submit, lessons.listing),
    *(status_reports.listing, status_reports.choose_rhythm, status_reports.compare),
    *(status_reports.show, status_reports.document, status_reports.save),
    *(status_reports.look_over, status_reports.publish, status_reports.add),
    *(risks.listing, risks.new, risks.add, risks.show, risks.step, risks.take_step),
    *(comments.listing, comments.add, comments.show, comments.step, comments.take_step),
    *(decisions.show, decisions.give, decisions.answer, decisions.refuse),
    *(raising.new, raising.ask),
    *(plan_changes.show, plan_changes.accept, plan_changes.refuse, plan_changes.withdraw),
    *(plans.show, plans.new, plans.propose),
    *(budgets.show, budgets.new, budgets.book, budgets.export),
    *(budgets.ask_reverse, budgets.reverse, budget_lines.new, budget_lines.add),
    *(rates.listing, rates.ask, rates.take, outcomes.listing),
    *(budget_lines.edit, budget_lines.save, budget_lines.ask_remove, budget_lines.remove),
    *(practices.listing, practices.new, practices.add, practices.show),
    *(practices.edit, practices.save, practices.publish, practices.archive),
    *(requests.listing, requests.new, requests.add, requests.show),
    *(requests.edit, requests.save, requests.withdraw),
    *(proposing.new, proposing.propose, proposing.edit, proposing.save),
    *(trail.listing, trail.export),
    *(digests.listing, digests.preview, digests.preview_mail, digests.preview_whole),
    *(digests.preview_briefing, digests.show, digests.mail, digests.whole, digests.briefing),
    *(feeds.show, feeds.issue, feeds.revoke, answers.look, answers.answer),
    *(reminders.listing, unsubscribing.show),
    *(verdicts.ask, verdicts.answer),
    *(hooks.show, hooks.set_up, hooks.try_out, hooks.end),
    *(documentation.documentation, documentation.sdl),
    *(outbox.listing, outbox.show, outbox.html, outbox.file, outbox.reply, outbox.come_back),
    explorer.explorer,
]
"""What people see and send, a line for each family of pages."""

API = frozenset({"/graphql", "/graphql/"})


class Tracker(Litestar):
    """The application. The API has a door of its own, because the way through all that pages need
    costs more than the answer to a small query."""

    door: Door

    @staticmethod
    def _get_default_plugins(plugins: list[Any]) -> list[Any]:
        """Those of msgspec alone. Litestar's own choice loads pydantic and attrs wherever they are
        installed: 12 MB in every process for types that nothing here has."""
        return [*plugins, MsgspecDIPlugin()]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request. HEAD is answered wherever there is something to GET; the server leaves
        the body out (RFC 9110, 9.3.2). Sockets are the API's alone."""
        if self.door.settings.trusted_proxies:
            seen_through(scope, self.door.settings.trusted_proxies)
        if too_long(scope, self.door.settings):
            await refuse_address(scope, send, self.door.settings)
            return
        if scope.get("path") in API:
            if scope["type"] == "websocket":
                scope["litestar_app"] = self
                await sockets.serve(scope, receive, send)
                return
            if not only_looks(scope):
                await self.door(scope, receive, send)
                return
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await super().__call__(scope, receive, send)


def create_app(settings: Settings) -> Litestar:
    """The application for one installation. Its servers must answer once it starts."""
    configure(settings)

    door = Door(settings)

    @asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        async with (
            connected(settings),
            serving(settings),
            live(settings),
            watching(settings),
            throttling(settings),
        ):
            # The schema and all modules stay. Walking through them again and again for garbage
            # stopped a request for 70 ms at a time.
            gc.collect()
            gc.freeze()
            yield
        await door.close()

    pages = Router("/", route_handlers=PAGES, guards=[require_same_site, require_row_numbers])
    tracker = Tracker(
        [
            pages,
            unsubscribing.leave,
            inbound.take,
            assets.serve,
            health.live,
            health.ready,
            metrics.metrics,
        ],
        lifespan=[running],
        state=State({"settings": settings}),
        dependencies={"form": Provide(posted)},
        exception_handlers=HANDLERS,
        before_send=[finishing(settings)],
        request_max_body_size=settings.form_bytes,
        openapi_config=None,
        logging_config=None,
    )
    tracker.door = door
    return tracker

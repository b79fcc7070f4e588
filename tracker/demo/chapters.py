"""The chapters of the story, in their order: what is said to the API, and what it must answer."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from tracker.demo.data import story as texts
from tracker.demo.dates import Calendar
from tracker.demo.letters import arrived
from tracker.demo.narrator import Narrator
from tracker.demo.people import SECRETARIAT
from tracker.demo.voices import Row, Unexpected, Voice
from tracker.domain.actor import Role
from tracker.settings import Settings

PARTNERS = {"seoul": "nairobi", "nairobi": "seoul"}
"""City -> the other one."""


class Story:
    """The chapters in their order, and what they made on the way."""

    def __init__(
        self, voices: dict[tuple[str, Role], Voice], settings: Settings, narrator: Narrator
    ) -> None:
        self._voices = voices
        self._outbox = settings.outbox_dir
        self._say = narrator
        self._calendar = Calendar.of_now()
        self._officer = voices[SECRETARIAT, Role.OFFICER]
        self._practice = ""
        self._request = ""
        self._project = ""
        self._code = ""
        self._milestones: dict[str, str] = {}
        self._periods: list[tuple[str, str]] = []

    async def tell(self) -> None:
        """All chapters; the last one alone where it is the only one missing."""
        if not await self._take_up():
            await self._offer()
            await self._ask()
            await self._propose()
            await self._remind()
            await self._endorse_and_sign()
            await self._work()
            await self._report()
            await self._slip()
            await self._finish()
        await self._read_closing()

    async def _take_up(self) -> bool:
        """Clear away what a broken telling left. True when the project was closed already."""
        coordinator = self._of("nairobi")
        earlier = await coordinator.read(
            "Earlier", practice=texts.PRACTICE_TITLE, project=texts.PROJECT_TITLE
        )
        for project in earlier["projects"]["nodes"]:
            if project["state"] == "CLOSED":
                self._project, self._code = project["id"], project["code"]
                return True
            await self._set_aside(project)
        for request in earlier["requests"]["nodes"]:
            await coordinator.do("RequestWithdraw", id=request["id"])
        for practice in earlier["practices"]["nodes"]:
            await self._of("seoul").do("PracticeArchive", id=practice["id"])
        return False

    async def _set_aside(self, project: Row) -> None:
        """End a half-told project by the way that its state leaves open."""
        number, reason = project["id"], texts.INTERRUPTED
        match project["state"]:
            case "DRAFT" | "SUBMITTED" | "RETURNED":
                await self._of("nairobi").do("ProjectWithdraw", id=number)
            case "UNDER_REVIEW":
                await self._officer.do("ProjectReject", id=number, reason=reason)
            case "AGREED" | "ACTIVE" | "SUSPENDED" | "FINALISING" as state:
                if state == "FINALISING":
                    await self._officer.do("ProjectResume", id=number)
                await self._officer.do("ProjectCancel", id=number, reason=reason)
            case _:
                return
        self._say.step(self._officer, f"sets {project['code']} aside: {reason}")

    async def _offer(self) -> None:
        self._say.begin("Seoul offers what works")
        seoul = self._of("seoul")
        draft = await seoul.do("PracticeDraft", city=seoul.city, input=texts.PRACTICE)
        practice = await seoul.do("PracticePublish", id=draft["id"])
        _expect(practice["state"], "PUBLISHED")
        self._practice = practice["id"]
        self._say.step(seoul, f"publishes the practice “{practice['title']}”")

    async def _ask(self) -> None:
        self._say.begin("Nairobi asks for it")
        nairobi = self._of("nairobi")
        wanted = texts.request(self._practice, self._calendar)
        request = await nairobi.do("RequestOpen", city=nairobi.city, input=wanted)
        self._request = request["id"]
        until, budget = request["deadlineOn"], int(wanted["budgetAmount"])
        self._say.step(nairobi, f"asks to benchmark it: {budget:,} KES, an answer by {until}")

    async def _propose(self) -> None:
        self._say.begin("A proposal")
        nairobi = self._of("nairobi")
        cities = (self._of("seoul").city or "", nairobi.city or "")
        draft = texts.proposal(*cities, self._practice, self._request, self._calendar)
        project = await nairobi.do("ProjectPropose", input=draft)
        self._project, self._code = project["id"], project["code"]
        self._say.step(nairobi, f"drafts {self._code} “{texts.PROJECT_TITLE}”")
        await self._plan(nairobi)
        await self._advance(nairobi, "ProjectSubmit", "SUBMITTED")
        self._say.step(nairobi, f"submits {self._code} to the secretariat")
        await self._advance(self._officer, "ProjectReview", "UNDER_REVIEW")
        self._say.step(self._officer, "takes it under review and asks both mayors to endorse it")

    async def _plan(self, nairobi: Voice) -> None:
        for name, (owner, plan) in texts.milestones(self._calendar).items():
            city = self._of(owner).city
            made = await nairobi.do("MilestoneAdd", project=self._project, city=city, input=plan)
            self._milestones[name] = made["id"]
        changes = texts.results(self._calendar)
        for result, indicators in changes:
            planned = await nairobi.do("ResultAdd", project=self._project, input=result)
            for reporter, indicator in indicators:
                made = await nairobi.do("IndicatorAdd", result=planned["id"], input=indicator)
                self._periods.append((reporter, made["periods"]["nodes"][0]["id"]))
        self._say.step(
            nairobi,
            f"plans {len(self._milestones)} milestones and {len(changes)} results, measured by"
            f" {len(self._periods)} indicators with baseline and target",
        )

    async def _remind(self) -> None:
        """Each mayor takes the digest daily, at the hour that has just begun where they live, so
        that the next sweep of the timetable finds both due."""
        self._say.begin("The digest asks the mayors, each in their language and time zone")
        turns = {}
        for city in PARTNERS:
            mayor = self._of(city, Role.MAYOR)
            turns[city] = mayor.now.date().isoformat()
            schedule = {"cadence": "DAILY", "hour": mayor.now.hour, "workingDays": False}
            taken = await mayor.do("Subscribe", person=mayor.person, input=schedule)
            self._say.step(mayor, f"takes the digest daily at {taken['hour']:02}:00")
        for city, turn in turns.items():
            await self._receive(self._of(city, Role.MAYOR), "PERIODIC", turn)

    async def _endorse_and_sign(self) -> None:
        self._say.begin("Two mayors decide")
        nairobi = self._of("nairobi")
        reason = await self._officer.refused("ProjectAgree", "INVALID", id=self._project)
        self._say.refusal(self._officer, "cannot agree to it yet", reason)
        await self._decide("ENDORSE", "endorses the proposal", PARTNERS)
        await self._advance(self._officer, "ProjectAgree", "AGREED")
        self._say.step(self._officer, "agrees; the milestones' dates are the baseline from now on")
        started = self._calendar.on(texts.STARTED).isoformat()
        start = {"id": self._project, "on": started}
        self._say.refusal(
            nairobi, "cannot start", await nairobi.refused("ProjectStart", "INVALID", **start)
        )
        await self._decide("SIGN", "signs the agreement", PARTNERS)
        project = await nairobi.do("ProjectStart", **start)
        _expect(project["state"], "ACTIVE")
        self._say.step(nairobi, f"starts the project, at work since {project['actualStartOn']}")

    async def _decide(self, kind: str, words: str, cities: Iterable[str]) -> None:
        project = await self._look(self._officer)
        pending = {each["city"]["id"]: each for each in project["decisions"]["nodes"]}
        for city in cities:
            mayor = self._of(city, Role.MAYOR)
            decision = pending.get(mayor.city or "") or {"kind": None}
            _expect(decision["kind"], kind)
            given = await mayor.do("DecisionGive", id=decision["id"])
            _expect(given["state"], "GIVEN")
            self._say.step(mayor, f"{words} (deadline {decision['deadlineOn']})")

    async def _work(self) -> None:
        self._say.begin("The work: one city hands in, the other accepts")
        await self._reach("training", "seoul", self._calendar.on(-78), "Attendance list")
        await self._reach("levels", "nairobi", self._calendar.on(-41), "Resolution of the assembly")
        approver = self._of("nairobi", Role.APPROVER)
        waived = await approver.do(
            "MilestoneWaive", id=self._milestones["visit"], reason=texts.WAIVE_REASON
        )
        _expect(waived["state"], "WAIVED")
        self._say.step(approver, f"waives “{waived['title']}”: {texts.WAIVE_REASON}")
        stranger = self._of("barcelona")
        report = _report(self._calendar.on(-2), "Somebody else's photograph", "barcelona")
        opening = self._milestones["opening"]
        reason = await stranger.refused("MilestoneSubmit", "FORBIDDEN", id=opening, input=report)
        self._say.refusal(stranger, "cannot hand in Nairobi's milestone", reason)

    async def _reach(self, name: str, owner: str, day: date, evidence: str) -> None:
        """A milestone is handed in with evidence by its owner and accepted by the other city."""
        coordinator = self._of(owner)
        approver = self._of(PARTNERS[owner], Role.APPROVER)
        handed_in = await coordinator.do(
            "MilestoneSubmit", id=self._milestones[name], input=_report(day, evidence, owner)
        )
        _expect(handed_in["state"], "SUBMITTED")
        self._say.step(
            coordinator, f"hands in “{handed_in['title']}”, done {day}, with evidence: {evidence}"
        )
        accepted = await approver.do("MilestoneAccept", id=self._milestones[name])
        _expect(accepted["state"], "ACCEPTED")
        progress = Decimal((await self._look(approver))["progress"])
        self._say.step(approver, f"accepts it; progress is {progress:.0%}")

    async def _report(self) -> None:
        self._say.begin("Outcomes: one city reports, the other approves")
        values = [
            (city, await self._hand_in(self._of(city), period, finding))
            for (city, period), finding in zip(self._periods, texts.FINDINGS, strict=True)
        ]
        city, value = values[0]
        author = self._of(city)
        reason = await author.refused("ValueApprove", "FORBIDDEN", id=value)
        self._say.refusal(author, "cannot approve a value of their own", reason)
        for city, value in values:
            approver = self._of(PARTNERS[city], Role.APPROVER)
            approved = await approver.do("ValueApprove", id=value)
            _expect(approved["state"], "APPROVED")
            indicator = approved["period"]["indicator"]
            achieved = Decimal(indicator["achievement"])
            self._say.step(
                approver,
                f"approves “{indicator['title']}”: {achieved:.0%} of the way to the target",
            )

    async def _hand_in(self, reporter: Voice, period: str, finding: Row) -> str:
        """Report a value; its id."""
        value = await reporter.do("ValueReport", period=period, city=reporter.city, input=finding)
        _expect(value["state"], "SUBMITTED")
        self._say.step(reporter, f"reports {_figures(value)}")
        number: str = value["id"]
        return number

    async def _slip(self) -> None:
        self._say.begin("A milestone slips, and both mayors read of it")
        moved = await self._move(
            self._milestones["opening"], self._calendar.on(texts.SLIPPED_TO).isoformat()
        )
        issues = {}
        for city in PARTNERS:
            mayor = self._of(city, Role.MAYOR)
            issues[city] = await mayor.do("SendNow", person=mayor.person)
        for city, issue in issues.items():
            mayor = self._of(city, Role.MAYOR)
            mail = await self._receive(mayor, "PERIODIC", issue["periodKey"])
            # What slipped stands last of all that the mail says of the milestone.
            lines = [line for line in mail["text"].splitlines() if moved["title"] in line]
            if not lines:
                raise Unexpected(f"the digest of {mayor.name} does not tell of the slip")
            self._say.step(mayor, f"reads: {lines[-1].strip(' -')}")

    async def _move(self, milestone: str, day: str) -> Row:
        """The plan is agreed, so one city proposes and the other accepts."""
        nairobi, approver = self._of("nairobi"), self._of("seoul", Role.APPROVER)
        move = {"id": milestone, "on": day, "reason": texts.SLIP_REASON}
        reason = await nairobi.refused("MilestoneMove", "INVALID", **move)
        self._say.refusal(nairobi, "cannot move a milestone of an agreed plan alone", reason)
        draft = {
            "reason": texts.SLIP_REASON,
            "moves": [{"milestoneId": milestone, "dueOn": day}],
        }
        proposed = await nairobi.do(
            "PlanChangePropose", project=self._project, city=nairobi.city, input=draft
        )
        _expect(proposed["state"], "PROPOSED")
        self._say.step(nairobi, f"proposes to move it to {day}: {texts.SLIP_REASON}")
        accepted = await approver.do("PlanChangeAccept", id=proposed["id"])
        _expect(accepted["state"], "ACCEPTED")
        moved: Row = accepted["items"]["nodes"][0]["milestone"]
        _expect(moved["moves"], 1)
        self._say.step(
            approver,
            f"accepts: “{moved['title']}” moves from {moved['baselineDueOn']} to {moved['dueOn']},"
            f" the {_ordinal(moved['moves'])} move, {moved['slippedDays']} days",
        )
        return moved

    async def _finish(self) -> None:
        self._say.begin("The project ends")
        nairobi = self._of("nairobi")
        await self._reach("opening", "nairobi", nairobi.now.date(), "Protocol of the opening")
        await self._advance(nairobi, "ProjectFinalise", "FINALISING")
        self._say.step(nairobi, "finalises it: every milestone is accepted or waived")
        await self._decide("ACCEPT", "accepts what was brought about", ("nairobi",))
        for city, lessons in texts.LESSONS.items():
            author = self._of(city)
            answers = {"project": self._project, "city": author.city, "input": lessons}
            await author.do("EvaluationSubmit", **answers)
            self._say.step(author, f"evaluates it: “{lessons['lessons'][0]['title']}”")
        await self._advance(self._officer, "ProjectClose", "CLOSED")
        self._say.step(self._officer, f"closes {self._code}")

    async def _read_closing(self) -> None:
        self._say.begin("The closing digest")
        for city in PARTNERS:
            await self._receive(self._of(city, Role.MAYOR), "CLOSING", self._code)
        project = await self._look(self._officer)
        state, events = project["state"].lower(), project["events"]["totalCount"]
        self._say.end(f"{self._code} is {state}; its audit trail holds {events} events.")

    async def _receive(self, mayor: Voice, kind: str, period: str) -> Row:
        """Wait for the mail, and show it as its reader sees it in the inbox."""
        mail = await arrived(mayor, kind, period, self._outbox)
        _expect(mail["language"], mayor.language)
        self._say.mail(mayor, f"{mail['person']['email']} [{mail['language']}] {mail['subject']}")
        return mail

    async def _advance(self, actor: Voice, operation: str, state: str) -> None:
        project = await actor.do(operation, id=self._project)
        _expect(project["state"], state)

    async def _look(self, actor: Voice) -> Row:
        project: Row | None = (await actor.read("Project", id=self._project))["project"]
        if project is None:
            raise Unexpected(f"{actor.name} does not see {self._code}")
        return project

    def _of(self, city: str, role: Role = Role.COORDINATOR) -> Voice:
        return self._voices[city, role]


def _expect(found: object, wanted: object) -> None:
    if found != wanted:
        raise Unexpected(f"found {found!r} where {wanted!r} was due")


def _report(day: date, evidence: str, city: str) -> Row:
    link = {"title": evidence, "url": f"https://{city}.example/evidence/{day}"}
    return {"completedOn": day.isoformat(), "evidence": [link]}


def _figures(value: Row) -> str:
    indicator, target = value["period"]["indicator"], value["period"]["targetValue"]
    actual = f"{round(Decimal(value['value']), 2).normalize():f}"
    figures = f"{indicator['baselineValue']} → {actual} / {target} {indicator['unit']}"
    return f"“{indicator['title']}”: {figures} (baseline → actual / target)"


def _ordinal(number: int) -> str:
    return {1: "1st", 2: "2nd", 3: "3rd"}.get(number, f"{number}th")

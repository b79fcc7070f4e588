"""Projects under way whose next milestones are ahead of them: on course, or silent."""

from tracker.demo.data.shapes import (
    Act,
    Change,
    D,
    Gauge,
    Joint,
    R,
    Span,
    Stage,
    begun,
    done,
    journey,
    moved,
)
from tracker.domain.milestones.tables import MilestoneKind as Kind
from tracker.domain.outcomes.tables import Accumulation, Aggregation, Benefit, Measure, ResultType

ON_COURSE = (
    Joint(
        title="Every citizen proposal gets an answer: Seoul to São Paulo",
        summary="Five boroughs take up residents' proposals on a platform like Seoul's, with a"
        " rule on when the borough must decide.",
        donor="seoul",
        recipient="sao-paulo",
        lead=R,
        offer="proposals",
        themes=("participation", "transparency"),
        goals=(11, 16),
        sectors={"15150": 70, "15185": 30},
        planned=(-245, 150),
        acts=(
            *journey(-300, -290, -283, -255, -240),
            Act("health", -12, "green", side=R),
        ),
        stages=(
            Stage("Cooperation agreement in both languages", D, Kind.AGREEMENT, -230, done(-232)),
            Stage("Moderators of five boroughs trained", D, Kind.TRAINING, -160, done(-163), 2),
            Stage(
                "Platform in Portuguese, accessible to screen readers",
                R,
                Kind.DELIVERABLE,
                -90,
                (
                    moved(-101, -62, "The accessibility audit found 14 defects to mend first."),
                    *done(-64),
                ),
                3,
            ),
            Stage("First two boroughs open to proposals", R, Kind.GO_LIVE, -20, done(-22), 3),
            Stage("All five boroughs open to proposals", R, Kind.GO_LIVE, 24, begun(-15), 3),
            Stage("Joint workshop on answers that convince", D, Kind.WORKSHOP, 70),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "Residents hear what became of their proposal",
                (
                    Gauge(
                        title="Proposals answered within 30 days",
                        measure=Measure.PERCENTAGE,
                        baseline="18",
                        aggregation=Aggregation.RATIO_OF_SUMS,
                        source="Log of the platform, all proposals of the period.",
                        spans=(
                            Span(-6, -4, "40", (131, 322)),
                            Span(-3, -2, "60", (236, 411)),
                            Span(-1, 1, "75"),
                        ),
                    ),
                ),
            ),
            Change(
                ResultType.OUTPUT,
                Benefit.DONOR,
                "Seoul's platform is used and improved abroad",
                (
                    Gauge(
                        title="Improvements taken back into Seoul's platform",
                        unit="changes",
                        baseline="0",
                        accumulation=Accumulation.CUMULATIVE,
                        source="Change log of the platform.",
                        spans=(Span(-6, -4, "2", "3"), Span(-3, -2, "5", "6")),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="One-stop service hall for Nairobi's small businesses",
        summary="A hall where a business licence needs one visit, with counters and files after"
        " Chengdu's model and an online counterpart.",
        donor="chengdu",
        recipient="nairobi",
        lead=R,
        offer="one-stop",
        need="hall",
        themes=("service centres", "simplification"),
        goals=(8, 16),
        sectors={"25030": 60, "15185": 40},
        planned=(-190, 200),
        acts=(
            *journey(-260, -251, -246, -212, -186),
            Act("health", -9, "green", side=R),
        ),
        stages=(
            Stage("Visit to three halls in Chengdu", D, Kind.STUDY_VISIT, -150, done(-152)),
            Stage(
                "Common file for business licences, agreed by seven departments",
                R,
                Kind.DELIVERABLE,
                -80,
                (
                    moved(-88, -45, "Two departments need a legal opinion on sharing files."),
                    moved(-50, -18, "The legal opinion asks for a data protection annex."),
                    *done(-19),
                ),
                3,
            ),
            Stage("Sixty counter staff trained", D, Kind.TRAINING, 12, begun(-16), 2),
            Stage("Hall opens for licences and rates", R, Kind.GO_LIVE, 55, (), 3),
            Stage("Waiting times measured for a quarter", R, Kind.EVALUATION, 160),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "A business licence takes fewer visits and less time",
                (
                    Gauge(
                        title="Visits needed for a business licence",
                        unit="visits",
                        ascending=False,
                        baseline="4.2",
                        source="Interviews with 200 applicants each quarter.",
                        spans=(Span(-4, -2, "4", "3.9"), Span(-1, 2, "2")),
                    ),
                    Gauge(
                        title="What applicants say about the new file",
                        measure=Measure.QUALITATIVE,
                        aggregation=Aggregation.NONE,
                        source="Two discussions with applicants each quarter.",
                        spans=(
                            Span(
                                -4,
                                -2,
                                found="Applicants welcome the single file but miss a list"
                                " of what to bring; it will be printed on the booking.",
                            ),
                        ),
                    ),
                ),
            ),
            Change(
                ResultType.OUTPUT,
                Benefit.BOTH,
                "Both cities describe services in the same way",
                (
                    Gauge(
                        title="Services in the common catalogue",
                        unit="services",
                        baseline="0",
                        accumulation=Accumulation.CUMULATIVE,
                        source="Published catalogue.",
                        spans=(Span(-4, -2, "25", "31"), Span(-1, 2, "60")),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="Ward fees by phone: Nairobi's payments in Mumbai",
        summary="Two wards collect market and hawker fees by phone, with receipts that"
        " inspectors check on the spot.",
        donor="nairobi",
        recipient="mumbai",
        lead=R,
        offer="payments",
        themes=("payments", "revenue"),
        goals=(8, 17),
        sectors={"15114": 100},
        planned=(-205, 120),
        # Nothing was said for more than a month: the tracker must call its health unknown.
        acts=journey(-275, -266, -258, -230, -200),
        stages=(
            Stage("Contracts with three payment operators", R, Kind.AGREEMENT, -140, done(-138)),
            Stage("Devices for forty inspectors", R, Kind.DELIVERABLE, -70, done(-66), 2),
            Stage("First ward collects by phone", R, Kind.GO_LIVE, 19, begun(-44), 3),
            Stage("Reconciliation explained to the auditors", D, Kind.TRAINING, 48),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "Fees arrive, and can be accounted for",
                (
                    Gauge(
                        title="Fees paid by phone",
                        measure=Measure.PERCENTAGE,
                        baseline="0",
                        aggregation=Aggregation.RATIO_OF_SUMS,
                        source="Daily reconciliation of the ward offices.",
                        spans=(Span(-5, -3, "5"), Span(0, 2, "40")),
                    ),
                ),
            ),
            Change(
                ResultType.OUTPUT,
                Benefit.DONOR,
                "Nairobi's method is documented for others",
                (
                    Gauge(
                        title="Chapters of the handbook published",
                        unit="chapters",
                        baseline="1",
                        accumulation=Accumulation.CUMULATIVE,
                        source="The handbook's web page.",
                        spans=(Span(-5, -3, "4", "4"),),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="Learning centres for online services: Seoul to Vladivostok",
        summary="Libraries teach older residents to use online services, with Seoul's courses and"
        " volunteers.",
        donor="seoul",
        recipient="vladivostok",
        lead=D,
        themes=("inclusion", "digital skills"),
        goals=(4, 10),
        sectors={"11230": 80, "15185": 20},
        planned=(-155, 210),
        acts=(
            *journey(-215, -207, -201, -176, -150),
            Act("health", -17, "green", side=D),
        ),
        stages=(
            Stage("Course material in Russian", D, Kind.DELIVERABLE, -110, done(-112), 2),
            Stage("Twenty volunteers trained", D, Kind.TRAINING, -60, done(-58)),
            Stage("Courses in four libraries", R, Kind.GO_LIVE, -15, done(-14, -8), 3),
            Stage("Courses in all nine libraries", R, Kind.GO_LIVE, 28, begun(-7), 3),
            Stage("Learners asked after half a year", R, Kind.EVALUATION, 140),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "Older residents use online services by themselves",
                (
                    Gauge(
                        title="Residents over 65 who completed a course",
                        unit="residents",
                        baseline="0",
                        accumulation=Accumulation.CUMULATIVE,
                        aggregation=Aggregation.SUM,
                        source="Attendance lists of the libraries.",
                        spans=(
                            Span(
                                -3,
                                -2,
                                "120",
                                "148",
                                "corrected",
                                "One library had counted two residents twice.",
                                -10,
                                "146",
                            ),
                            Span(-1, 1, "400"),
                        ),
                    ),
                ),
            ),
            Change(
                ResultType.OUTCOME,
                Benefit.DONOR,
                "Seoul's courses serve residents who speak Russian",
                (
                    Gauge(
                        title="Russian-speaking residents of Seoul who took the course",
                        unit="residents",
                        baseline="0",
                        accumulation=Accumulation.CUMULATIVE,
                        source="Attendance lists of Seoul's centres.",
                        spans=(Span(-3, -2, "30", "41"), Span(-1, 1, "80")),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="A charter for data ethics: Barcelona to Frankfurt",
        summary="Frankfurt adopts a charter for its open data and appoints stewards, with"
        " Barcelona's review board as a sparring partner.",
        donor="barcelona",
        recipient="frankfurt",
        lead=R,
        offer="data-charter",
        themes=("open data", "privacy"),
        goals=(16, 17),
        sectors={"15160": 40, "22040": 60},
        planned=(-95, 240),
        acts=(
            *journey(-160, -150, -144, -118, -92),
            Act("health", -6, "green", side=R),
        ),
        stages=(
            Stage("Inventory of data sets about persons", R, Kind.DELIVERABLE, -40, done(-37), 2),
            Stage("Workshop of both review boards", D, Kind.WORKSHOP, -3, (Act("submit", -5),)),
            Stage("Draft charter laid before the council", R, Kind.DELIVERABLE, 21, begun(-20), 3),
            Stage("Stewards named in all departments", R, Kind.AGREEMENT, 90, (), 2),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.BOTH,
                "Data about persons are used for known purposes only",
                (
                    Gauge(
                        title="Data sets with a stated purpose",
                        measure=Measure.PERCENTAGE,
                        baseline="12",
                        aggregation=Aggregation.RATIO_OF_SUMS,
                        source="The catalogue, counted at the end of the period.",
                        accumulation=Accumulation.SNAPSHOT,
                        spans=(
                            Span(-2, -2, "20", (64, 310), "submitted"),
                            Span(-1, 2, "60"),
                        ),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="Notices for the street you live in: Tel Aviv to Seoul",
        summary="Two districts of Seoul try personal notices by street, with consent by purpose.",
        donor="tel-aviv",
        recipient="seoul",
        lead=R,
        offer="card",
        # Procurement is under way, so the cities keep the project to themselves.
        confidential=True,
        themes=("personal services", "privacy"),
        goals=(11,),
        sectors={"22040": 100},
        planned=(-65, 180),
        acts=journey(-120, -112, -104, -85, -60),
        stages=(
            Stage("Consent form tested with residents", R, Kind.WORKSHOP, -12, done(-13, -7)),
            Stage("Messages of twelve kinds written", D, Kind.DELIVERABLE, 16, begun(-11), 2),
            Stage("Pilot in two districts", R, Kind.GO_LIVE, 75, (), 3),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "Residents miss fewer deadlines",
                (
                    Gauge(
                        title="Reminders sent too late",
                        unit="per 1,000",
                        ascending=False,
                        baseline="31",
                        source="Log of messages.",
                        spans=(Span(1, 3, "10"),),
                    ),
                ),
            ),
            Change(
                ResultType.OUTPUT,
                Benefit.DONOR,
                "The card's software runs outside Tel Aviv",
                (
                    Gauge(
                        title="Modules that run without changes",
                        unit="modules",
                        baseline="2",
                        source="Test report.",
                        spans=(Span(1, 3, "7"),),
                    ),
                ),
            ),
        ),
    ),
)

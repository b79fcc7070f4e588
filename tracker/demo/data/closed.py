"""Projects that were carried to their end, and one that is being wound up."""

from tracker.demo.data.shapes import (
    Act,
    Change,
    D,
    Gauge,
    Joint,
    Marks,
    R,
    Span,
    Stage,
    done,
    journey,
    moved,
)
from tracker.domain.milestones.tables import MilestoneKind as Kind
from tracker.domain.outcomes.tables import Accumulation, Aggregation, Benefit, Measure, ResultType

CLOSED = (
    Joint(
        title="What is spent in my ward: San Francisco to Nairobi",
        summary="Budget and contracts of every ward can be looked up by phone and on a map.",
        donor="san-francisco",
        recipient="nairobi",
        lead=R,
        offer="open-budget",
        need="ward-budgets",
        themes=("open data", "budget", "transparency"),
        goals=(10, 16),
        sectors={"15111": 60, "15113": 40},
        planned=(-570, -90),
        acts=(
            *journey(-640, -630, -622, -592, -565, -95, -72),
            Act("reopen", -44, "A reported figure turned out to be wrong and is corrected."),
            Act("close", -34),
        ),
        marks={
            D: Marks(
                (6, 5, 5, 5, 5, 4),
                (4, 3, 2, 5, 4, 4, 5, 4, 4, 5),
                "Name the stewards before the catalogue is filled",
                "Two departments published figures that nobody answered for.",
            ),
            R: Marks(
                (6, 5, 5, 4, 5, 4),
                (5, 3, 3, 5, 4, 3, 4, 4, 2, 4),
                "Ward officers hear of each release before the press",
                "Else residents ask them about figures that they have not seen.",
            ),
        },
        stages=(
            Stage("Data stewards named in all departments", R, Kind.AGREEMENT, -520, done(-521)),
            Stage("Stewards trained", D, Kind.TRAINING, -470, done(-468), 2),
            Stage(
                "Budget lines of all wards published",
                R,
                Kind.DELIVERABLE,
                -380,
                (moved(-385, -340, "The accounts of two wards are audited first."), *done(-342)),
                3,
            ),
            Stage("Contracts published and searchable", R, Kind.GO_LIVE, -240, done(-236), 3),
            Stage("Residents' assemblies use the figures", R, Kind.EVALUATION, -110, done(-106)),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "Residents know what is spent in their ward",
                (
                    Gauge(
                        title="Wards with budget and contracts published on time",
                        measure=Measure.PERCENTAGE,
                        baseline="0",
                        aggregation=Aggregation.RATIO_OF_SUMS,
                        source="Catalogue, on the last day of the period.",
                        accumulation=Accumulation.SNAPSHOT,
                        spans=(
                            Span(-17, -12, "40", (39, 85)),
                            Span(
                                -11,
                                -6,
                                "90",
                                (81, 85),
                                "corrected",
                                "Two wards had published without contracts.",
                                -41,
                                (79, 85),
                            ),
                        ),
                    ),
                    Gauge(
                        title="Written questions about spending",
                        unit="letters a month",
                        ascending=False,
                        baseline="410",
                        source="Register of letters.",
                        spans=(Span(-17, -12, "300", "322"), Span(-11, -6, "150", "128")),
                    ),
                ),
            ),
            Change(
                ResultType.OUTPUT,
                Benefit.DONOR,
                "San Francisco's publishing tool works on small screens",
                (
                    Gauge(
                        title="Share of pages that pass on a feature phone",
                        measure=Measure.PERCENTAGE,
                        baseline="20",
                        source="Test of all pages.",
                        spans=(Span(-11, -6, "80", (43, 50)),),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="Boroughs vote on their budget: Barcelona to São Paulo",
        summary="Two boroughs let residents decide on a tenth of their investment.",
        donor="barcelona",
        recipient="sao-paulo",
        lead=R,
        offer="participation",
        need="borough-votes",
        themes=("participation", "budget"),
        goals=(11, 16),
        sectors={"15150": 100},
        planned=(-540, -140),
        acts=journey(-600, -591, -585, -560, -538, -160, -135),
        marks={
            D: Marks(
                (5, 5, 4, 4, 5, 5),
                (4, 4, 3, 4, 3, 4, 4, 5, 3, 4),
                "Plan twice the time for meetings on site",
                "Each visit raised questions that no call had.",
            ),
            R: Marks(
                (6, 4, 5, 4, 5, 5),
                (5, 4, 3, 5, 3, 4, 4, 5, 3, 4),
                "Young people come through schools, not through posters",
                "Of those who took part, four in five had heard of it in class.",
            ),
        },
        stages=(
            Stage("Ordinance on binding votes", R, Kind.AGREEMENT, -480, done(-474)),
            Stage("Facilitators trained", D, Kind.TRAINING, -430, done(-431)),
            Stage("First vote", R, Kind.GO_LIVE, -330, done(-330), 3),
            Stage(
                "Vote by telephone",
                R,
                Kind.DELIVERABLE,
                -300,
                (Act("waive", -310, "Fraud could not be excluded; votes at kiosks instead."),),
            ),
            Stage("Second vote", R, Kind.GO_LIVE, -190, done(-188), 3),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "More residents, and younger ones, take part",
                (
                    Gauge(
                        title="Residents who voted",
                        unit="residents",
                        baseline="2100",
                        source="Platform and polling places.",
                        spans=(
                            Span(-13, -10, "10000", "11840"),
                            Span(-9, -6, "20000", "18365"),
                        ),
                    ),
                    Gauge(
                        title="Voters younger than 30",
                        measure=Measure.PERCENTAGE,
                        baseline="9",
                        aggregation=Aggregation.RATIO_OF_SUMS,
                        source="Age groups given at the vote.",
                        spans=(Span(-9, -6, "25", (4_958, 18_365)),),
                    ),
                ),
            ),
            Change(
                ResultType.OUTPUT,
                Benefit.DONOR,
                "The platform gains contributors",
                (
                    Gauge(
                        title="Contributors from São Paulo",
                        unit="people",
                        baseline="0",
                        accumulation=Accumulation.CUMULATIVE,
                        source="Code repository.",
                        spans=(Span(-13, -6, "5", "9"),),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="Answers in public: Seoul to Chengdu",
        summary="Ten subdistricts answer residents' proposals where everybody can read them.",
        donor="seoul",
        recipient="chengdu",
        lead=D,
        offer="proposals",
        themes=("participation",),
        goals=(16,),
        sectors={"15150": 100},
        planned=(-480, -230),
        acts=journey(-535, -528, -522, -500, -478, -245, -215),
        marks={
            D: Marks(
                (5, 4, 4, 5, 4, 4),
                (4, 3, 4, 4, 4, 3, 4, 3, 4, 5),
                "Ten subdistricts at once are too many to coach well",
                "Three at a time would have reached all ten sooner.",
            ),
            R: Marks(
                (5, 5, 4, 4, 4, 4),
                (4, 3, 4, 4, 4, 4, 4, 3, 4, 3),
                "Answers need a template, or each sounds different",
                "Residents compared them, and complained about the difference.",
            ),
        },
        stages=(
            Stage("Agreement on content and hosting", R, Kind.AGREEMENT, -430, done(-428)),
            Stage("Staff of ten subdistricts trained", D, Kind.TRAINING, -370, done(-366), 2),
            Stage("All ten subdistricts answer in public", R, Kind.GO_LIVE, -280, done(-275), 3),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.BOTH,
                "Proposals are answered",
                (
                    Gauge(
                        title="Days until a proposal is answered (median)",
                        unit="days",
                        ascending=False,
                        baseline="52",
                        source="Platform.",
                        spans=(
                            Span(
                                -15,
                                -12,
                                "40",
                                then="waived",
                                note="The platform was moved; its log of this time was lost.",
                                when=-300,
                            ),
                            Span(-11, -9, "30", "27"),
                        ),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="A resident card with consent by purpose: Tel Aviv to Barcelona",
        summary="Residents of two districts get one account for city services, and say for which"
        " purposes their data may be used.",
        donor="tel-aviv",
        recipient="barcelona",
        lead=R,
        offer="card",
        need="resident-card",
        themes=("digital identity", "privacy"),
        goals=(10, 16),
        sectors={"22040": 60, "15160": 40},
        planned=(-400, -10),
        acts=journey(-450, -441, -430, -405, -392, -19),
        # The recipient's evaluation and one approval are missing, so it cannot be closed yet.
        marks={
            D: Marks(
                (5, 5, 5, 4, 5, 4),
                (4, 4, 3, 4, 4, 4, 4, 5, 3, 4),
                "Write messages with residents, not for them",
                "The first messages were right and nobody understood them.",
            )
        },
        stages=(
            Stage("Assessment of data protection", R, Kind.DELIVERABLE, -330, done(-322), 2),
            Stage("Consent screens tested with residents", D, Kind.WORKSHOP, -260, done(-262)),
            Stage(
                "Account open in the first district",
                R,
                Kind.GO_LIVE,
                -170,
                (moved(-176, -130, "The security test is repeated."), *done(-133)),
                3,
            ),
            Stage("Account open in both districts", R, Kind.GO_LIVE, -60, done(-52), 3),
            Stage("Residents asked what they think", R, Kind.EVALUATION, -30, done(-29)),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "Residents use one account, knowingly",
                (
                    Gauge(
                        title="Adult residents of the districts with an account",
                        measure=Measure.PERCENTAGE,
                        baseline="0",
                        aggregation=Aggregation.RATIO_OF_SUMS,
                        source="Account database and register of residents.",
                        accumulation=Accumulation.SNAPSHOT,
                        spans=(
                            Span(-8, -6, "10", (17_240, 148_900)),
                            Span(-5, -3, "20", (33_615, 149_300)),
                            Span(-2, -2, "25", (39_870, 149_500), "submitted"),
                        ),
                    ),
                    Gauge(
                        title="What residents say about consent",
                        measure=Measure.QUALITATIVE,
                        aggregation=Aggregation.NONE,
                        source="Interviews with 40 residents.",
                        spans=(
                            Span(
                                -5,
                                -3,
                                found="Most understand the purposes; the word “profiling” was"
                                " misread by every third resident and has been replaced.",
                            ),
                        ),
                    ),
                ),
            ),
            Change(
                ResultType.OUTPUT,
                Benefit.DONOR,
                "Tel Aviv's card learns consent by purpose",
                (
                    Gauge(
                        title="Purposes that can be refused one by one",
                        unit="purposes",
                        baseline="1",
                        source="Release notes.",
                        spans=(Span(-5, -3, "6", "8"),),
                    ),
                ),
            ),
        ),
    ),
)

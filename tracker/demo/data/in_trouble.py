"""Projects under way that need attention: late, reported better than they are, or suspended."""

from tracker.demo.data.shapes import (
    Act,
    Change,
    D,
    Gauge,
    Joint,
    R,
    Span,
    Stage,
    asked,
    begun,
    done,
    journey,
    moved,
)
from tracker.domain.milestones.tables import MilestoneKind as Kind
from tracker.domain.outcomes.tables import Accumulation, Aggregation, Benefit, Measure, ResultType

IN_TROUBLE = (
    Joint(
        title="Building permits without paper: Frankfurt to Chengdu",
        summary="One district issues building permits online, with all offices commenting on the"
        " same drawing.",
        donor="frankfurt",
        recipient="chengdu",
        lead=R,
        offer="permits",
        need="paperless-permits",
        themes=("permits", "simplification"),
        goals=(9, 11),
        sectors={"15185": 50, "43030": 50},
        planned=(-320, 60),
        acts=(
            *journey(-380, -371, -362, -338, -316),
            Act("health", -10, "amber", side=R),
        ),
        stages=(
            Stage("Rules on electronic signatures compared", D, Kind.DELIVERABLE, -270, done(-268)),
            Stage("Study visit to the permit office", D, Kind.STUDY_VISIT, -220, done(-221)),
            Stage(
                "Two months of running on paper and online",
                R,
                Kind.DELIVERABLE,
                -100,
                (moved(-112, -60, "The register of parcels is delivered later."), *done(-55)),
                3,
            ),
            Stage("All offices comment on one drawing", R, Kind.GO_LIVE, -16, begun(-50), 3),
            Stage("Archive accepts electronic permits", R, Kind.DELIVERABLE, 22, (), 2),
            Stage("Closing evaluation with applicants", R, Kind.EVALUATION, 50),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "Applicants get an answer sooner",
                (
                    Gauge(
                        title="Days from complete application to permit (median)",
                        unit="days",
                        ascending=False,
                        baseline="94",
                        source="Register of applications.",
                        spans=(
                            Span(-9, -7, "85", "88"),
                            Span(-6, -4, "70", "76"),
                            Span(-3, -2, "60", "71"),
                            Span(-1, 1, "45"),
                        ),
                    ),
                ),
            ),
            Change(
                ResultType.OUTPUT,
                Benefit.DONOR,
                "Frankfurt's makers of permit software find a market",
                (
                    Gauge(
                        title="Companies of Frankfurt in talks with the district",
                        unit="companies",
                        baseline="0",
                        source="Chamber of commerce.",
                        spans=(Span(-6, -4, "3", "2"), Span(-3, -2, "4", "5")),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="One number for every municipal service: San Francisco to Mumbai",
        summary="Residents of six wards call or write to one number and follow the status of"
        " their request in four languages.",
        donor="san-francisco",
        recipient="mumbai",
        lead=R,
        offer="311",
        need="one-number",
        themes=("complaints", "mobile"),
        goals=(11, 16),
        sectors={"15185": 100},
        planned=(-295, 45),
        acts=(
            *journey(-350, -340, -333, -312, -290),
            Act("health", -8, "red", side=R),
        ),
        stages=(
            Stage("List of services with deadlines", R, Kind.DELIVERABLE, -230, done(-222), 2),
            Stage("Call agents of six wards trained", D, Kind.TRAINING, -160, done(-150)),
            Stage(
                "Interface to the ward offices' systems",
                R,
                Kind.DELIVERABLE,
                -110,
                (
                    *begun(-140),
                    moved(-115, -75, "The contractor lost two developers."),
                    moved(-80, -52, "Tests with ward offices failed; the interface is rewritten."),
                ),
                3,
            ),
            Stage(
                "Number announced in six wards",
                R,
                Kind.GO_LIVE,
                -40,
                (Act("miss", -33, "The number depends on the interface, which is not ready."),),
                3,
            ),
            Stage(
                "First public figures by ward",
                R,
                Kind.DELIVERABLE,
                27,
                (asked(-6, 55, "The figures need the interface, which comes later."),),
                2,
            ),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "Requests are settled in the promised time",
                (
                    Gauge(
                        title="Requests settled within their deadline",
                        measure=Measure.PERCENTAGE,
                        baseline="46",
                        aggregation=Aggregation.RATIO_OF_SUMS,
                        source="Registers of six ward offices.",
                        spans=(
                            Span(-8, -6, "50", (2_310, 5_022)),
                            Span(
                                -5,
                                -2,
                                "60",
                                (3_404, 7_911),
                                "disputed",
                                "The interface has a log of 8,120 requests, not 7,911.",
                            ),
                            Span(-1, 1, "75"),
                        ),
                    ),
                ),
            ),
            Change(
                ResultType.OUTPUT,
                Benefit.DONOR,
                "Service lists become comparable between cities",
                (
                    Gauge(
                        title="Service types mapped to the open interface",
                        unit="types",
                        baseline="0",
                        accumulation=Accumulation.CUMULATIVE,
                        source="Published mapping.",
                        spans=(Span(-8, -6, "30", "34"), Span(-5, -2, "80")),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="Grievances handled in the ward: Mumbai to Nairobi",
        summary="Three wards answer grievances by text message in English and Swahili, and what"
        " they cannot settle climbs by itself.",
        donor="mumbai",
        recipient="nairobi",
        lead=R,
        offer="wards",
        themes=("complaints", "mobile"),
        goals=(16,),
        sectors={"15185": 60, "15150": 40},
        planned=(-125, 120),
        # Reported green, computed amber: the disagreement is shown.
        acts=(
            *journey(-185, -176, -170, -146, -120),
            Act("health", -14, "green", side=R),
        ),
        stages=(
            Stage("Rule of escalation adopted", R, Kind.AGREEMENT, -70, done(-69)),
            Stage("Duty officers of three wards trained", D, Kind.TRAINING, -30, done(-28, -24), 2),
            Stage("Short code works with all operators", R, Kind.DELIVERABLE, -11, begun(-35), 3),
            Stage("First ward answers by message", R, Kind.GO_LIVE, 30, (), 3),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "Grievances are settled near to where they arise",
                (
                    Gauge(
                        title="Days until a grievance is settled (median)",
                        unit="days",
                        ascending=False,
                        baseline="38",
                        source="Registers of the ward offices.",
                        spans=(Span(-3, -2, "35", "36"), Span(-1, 2, "14")),
                    ),
                ),
            ),
            Change(
                ResultType.OUTPUT,
                Benefit.DONOR,
                "Mumbai's method works in another language",
                (
                    Gauge(
                        title="Message templates translated and tested",
                        unit="templates",
                        baseline="0",
                        accumulation=Accumulation.CUMULATIVE,
                        source="Project folder.",
                        spans=(
                            Span(
                                -3,
                                -2,
                                "40",
                                "52",
                                "returned",
                                "Please count tested templates only, not those translated.",
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="Appointments for everything: São Paulo to San Francisco",
        summary="Two neighbourhood offices offer appointments for all their services, online and"
        " by phone, after São Paulo's centres.",
        donor="sao-paulo",
        recipient="san-francisco",
        lead=R,
        offer="centres",
        themes=("service centres", "inclusion"),
        goals=(10, 16),
        sectors={"15185": 100},
        planned=(-215, 75),
        # Reported green, computed red.
        acts=(
            *journey(-270, -262, -255, -236, -210),
            Act("health", -26, "green", side=R),
        ),
        stages=(
            Stage("Catalogue of 120 services", R, Kind.DELIVERABLE, -150, done(-151), 2),
            Stage("Visit to two centres in São Paulo", D, Kind.STUDY_VISIT, -120, done(-119)),
            Stage("Booking software accessible to all", R, Kind.DELIVERABLE, -44, begun(-90), 3),
            Stage("Both offices open for bookings", R, Kind.GO_LIVE, 14, (), 3),
            Stage(
                "Booking at kiosks in shops",
                R,
                Kind.GO_LIVE,
                40,
                (Act("waive", -31, "Shops were asked and do not want kiosks."),),
            ),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.RECIPIENT,
                "Visitors are served when they were promised",
                (
                    Gauge(
                        title="Visits served within 20 minutes of the appointment",
                        measure=Measure.PERCENTAGE,
                        baseline="51",
                        aggregation=Aggregation.RATIO_OF_SUMS,
                        source="Ticket systems of both offices.",
                        spans=(Span(-5, -2, "60", (4_120, 6_480)), Span(-1, 1, "80")),
                    ),
                ),
            ),
            Change(
                ResultType.OUTCOME,
                Benefit.DONOR,
                "São Paulo learns from an independent audit of accessibility",
                (
                    Gauge(
                        title="Findings of the audit mended in São Paulo's own software",
                        unit="findings",
                        baseline="0",
                        accumulation=Accumulation.CUMULATIVE,
                        source="Audit report.",
                        spans=(Span(-5, -2, "10", "12"),),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="Road passes for the port: Vladivostok to Mumbai",
        summary="Lorries book a time at the gates of the port, and residents hear of closures a"
        " day ahead.",
        donor="vladivostok",
        recipient="mumbai",
        lead=D,
        offer="port",
        themes=("port", "mobility"),
        goals=(9, 11),
        sectors={"21040": 70, "33120": 30},
        planned=(-265, 90),
        acts=(
            *journey(-330, -321, -314, -290, -260),
            Act(
                "suspend",
                -34,
                "The port authority's agreement on data has expired; talks resume next month.",
            ),
        ),
        stages=(
            Stage("Common map of gates and roads", D, Kind.DELIVERABLE, -190, done(-185), 2),
            Stage("Booking of gate times tested", R, Kind.DELIVERABLE, -90, done(-84), 3),
            Stage("Two gates admit by booking only", R, Kind.GO_LIVE, -24, begun(-70), 3),
            Stage("Residents' warnings by message", R, Kind.GO_LIVE, 60, (), 2),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.BOTH,
                "Lorries wait less at the gates",
                (
                    Gauge(
                        title="Hours that a lorry waits (median)",
                        unit="hours",
                        ascending=False,
                        baseline="5.5",
                        source="Gate log.",
                        spans=(Span(-7, -5, "5", "4.8"), Span(-4, -2, "4", "4.6")),
                    ),
                ),
            ),
        ),
    ),
)

"""Projects that were given up: cancelled, rejected, withdrawn."""

from tracker.demo.data.shapes import (
    Act,
    Change,
    D,
    Gauge,
    Joint,
    R,
    Span,
    Stage,
    done,
    journey,
)
from tracker.domain.milestones.tables import MilestoneKind as Kind
from tracker.domain.outcomes.tables import Benefit, ResultType

GIVEN_UP = (
    Joint(
        title="Service centres near the station: São Paulo to Mumbai",
        summary="One centre by appointment in the busiest suburban station.",
        donor="sao-paulo",
        recipient="mumbai",
        lead=R,
        offer="centres",
        themes=("service centres",),
        goals=(11,),
        sectors={"15185": 100},
        planned=(-340, -60),
        acts=(
            *journey(-400, -392, -386, -360, -338),
            Act(
                "cancel",
                -165,
                "The room in the station is needed for a new line; no other was found.",
                side=R,
            ),
        ),
        stages=(
            Stage("Catalogue of services at the station", R, Kind.DELIVERABLE, -280, done(-276)),
            Stage(
                "Room fitted out",
                R,
                Kind.DELIVERABLE,
                -200,
                (Act("miss", -172, "The railway has withdrawn the room."),),
            ),
            Stage("Centre opens", R, Kind.GO_LIVE, -120, (), 3),
        ),
        changes=(
            Change(
                ResultType.OUTCOME,
                Benefit.BOTH,
                "Commuters settle their business on the way",
                (
                    Gauge(
                        title="Visits",
                        unit="visits a month",
                        baseline="0",
                        source="Ticket system.",
                        spans=(Span(-4, -2, "9000"),),
                    ),
                ),
            ),
        ),
    ),
    Joint(
        title="One identity for residents of both cities: Tel Aviv to São Paulo",
        summary="Visitors of each city sign in to the other's services with the identity of home.",
        donor="tel-aviv",
        recipient="sao-paulo",
        lead=D,
        themes=("digital identity",),
        goals=(17,),
        sectors={"22040": 100},
        planned=(-120, 300),
        acts=(
            Act("propose", -205),
            Act("submit", -196),
            Act("review", -188),
            Act("endorse", -182, side=D),
            Act("refuse", -170, "National law reserves identities to the federation.", side=R),
            Act(
                "reject",
                -163,
                "One of the two mayors does not endorse it; the law would have to change first.",
            ),
        ),
        stages=(Stage("Comparison of legal bases", R, Kind.DELIVERABLE, -80),),
    ),
    Joint(
        title="Proposals for school yards: Seoul to Barcelona",
        summary="Pupils propose and decide what their school yard becomes after hours.",
        donor="seoul",
        recipient="barcelona",
        lead=R,
        offer="proposals",
        themes=("participation", "youth"),
        goals=(4, 11),
        sectors={"15150": 100},
        planned=(-160, 100),
        acts=(
            Act("propose", -225),
            Act("submit", -214),
            Act("withdraw", -203, side=R),
        ),
    ),
)

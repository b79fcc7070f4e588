"""Two years of one project, from the offer to the end, and what is left of it a year later.

Seoul offers its one-stop permits; Nairobi asks for them, leads the project and slips on the way.
Everything is done by mutations and read by queries. Every figure below was worked out by hand, from
`domain.md`'s rules and a calendar; none was copied from what the tracker said.

**The plan**, 1 February 2024 to 31 January 2026; work really began on 5 February 2024.

    milestone            city     weight   baseline     completed    days off
    A  Law reviewed      Nairobi       1   2024-04-30   2024-05-31   +31
    B  Analysts trained  Seoul         2   2024-09-30   2024-09-24    -6
    C  Portal is live    Nairobi       5   2025-03-31   2025-06-20   +81  (moved to 06-30, +91)
    D  Results measured  Nairobi       2   2025-12-15   2025-12-12    -3
                                      10

**Progress** = weight accepted / weight of all: after A 1/10, B 3/10, C 8/10, D 10/10.

**Slippage** = sum of weight x days / 10, an open milestone by its present due date:

    after A and B   (1 x 31 - 2 x 6 + 5 x  0 + 2 x 0) / 10 =  19 / 10 =  1.9
    C moved         (1 x 31 - 2 x 6 + 5 x 91 + 2 x 0) / 10 = 474 / 10 = 47.4
    C completed     (1 x 31 - 2 x 6 + 5 x 81 + 2 x 0) / 10 = 424 / 10 = 42.4
    D completed     (1 x 31 - 2 x 6 + 5 x 81 - 2 x 3) / 10 = 418 / 10 = 41.8

**Health while A is open**, due on 30 April in Nairobi (UTC+3), green up to 7 days late, amber up to
30: the 7th day ends on 7 May at 21:00 UTC, the 30th on 30 May at 21:00 UTC.

**Forecast** on 15 October 2024, with A and B accepted:

    A  planned 2024-02-01..04-30 =  89 days, took 2024-02-05..05-31 = 116: pace 116/89, weight  89
    B  planned 2024-02-01..09-30 = 242 days, took 2024-02-05..09-24 = 232: pace 232/242, weight 484
    planned until the last milestone, 2024-02-01..2025-12-15 = 683 days
    mean pace (116 + 2 x 232) / (89 + 484) = 580/573; 683 x 580/573 = 691.3, so 692 days
    likely    2024-02-05 + 692                                                     = 2025-12-28
    margin    a tenth of 2024-10-15..2025-12-28 = 439 days                         = 43 days
    earliest  B's pace gives 655 days, 2025-11-21; likely less the margin is earlier: 2025-11-15
    latest    A's pace gives 891 days, 2026-07-15; later than likely and the margin

**Outcomes**; achievement = (actual - baseline) / (target - baseline), to four decimals:

    indicator                      baseline  first year                  second year
    days to a permit (less better)       40  28 of 25:  -12/-15 = 0.8    7 of 10: -33/-30 = 1.1
    share applied for online, %           5  25 of 30:    20/25 = 0.8    66 of 60: 61/55 = 1.1091
        counted                              3 000 / 12 000 = 25 %       9 900 / 15 000 = 66 %
        first told (and disputed)            3 600 / 12 000 = 30 %, 25/25 = 1
    residents on the portal, so far       0  40 000 of 50 000 = 0.8      130 000 of 120 000 = 1.0833
    delegations to Seoul, in a year       0  2 of 3 = 0.6667             5 of 4 = 1.25

The outcome share is the least of a column (all was told after the period ended, so all of it should
have been reached): 0.6667 is below 0.9 and not below 0.6, amber; 1.0833 is green.

**Over both years**: days: the latest, 7. Share: (3 000 + 9 900) / (12 000 + 15 000) = 12 900/27 000
= 47.777777777778 %, not the mean of 25 and 66, which is 45.5. Residents: 130 000, never 40 000 +
130 000. Delegations: 2 + 5 = 7.

**Money**, at rates per euro; 15 June 2024 was a Saturday, so Friday's count:

    2024-06-14  KRW 1 450, KES 140      2025-03-10  KRW 1 500, KES 125      (none of USD)
    Seoul    2024-06-15  KRW 29 000 000 / 1 450 = EUR 20 000;  x 140 = KES 2 800 000
    Nairobi  2024-06-14  KES  1 400 000 /   140 = EUR 10 000           KES 1 400 000
    Nairobi  2024-06-14  the same again by mistake, taken back: 0
    Nairobi  2025-03-10  KES    250 000 /   125 = EUR  2 000           KES   250 000
    Nairobi  2025-03-10  USD        500: no rate, listed apart
                                                  EUR 32 000           KES 4 450 000
    in kind: Seoul 12.5 + 7.5 = 20 person-days, worth no money here

**The risk**: probability 3 x impact 4 = 12, high; later 2 x 4 = 8, moderate and falling.

**Looking back**, 1 to 6 (best), by relevance, coherence, effectiveness, efficiency, impact and
sustainability:

    Seoul     6  5  5  3  5  4   = 28
    Nairobi   6  4  5  2  6  4   = 27     all of it: (28 + 27) / 12 = 55 / 12 = 4.58
    mean      6 4.5 5 2.5 5.5 4

**A year later**: the project ended on 30 January 2026, its last periods a day after, so what lasted
is measured over 2026-02-01..2027-01-30, against the last targets:

    days to a permit                     40   9 of 10:  -31/-30 = 1.0333
    share applied for online, %           5  70 of 60:    65/55 = 1.1818   10 500 / 15 000 = 70 %
    residents on the portal, so far       0  185 000 of 120 000 = 1.5417
    delegations to Seoul, in a year       0  1 of 4 = 0.25

Rolled up with it: days 9, the latest; share (12 900 + 10 500) / (27 000 + 15 000) = 23 400/42 000 =
55.714285714286 %; residents 185 000; delegations 7 + 1 = 8.
"""

from tests.cast import Cast
from tests.graphql.conftest import Api
from tests.stories import beginning, ending, measuring, working
from tests.stories.telling import Teller


async def test_two_years_of_a_project(api: Api, cast: Cast) -> None:
    story = Teller(api, cast)
    await beginning.offer_and_request(story)
    await beginning.proposal(story)
    await beginning.decisions(story)
    await working.first_quarter(story)
    await working.late(story)
    await working.books(story)
    await working.training(story)
    await measuring.first_year_measured(story)
    await working.moved(story)
    await working.live(story)
    await measuring.second_year_measured(story)
    await ending.done(story)
    await ending.evaluated(story)
    await ending.accepted(story)
    await ending.closed(story)
    await ending.passed_on(story)
    await ending.lasted(story)

"""What the cities offer: practices, by the names that requests and projects use."""

from tracker.demo.data.shapes import Offer
from tracker.domain.practices.actions import PracticePlan
from tracker.domain.practices.tables import Licence, Readiness

OFFERS = {
    "proposals": Offer(
        city="seoul",
        drafted=-560,
        published=-541,
        plan=PracticePlan(
            title="Citizen proposals that reach a decision",
            summary="Residents hand in ideas online, others discuss and support them, and each"
            " idea with enough support is decided in public by the department in charge.",
            themes=("participation", "transparency"),
            readiness=Readiness.REPLICATED,
            transfer_needs="A moderator for each district, a rule on how much support obliges the"
            " city to answer, and a page that shows every answer.",
            results_evidence="Share of proposals answered within 30 days, from the platform's own"
            " log.",
            licence=Licence.CC_BY,
            languages=("ko", "en"),
        ),
    ),
    "participation": Offer(
        city="barcelona",
        drafted=-700,
        published=-672,
        plan=PracticePlan(
            title="Participatory budgeting on an open-source platform",
            summary="Districts decide with their residents on a part of the investment budget;"
            " every proposal, vote and meeting is on one platform whose code is free.",
            themes=("participation", "budget", "open source"),
            readiness=Readiness.REPLICATED,
            transfer_needs="A hosting team of two, a legal basis for binding votes, facilitators"
            " for meetings on site.",
            results_evidence="Number of participants by district and age; share of the budget that"
            " was really spent as voted.",
            licence=Licence.CC_BY_SA,
            languages=("ca", "es", "en"),
        ),
    ),
    "data-charter": Offer(
        city="barcelona",
        drafted=-520,
        published=-498,
        plan=PracticePlan(
            title="Open data with a charter for data ethics",
            summary="One catalogue for all departments, and a charter that says what is collected,"
            " for what purpose, and who answers for it.",
            themes=("open data", "privacy"),
            readiness=Readiness.PROVEN,
            transfer_needs="A data steward in every department and a review board.",
            results_evidence="Data sets published and reused; requests for deletion answered in"
            " time.",
            languages=("ca", "es", "en"),
        ),
    ),
    "one-stop": Offer(
        city="chengdu",
        drafted=-480,
        published=-455,
        plan=PracticePlan(
            title="One-stop service hall with one queue for all counters",
            summary="One hall and one online counterpart for services of many departments: one"
            " ticket, one file, one deadline.",
            themes=("service centres", "simplification"),
            readiness=Readiness.PROVEN,
            transfer_needs="An agreement of all departments on common files; counters where staff"
            " handle every kind of case.",
            results_evidence="Waiting times from the ticket system; visits needed for each case.",
            languages=("zh", "en"),
        ),
    ),
    "permits": Offer(
        city="frankfurt",
        drafted=-610,
        published=-590,
        plan=PracticePlan(
            title="Building permits online, from application to archive",
            summary="Applicants file plans online and follow each step; all offices comment on the"
            " same drawing; the permit is issued and archived electronically.",
            themes=("permits", "simplification"),
            readiness=Readiness.PROVEN,
            transfer_needs="A register of parcels that can be queried, electronic signatures, and"
            " two months of parallel running on paper.",
            results_evidence="Median days from complete application to permit.",
            languages=("de", "en"),
        ),
    ),
    "parking": Offer(
        city="frankfurt",
        drafted=-900,
        published=-880,
        archived=-300,
        plan=PracticePlan(
            title="Residents' parking permits by e-mail form",
            summary="A form by e-mail instead of a visit. Replaced by online permits.",
            themes=("permits",),
            readiness=Readiness.PROVEN,
            results_evidence="Visits to the office before and after.",
            languages=("de",),
        ),
    ),
    "wards": Offer(
        city="mumbai",
        drafted=-430,
        published=-402,
        plan=PracticePlan(
            title="Grievances handled in the ward, by message",
            summary="Residents report by text message in their own language; the ward office"
            " answers, and what it cannot settle climbs by itself after seven days.",
            themes=("complaints", "mobile"),
            readiness=Readiness.PROVEN,
            transfer_needs="A short code, a duty officer for each ward, a rule of escalation.",
            results_evidence="Share of grievances settled within seven days, by ward.",
            licence=Licence.CC_BY_NC,
            languages=("mr", "hi", "en"),
        ),
    ),
    "payments": Offer(
        city="nairobi",
        drafted=-540,
        published=-520,
        plan=PracticePlan(
            title="County fees and licences paid by mobile phone",
            summary="Parking, market fees and business licences are paid by phone; the receipt is"
            " a number that every inspector can check.",
            themes=("payments", "mobile", "revenue"),
            readiness=Readiness.REPLICATED,
            transfer_needs="Contracts with the operators, daily reconciliation, devices for"
            " inspectors.",
            results_evidence="Share of fees paid by phone; revenue by source, reconciled daily.",
            languages=("en", "sw"),
        ),
    ),
    "open-budget": Offer(
        city="san-francisco",
        drafted=-760,
        published=-745,
        plan=PracticePlan(
            title="Open data on budget, contracts and service standards",
            summary="Every department publishes its budget lines, contracts and service levels on"
            " a schedule, with a named steward and a quality score.",
            themes=("open data", "budget", "transparency"),
            readiness=Readiness.REPLICATED,
            transfer_needs="An ordinance that makes publishing the rule, stewards, a catalogue.",
            results_evidence="Data sets published on schedule; downloads and uses.",
            licence=Licence.CC0,
            languages=("en", "es"),
        ),
    ),
    "311": Offer(
        city="san-francisco",
        drafted=-470,
        published=-449,
        plan=PracticePlan(
            title="One number and one app for all non-emergency services",
            summary="Residents call, write or use an app; each request gets a number and a public"
            " status until it is closed.",
            themes=("complaints", "mobile", "open data"),
            readiness=Readiness.PROVEN,
            transfer_needs="A call centre, a list of services with deadlines agreed by all"
            " departments, an open interface.",
            results_evidence="Requests closed within their service level.",
            languages=("en", "es", "zh"),
        ),
    ),
    "centres": Offer(
        city="sao-paulo",
        drafted=-500,
        published=-477,
        plan=PracticePlan(
            title="Citizen service centres with an appointment for everything",
            summary="Neighbourhood centres offer hundreds of services by appointment, with the"
            " same catalogue online and on the phone.",
            themes=("service centres", "inclusion"),
            readiness=Readiness.PROVEN,
            transfer_needs="A service catalogue with an owner for each entry; booking software.",
            results_evidence="Share of visits served within 20 minutes of the appointment.",
            languages=("pt", "en"),
        ),
    ),
    "card": Offer(
        city="tel-aviv",
        drafted=-580,
        published=-566,
        plan=PracticePlan(
            title="A resident card with services that come to you",
            summary="Residents who sign up hear of what matters in their street and for their"
            " family, register for classes and pay, all with one card and one account.",
            themes=("digital identity", "personal services"),
            readiness=Readiness.REPLICATED,
            transfer_needs="Consent by purpose, a customer database across departments, a team"
            " that writes the messages.",
            results_evidence="Share of adult residents who signed up; services used online.",
            languages=("he", "en", "ar"),
        ),
    ),
    "port": Offer(
        city="vladivostok",
        drafted=-450,
        published=-431,
        plan=PracticePlan(
            title="Electronic services of a port city",
            summary="Berth and road passes, trade notices and residents' warnings of closures come"
            " from one desk of city and port.",
            themes=("port", "mobility", "permits"),
            readiness=Readiness.PILOT,
            transfer_needs="An agreement of port and city on data, a common map.",
            results_evidence="Hours that lorries wait at the gates.",
            languages=("ru", "en"),
        ),
    ),
    "snow": Offer(
        city="vladivostok",
        drafted=-24,
        plan=PracticePlan(
            title="Where the snow plough is: a map for residents",
            summary="Positions of ploughs and cleared streets, every five minutes.",
            themes=("mobility", "open data"),
        ),
    ),
}
"""Name -> practice."""

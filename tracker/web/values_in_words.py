"""What stands in a column of the audit trail for one of a few things, in words."""

from tracker.locale.words import REQUIREMENTS
from tracker.web.words import (
    DELIVERY_KINDS,
    DELIVERY_STATES,
    METHODS,
    N_,
    ROLES,
    SUPPRESSION_REASONS,
)

WORDS: dict[str, dict[str, str]] = {
    "role": {name.lower(): words for name, words in ROLES.items()},
    "method": {name.lower(): words for name, words in METHODS.items()},
    "refused": {
        "wrong_password": N_("Wrong password"),
        "wrong_code": N_("Wrong code"),
        "used_link": N_("The link had been used"),
        "old_link": N_("The link was too old"),
        "other_browser": N_("Another browser had asked for the link"),
        "other_purpose": N_("The link was for something else"),
        "sign_on": N_("The sign-on may not bring this person in"),
    },
    "purpose": {
        "sign_in": N_("To sign in"),
        "reset": N_("To choose a password"),
        "address": N_("To confirm an address"),
    },
    "requirement": REQUIREMENTS,
    "kind": {name: DELIVERY_KINDS[name.upper()] for name in ("notice", "hook")},
    "state": {name: DELIVERY_STATES[name.upper()] for name in ("bounced", "suppressed")},
    "reason": {name.lower(): words for name, words in SUPPRESSION_REASONS.items()},
    "category": {
        "organisational": N_("Organisation and people"),
        "political": N_("Politics"),
        "legal": N_("Law"),
        "financial": N_("Money"),
        "technical": N_("Technology"),
        "partnership": N_("Partnership"),
        "external": N_("Outside events"),
    },
    "licence": {
        "cc0": N_("CC0"),
        "cc_by": N_("CC BY"),
        "cc_by_sa": N_("CC BY-SA"),
        "cc_by_nc": N_("CC BY-NC"),
    },
}
"""Field -> value in small letters -> words. Values of others are words already, such as
`UNDER_REVIEW`."""

CAPITALISED = frozenset(
    (
        *("state", "kind", "type", "readiness", "cadence", "benefit", "measure"),
        *("accumulation", "aggregation", "verdict", "reportingRhythm"),
    )
)
"""Fields whose values are words already."""

ALSO_SHOWN = (
    *(N_("Replicated"), N_("Endorse"), N_("Sign"), N_("Pending"), N_("Lapsed"), N_("Original")),
    *(N_("Revised"), N_("Periodic"), N_("Closing"), N_("Ready"), N_("Sending"), N_("In doubt")),
    *(N_("Failed"), N_("Go live"), N_("Output"), N_("Outcome"), N_("Daily"), N_("Weekly")),
    *(
        N_("Fortnightly"),
        N_("Quarterly"),
        N_("Monthly"),
        N_("Donor"),
        N_("Recipient"),
        N_("Both"),
        N_("Percentage"),
        N_("Unit"),
    ),
    *(N_("Qualitative"), N_("Period"), N_("Cumulative"), N_("Snapshot"), N_("Sum")),
    *(N_("Ratio of sums"), N_("Latest"), N_("None"), N_("Conceal"), N_("Disclose")),
    *(N_("Confirmed"), N_("Disputed"), N_("Escalate")),
    *(N_("Incoming funds"), N_("Outgoing commitment"), N_("Disbursement"), N_("Expenditure")),
    *(N_("Incoming commitment"),),
    *(N_("Proposed"), N_("Accepted"), N_("Refused"), N_("Withdrawn")),
    *(N_("Quarterly"),),
    *(N_("Risk"), N_("Issue"), N_("Occurred"), N_("Mitigated")),
)
"""Words that no template says, for the catalogues."""

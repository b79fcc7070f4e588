"""What shows that a milestone was reached, by its kind."""

from tracker.domain.milestones.tables import MilestoneKind as Kind

PROOF = {
    Kind.DELIVERABLE: (
        "Acceptance report",
        "The partner city has tested it and signed the acceptance report.",
    ),
    Kind.AGREEMENT: ("Signed agreement", "Everybody named in it has signed."),
    Kind.TRAINING: (
        "Attendance list and course material",
        "Nine of ten invited took part, and the material is handed over.",
    ),
    Kind.WORKSHOP: ("Report of the workshop", "The report names what was decided and by whom."),
    Kind.STUDY_VISIT: ("Report of the visit", "The report says what is taken over and what not."),
    Kind.GO_LIVE: ("Protocol of the opening", "Residents can use it, and the first have done so."),
    Kind.EVALUATION: ("Evaluation report", "The report is published in both cities."),
}
"""Kind -> title of the evidence, and how the other city can tell."""

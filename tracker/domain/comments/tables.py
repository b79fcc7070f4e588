"""Comment: what somebody says of a project or of something in it. Mention: whom it is for."""

from piccolo.columns import ForeignKey, Integer, Serial, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.constraints import RESTRICT, at_most, one_of
from tracker.domain.database import DB
from tracker.domain.people.tables import Person
from tracker.domain.projects.tables import Project


class Comment(Table, tablename="comment", db=DB):
    """What somebody says of a project or of something in it. A trigger holds that the subject is
    one of the project's."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, help_text="The project that it belongs to."
    )
    subject_type = Varchar(length=20, choices=CommentSubject, help_text="Kind of what it is about.")
    subject_id = Integer(help_text="Its number.")
    author = ForeignKey(
        Person, on_delete=RESTRICT, null=False, index=True, help_text="Who wrote it."
    )
    text = Text(help_text="What it says; none once it is withdrawn.")
    created_at = Timestamptz(help_text="When it was written.")
    edited_at = Timestamptz(
        null=True, default=None, help_text="When it was last rewritten; none: never."
    )
    withdrawn_at = Timestamptz(
        null=True, default=None, help_text="When it was withdrawn; none: it stands."
    )
    withdrawn_by = ForeignKey(
        Person,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="Who withdrew it.",
    )
    version = Integer(default=1, help_text="Counts changes; send it back with an edit.")

    comment_subject_is_known = one_of("subject_type", CommentSubject)
    comment_says_something = Check("\"text\" <> ''")
    comment_is_short_enough = at_most("text")
    comment_is_withdrawn_by_somebody = Check("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)")


class Mention(Table, tablename="mention", db=DB):
    """That a comment is for somebody in particular."""

    id: Serial
    project = ForeignKey(
        Project, on_delete=RESTRICT, null=False, help_text="The project of the comment."
    )
    comment = ForeignKey(
        Comment, on_delete=RESTRICT, null=False, index=True, help_text="The comment."
    )
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=False, index=True, help_text="Whom it is for."
    )

    mention_is_once_per_comment = Unique([comment, person])

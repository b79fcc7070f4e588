"""Comments on a project and on what is in it."""

from tracker.domain.comments import actions, rules, tables
from tracker.domain.comments.subjects import CommentSubject
from tracker.domain.events import subjects
from tracker.graphql.mutations import mutations
from tracker.graphql.planner import Pointer, auto, computed, many, one
from tracker.graphql.planner.kinds import Json
from tracker.graphql.registry import registry

ON = "{{c}}.subject_type = '{kind}' AND {{c}}.subject_id = {{p}}.id"


def comments_on(kind: str) -> object:
    """The relation from a row of that table to what is said of it."""
    return many("Comment", "What is said of it, the oldest first.", on=ON.format(kind=kind))


class standing(auto):
    """Shown as long as the comment is not withdrawn."""

    visible = rules.standing


@registry.node(
    tables.Comment,
    visible=rules.visible,
    scope="project",
    in_scope=rules.visible_in_project,
    order=("id",),
)
class Comment:
    """What somebody says of a project or of something in it, to the partner cities and the
    secretariat, as far as they see what it is about."""

    subject_type: auto
    subject_id: auto
    text: standing
    created_at: auto
    edited_at: auto
    withdrawn_at: auto
    version: auto
    subject = Pointer("What it is about.", frozenset(CommentSubject))
    about = computed(
        Json,
        subjects.about("{t}"),
        "What it is about, as it is called today, as an audit event tells it; empty once it is"
        " gone.",
    )
    unresolved_mentions = computed(
        list[str],
        rules.unresolved("{t}"),
        "A warning: what stands behind an @ in the text and names nobody who was mentioned, so"
        " that nobody was told. Shown as long as the comment is not withdrawn.",
        visible=rules.standing,
    )
    project = one("Project")
    author = one("Person")
    withdrawn_by = one("Person", null=True)
    mentions = many("Mention", "Whom it is for.", by="comment", order=("id",))


@registry.node(tables.Mention, visible=rules.mention_visible, order=("id",))
class Mention:
    """That a comment is for somebody in particular, who was told by a mail."""

    project = one("Project")
    comment = one("Comment")
    person = one("Person")


registry.deprecate("Comment.subjectId", until="2027-12-31", reason="Use subject.")

MUTATIONS = mutations("Comment", actions.add, actions.edit, actions.withdraw)

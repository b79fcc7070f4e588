"""People and their memberships."""

from tracker.domain.people import rules, tables
from tracker.graphql.planner import auto, computed, many, one
from tracker.graphql.planner.declare import Root
from tracker.graphql.registry import registry


@registry.node(tables.Person, visible=rules.visible, plural="people", order=("name",))
class Person:
    """Somebody who works with the tracker."""

    name: auto
    language: auto
    time_zone: auto
    created_at: auto
    email = computed(
        str,
        "{t}.email",
        "E-mail address; shown to the person, colleagues of the same city and the secretariat.",
        visible=rules.contact_visible,
    )
    memberships = many("Membership", "Roles that the person holds or held.", by="person")


@registry.node(tables.Membership, visible=rules.membership_visible)
class Membership:
    """A role that a person holds in a city or, without a city, in the secretariat."""

    role: auto
    started_at: auto
    ended_at: auto
    person = one("Person", null=True)
    city = one("City")


registry.root(
    "viewer",
    Root("Person", "You, as far as you are signed in.", single=True, on="{c}.id = :person"),
)

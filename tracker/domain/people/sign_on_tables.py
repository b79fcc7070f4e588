"""The sign-ons of cities (OpenID Connect), and who somebody known there is here."""

from piccolo.columns import Boolean, ForeignKey, Serial, Text, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT
from tracker.domain.database import DB
from tracker.domain.people.tables import Person


class SignOn(Table, tablename="sign_on", db=DB):
    """A city's own sign-on, an OpenID provider, of which it has one at a time. It speaks for people
    of its city alone."""

    id: Serial
    city = ForeignKey(City, on_delete=RESTRICT, null=False, help_text="Whose people sign in there.")
    issuer = Varchar(length=500, help_text="The provider's own address, https://….")
    client_id = Varchar(length=200, help_text="What the tracker is called there.")
    sealed = Text(
        null=True, default=None, secret=True, help_text="The client secret, encrypted; none: none."
    )
    active = Boolean(default=False, help_text="Whether people can sign in there.")
    confirmed_at = Timestamptz(
        null=True,
        default=None,
        help_text="Since when the secretariat vouches for the provider; none: it does not yet.",
    )
    created_at = Timestamptz(help_text="When it was first set up.")
    secret_set_at = Timestamptz(
        null=True,
        default=None,
        help_text="Since when there is this client secret, if there is one.",
    )
    ended_at = Timestamptz(null=True, default=None, help_text="When it was removed, if so.")

    sign_on_removed_is_not_in_use = Check("NOT active OR ended_at IS NULL")
    sign_on_in_use_is_confirmed = Check("NOT active OR confirmed_at IS NOT NULL")
    sign_on_is_an_address = Check("issuer ~ '^https?://.'")


class SignOnIdentity(Table, tablename="sign_on_identity", db=DB):
    """That somebody whom a provider knows by a subject is a person here, since they first came
    from there with the person's confirmed e-mail address. A subject is one person, and a person one
    subject, as long as it counts."""

    id: Serial
    person = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who it is here.")
    issuer = Varchar(length=500, help_text="The provider's own address.")
    subject = Varchar(length=255, help_text="What the provider knows them by, for ever.")
    created_at = Timestamptz(help_text="When they first came from there.")
    ended_at = Timestamptz(
        null=True, default=None, help_text="Since when it counts no more, if so: was removed."
    )

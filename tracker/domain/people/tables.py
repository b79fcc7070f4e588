"""Person and Membership; sessions, sign-in links and API tokens, of which only hashes are kept."""

from piccolo.columns import Boolean, ForeignKey, Serial, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from tracker.domain.actor import SECRETARIAT, Role
from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, one_of
from tracker.domain.database import DB

_SECRETARIAT_ROLES = ", ".join(f"'{role.value}'" for role in sorted(SECRETARIAT))


class Person(Table, tablename="person", db=DB):
    """Somebody who works with the tracker."""

    id: Serial
    email = Varchar(length=254, unique=True, help_text="E-mail address, lower case.")
    name = Varchar(length=200, help_text="Name, or the role's name where none is given.")
    language = Varchar(length=35, default="en", help_text="Preferred language, BCP 47.")
    time_zone = Varchar(length=64, default="UTC", help_text="IANA time zone the person lives by.")
    created_at = Timestamptz(help_text="When the person was added.")

    person_email_is_lower_case = Check("email = lower(email) AND email LIKE '%_@_%'")


class Membership(Table, tablename="membership", db=DB):
    """A role that a person holds in a city or, without a city, in the secretariat."""

    id: Serial
    person = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who holds the role.")
    city = ForeignKey(
        City,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The city; none means the secretariat.",
    )
    role = Varchar(length=20, choices=Role, help_text="What the person may do there.")
    started_at = Timestamptz(help_text="Since when.")
    ended_at = Timestamptz(null=True, default=None, help_text="Until when, if it has ended.")

    membership_role_is_known = one_of("role", Role)
    membership_secretariat_roles_have_no_city = Check(
        f"(city IS NULL) = (role IN ({_SECRETARIAT_ROLES}))"
    )


class ApiToken(Table, tablename="api_token", db=DB):
    """A key for programs. The secret is shown once; only its SHA-256 is kept."""

    id: Serial
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=False, help_text="On whose behalf the program acts."
    )
    purpose = Varchar(length=100, default="", help_text="What it is for, in its person's words.")
    prefix = Varchar(length=16, help_text="First characters of the token, to recognise it by.")
    token_hash = Varchar(length=64, unique=True, secret=True, help_text="SHA-256, hexadecimal.")
    read_only = Boolean(default=False, help_text="Whether mutations are refused.")
    created_at = Timestamptz(help_text="When it was issued.")
    expires_at = Timestamptz(help_text="From when it is refused.")
    revoked_at = Timestamptz(null=True, default=None, help_text="When it was withdrawn, if so.")


class ApiTokenUse(Table, tablename="api_token_use", db=DB):
    """When a token was last used, to some minutes. Apart from the token, which requests read and
    rights hang on: this row changes while those stay as they are."""

    id: Serial
    token = ForeignKey(
        ApiToken, on_delete=RESTRICT, null=False, unique=True, help_text="The token."
    )
    last_used_at = Timestamptz(help_text="When it was last used.")


class Session(Table, tablename="session", db=DB):
    """A browser that is signed in. In PostgreSQL so that ending it takes effect at once."""

    id: Serial
    person = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who is signed in.")
    token_hash = Varchar(length=64, unique=True, secret=True, help_text="SHA-256, hexadecimal.")
    created_at = Timestamptz(help_text="When the person signed in.")
    expires_at = Timestamptz(help_text="From when the session is refused.")
    ended_at = Timestamptz(null=True, default=None, help_text="When it was ended, if so.")


class SignInLink(Table, tablename="sign_in_link", db=DB):
    """A link mailed to a person that opens one session, once."""

    id: Serial
    person = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who asked for it.")
    token_hash = Varchar(length=64, unique=True, secret=True, help_text="SHA-256, hexadecimal.")
    created_at = Timestamptz(help_text="When it was asked for.")
    expires_at = Timestamptz(help_text="From when it is refused.")
    used_at = Timestamptz(null=True, default=None, help_text="When it opened a session, if so.")

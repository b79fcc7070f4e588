"""Person and Membership; the proofs of who somebody is, of which only hashes are kept."""

from piccolo.columns import (
    Array,
    BigInt,
    Boolean,
    ForeignKey,
    Integer,
    Serial,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check
from piccolo.table import Table

from tracker.domain.actor import SECRETARIAT, Role
from tracker.domain.cities.tables import City
from tracker.domain.constraints import RESTRICT, one_of
from tracker.domain.database import DB
from tracker.domain.deliveries.tables import OPTIONAL, Delivery, DeliveryKind
from tracker.domain.people.proofs import Method, Purpose

_SECRETARIAT_ROLES = ", ".join(f"'{role.value}'" for role in sorted(SECRETARIAT))


class Person(Table, tablename="person", db=DB):
    """Somebody who works with the tracker."""

    id: Serial
    email = Varchar(length=254, unique=True, help_text="E-mail address, lower case.")
    name = Varchar(length=200, help_text="Name, or the role's name where none is given.")
    language = Varchar(length=35, default="en", help_text="Preferred language, BCP 47.")
    time_zone = Varchar(length=64, default="UTC", help_text="IANA time zone the person lives by.")
    created_at = Timestamptz(help_text="When the person was added.")
    erasure_asked_at = Timestamptz(
        null=True, default=None, help_text="When the person asked to be forgotten, if so."
    )
    erased_at = Timestamptz(
        null=True, default=None, help_text="When the person was forgotten, if so."
    )

    unwanted_mails = Array(
        base_column=Varchar(length=20, choices=DeliveryKind),
        help_text="Kinds of mail that the person does without; whether the digest comes, its"
        " subscription says.",
    )
    quiet_from = SmallInt(
        null=True,
        default=None,
        help_text="Local hour, 0 to 23, from which mails wait but those about signing in and the"
        " account; null: they never do.",
    )
    quiet_until = SmallInt(
        null=True, default=None, help_text="Local hour, 0 to 23, until which they wait."
    )

    person_does_without_optional_mails_only = Check(
        f"unwanted_mails <@ '{{{', '.join(OPTIONAL[1:])}}}'"
    )
    person_quiet_hours_begin_and_end = Check("(quiet_from IS NULL) = (quiet_until IS NULL)")
    person_quiet_hours_are_on_the_clock = Check(
        "quiet_from BETWEEN 0 AND 23 AND quiet_until BETWEEN 0 AND 23"
    )
    person_quiet_hours_leave_some = Check("quiet_from <> quiet_until")
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


class Delegation(Table, tablename="delegation", db=DB):
    """That a mayor lets the city's chief information officer decide in their place for a time."""

    id: Serial
    city = ForeignKey(
        City, on_delete=RESTRICT, null=False, index=True, help_text="Whose decisions they are."
    )
    mayor = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Whose right it is.")
    deputy = ForeignKey(
        Person, on_delete=RESTRICT, null=False, index=True, help_text="Who may use it."
    )
    starts_at = Timestamptz(help_text="From when on.")
    expires_at = Timestamptz(help_text="Until when, that instant excluded.")
    created_at = Timestamptz(help_text="When it was agreed.")
    ended_at = Timestamptz(null=True, default=None, help_text="When it was ended early, if so.")

    delegation_is_to_somebody_else = Check("mayor <> deputy")
    delegation_lasts = Check("starts_at < expires_at")


class Handover(Table, tablename="handover", db=DB):
    """Open work of somebody who left a role in a city: who looks after it from now on."""

    id: Serial
    membership = ForeignKey(
        Membership, on_delete=RESTRICT, null=False, index=True, help_text="The role that ended."
    )
    subject_type = Varchar(length=40, help_text="Kind of the object, such as milestone.")
    subject_id = Integer(help_text="Its number.")
    successor = ForeignKey(
        Person,
        on_delete=RESTRICT,
        null=True,
        default=None,
        index=True,
        help_text="The colleague who takes it over; none: it is left to the city.",
    )
    created_at = Timestamptz(help_text="When it was handed over.")


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
    covers = Text(
        default="",
        help_text="The roles that count, those of its issue: role:city, apart by blanks.",
    )
    second_factor = Boolean(
        default=False, help_text="Whether it was issued behind a second factor."
    )
    city = ForeignKey(
        City,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The one city whose roles count; none: all roles of the person.",
    )
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
    former_hash = Varchar(
        length=64,
        null=True,
        default=None,
        index=True,
        secret=True,
        help_text="What token_hash was before the secret was changed; counts until former_until.",
    )
    former_until = Timestamptz(
        null=True, default=None, secret=True, help_text="Until when the former secret counts."
    )
    renews = Boolean(
        default=False,
        secret=True,
        help_text="Whether the next page gives the browser another secret: the rights changed.",
    )
    secret_at = Timestamptz(
        null=True,
        default=None,
        secret=True,
        help_text="Since when there is this secret; none: since the session began.",
    )
    method = Varchar(
        length=20, choices=Method, default=Method.LINK, help_text="How its person proved who it is."
    )
    second_factor = Boolean(default=False, help_text="Whether a second factor was given as well.")
    recovery_code = Boolean(
        default=False, help_text="Whether that was a recovery code, in place of the lost app's."
    )
    created_at = Timestamptz(help_text="When the person signed in.")
    proved_at = Timestamptz(help_text="When the person last proved who they are.")
    expires_at = Timestamptz(help_text="From when the session is refused.")
    ended_at = Timestamptz(null=True, default=None, help_text="When it was ended, if so.")
    city = ForeignKey(
        City,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The city whose sign-on opened it, whose roles alone count; none: another way.",
    )
    device = Varchar(length=100, default="", help_text="Browser and system, as far as it said.")
    address = Varchar(
        length=60, default="", help_text="The network that the person signed in from."
    )
    device_hash = Varchar(
        length=64,
        null=True,
        default=None,
        secret=True,
        help_text="SHA-256 of what the browser is known again by.",
    )

    session_method_is_known = one_of("method", Method)


class SessionUse(Table, tablename="session_use", db=DB):
    """When a session was last used, to some minutes; apart from it like the use of a token."""

    id: Serial
    session = ForeignKey(
        Session, on_delete=RESTRICT, null=False, unique=True, help_text="The session."
    )
    last_used_at = Timestamptz(help_text="When it was last used.")


class SignInLink(Table, tablename="sign_in_link", db=DB):
    """A link mailed to a person that does one thing, once."""

    id: Serial
    person = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who asked for it.")
    purpose = Varchar(
        length=20, choices=Purpose, default=Purpose.SIGN_IN, help_text="What it is good for."
    )
    token_hash = Varchar(length=64, unique=True, secret=True, help_text="SHA-256, hexadecimal.")
    browser_hash = Varchar(
        length=64,
        null=True,
        default=None,
        secret=True,
        help_text="SHA-256 of what only the browser that asked knows; none: any browser will do.",
    )
    email = Varchar(
        length=254, null=True, default=None, help_text="The new address that it confirms, if so."
    )
    created_at = Timestamptz(help_text="When it was asked for.")
    expires_at = Timestamptz(help_text="From when it is refused.")
    used_at = Timestamptz(null=True, default=None, help_text="When it was used, if so.")

    sign_in_link_purpose_is_known = one_of("purpose", Purpose)
    sign_in_link_confirms_one_address = Check("(purpose = 'address') = (email IS NOT NULL)")


class HalfSignIn(Table, tablename="half_sign_in", db=DB):
    """Somebody who has given the first proof of who they are and owes the second: no session."""

    id: Serial
    person = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Who it would be.")
    token_hash = Varchar(length=64, unique=True, secret=True, help_text="SHA-256, hexadecimal.")
    method = Varchar(length=20, choices=Method, help_text="The first proof.")
    city = ForeignKey(
        City,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The city whose sign-on gave the first proof, if so.",
    )
    tries = Integer(default=0, help_text="Codes tried, the one under way included.")
    password_set_at = Timestamptz(
        null=True,
        default=None,
        help_text="Since when there was the person's password then; another one voids this.",
    )
    created_at = Timestamptz(help_text="When the first proof was given.")
    expires_at = Timestamptz(help_text="From when it is refused.")
    used_at = Timestamptz(null=True, default=None, help_text="When it became a session, if so.")

    half_sign_in_method_is_known = one_of("method", Method)


class Password(Table, tablename="password", db=DB):
    """A person's password, beside the links that are mailed to them."""

    id: Serial
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=False, unique=True, help_text="Whose it is."
    )
    hash = Varchar(length=200, null=True, default=None, secret=True, help_text="Argon2id.")
    set_at = Timestamptz(
        null=True, default=None, help_text="Since when there is this one; none: there is none."
    )

    password_is_there_since_it_was_set = Check("(hash IS NULL) = (set_at IS NULL)")


class SecondFactor(Table, tablename="second_factor", db=DB):
    """An app that makes codes by the clock (RFC 6238), with codes for the day it is lost."""

    id: Serial
    person = ForeignKey(Person, on_delete=RESTRICT, null=False, help_text="Whose it is.")
    sealed = Text(secret=True, help_text="What app and tracker share, encrypted.")
    last_step = BigInt(
        default=0, secret=True, help_text="The newest 30 seconds whose code was used."
    )
    recovery_hashes: Array = Array(
        base_column=Varchar(length=64), secret=True, help_text="SHA-256 of each unused code."
    )
    created_at = Timestamptz(help_text="When it was set up.")
    confirmed_at = Timestamptz(
        null=True, default=None, help_text="Since when it is asked for; none: not yet tried."
    )
    recovery_at = Timestamptz(
        null=True, default=None, help_text="When the recovery codes were made."
    )
    ended_at = Timestamptz(null=True, default=None, help_text="When it was given up, if so.")


class Invitation(Table, tablename="invitation", db=DB):
    """That somebody may come and take up a role: by the link in a mail, or with the sign-on of
    their city. A worker makes the link while it writes the mail, so nobody here ever sees it."""

    id: Serial
    email = Varchar(length=254, help_text="Who is invited: an e-mail address, lower case.")
    city = ForeignKey(
        City,
        on_delete=RESTRICT,
        null=True,
        default=None,
        help_text="The city of the role; none means the secretariat.",
    )
    role = Varchar(length=20, choices=Role, help_text="What the person may do there.")
    language = Varchar(length=35, default="en", help_text="Language of the mail, BCP 47.")
    invited_by = ForeignKey(
        Person, on_delete=RESTRICT, null=True, default=None, help_text="Who invited; none: system."
    )
    created_at = Timestamptz(help_text="When it was made.")
    expires_at = Timestamptz(help_text="From when it can no longer be accepted.")
    token_hash = Varchar(
        length=64,
        null=True,
        default=None,
        unique=True,
        secret=True,
        help_text="SHA-256 of the link.",
    )
    delivery = ForeignKey(
        Delivery,
        on_delete=RESTRICT,
        null=True,
        default=None,
        unique=True,
        help_text="The mail that went out last, or is to; none: the link was handed over.",
    )
    mails = SmallInt(default=0, help_text="How many mails were owed for it.")
    accepted_at = Timestamptz(null=True, default=None, help_text="When it was accepted, if so.")
    withdrawn_at = Timestamptz(null=True, default=None, help_text="When it was withdrawn, if so.")
    person = ForeignKey(
        Person, on_delete=RESTRICT, null=True, default=None, help_text="Who accepted it, if so."
    )

    invitation_email_is_lower_case = Check("email = lower(email) AND email LIKE '%_@_%'")
    invitation_role_is_known = one_of("role", Role)
    invitation_to_the_secretariat_has_no_city = Check(
        f"(city IS NULL) = (role IN ({_SECRETARIAT_ROLES}))"
    )
    invitation_ends_one_way = Check("accepted_at IS NULL OR withdrawn_at IS NULL")
    invitation_is_accepted_by_somebody = Check("(accepted_at IS NULL) = (person IS NULL)")

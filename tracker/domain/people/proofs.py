"""How a person may prove who they are, and what a mailed link is good for."""

from tracker.domain.meaning import Meaning


class Method(Meaning):
    """The first proof behind a session. A second factor may follow any of them."""

    LINK = "link", "A link in a mail, opened within minutes."
    PASSWORD = "password", "A password that only its person knows."
    OPENID = "openid", "The sign-on of the person's own city."
    INVITATION = "invitation", "An invitation that the person took up."
    DEMONSTRATION = "demonstration", "None: somebody made up, in the demonstration."


MAILED = frozenset({Method.LINK, Method.INVITATION, Method.DEMONSTRATION})
"""First proofs that show whoever gives them reads the person's mail; the demonstration has none to
read. Only behind one of them is a first second factor set up."""


class Purpose(Meaning):
    """What a mailed link does, once."""

    SIGN_IN = "sign_in", "Opens a session."
    RESET = "reset", "Lets its person choose a password."
    ADDRESS = "address", "Confirms a new e-mail address."

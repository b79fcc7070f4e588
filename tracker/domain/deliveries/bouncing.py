"""What mail servers say of a mail after they took it: that it could not be delivered, that it is on
its way or has arrived, or that its reader called it unwanted. Each in the caller's transaction;
said twice, it changes nothing."""

from tracker.domain.database import fetch
from tracker.domain.deliveries.ledger import ANSWER, LET_GO, SUPPRESS, WIPE
from tracker.domain.deliveries.masking import kept
from tracker.domain.deliveries.rules import ERASED


async def bounced(delivery_id: int, why: str) -> bool:
    """It came back, because there is no such mailbox: nothing else goes to its address either.
    Returns whether that was news."""
    return bool(await fetch(_BOUNCED, delivery_id, kept(why)))


async def failed(delivery_id: int, why: str) -> bool:
    """It came back for another reason: its address gets other mails all the same. Returns whether
    that was news."""
    return bool(await fetch(_FAILED, delivery_id, kept(why)))


async def taken(delivery_id: int) -> bool:
    """Some server has it, which ends a doubt: it is sent, and does not go again. Returns whether
    that was news."""
    return bool(await fetch(_TAKEN, delivery_id))


async def complained(delivery_id: int, why: str) -> bool:
    """Its reader calls it unwanted: nothing goes to its address any more. A complaint about the
    same mail counts once, whatever became of its suppression. Returns whether that was news."""
    return bool(await fetch(_COMPLAINED, delivery_id, kept(why)))


# Whoever holds one that was tried before loses it: an earlier try has arrived, and came back.
_CAME_BACK = f"""
    UPDATE delivery d SET state = '{{state}}', last_error = c.why,
        {ANSWER.replace("c.a", "c.why")}, {WIPE}, {LET_GO}
    FROM (SELECT $2::text AS why) c
    WHERE d.id = $1 AND d.tried_at IS NOT NULL AND d.address NOT LIKE '%{ERASED}'
      AND d.state IN ('ready', 'sending', 'in_doubt', 'sent')
    RETURNING d.id, lower(d.address) AS address, c.why
"""  # noqa: S608 - constants

_BOUNCED = f"""
WITH bounced AS ({_CAME_BACK.format(state="bounced")}), suppressed AS ({SUPPRESS})
SELECT id FROM bounced
"""  # noqa: S608 - constants

_FAILED = _CAME_BACK.format(state="failed")

# After a doubt, an earlier try may be the one that arrived, whatever the relay said to a later one.
_TAKEN = f"""
UPDATE delivery SET state = 'sent', sent_at = now(), last_error = NULL, {WIPE}, {LET_GO}
WHERE id = $1 AND (state = 'in_doubt' OR state = 'ready' AND doubts > 0) RETURNING id
"""  # noqa: S608 - constants

_COMPLAINED = f"""
INSERT INTO suppression (address, reason, detail, delivery, created_at)
SELECT lower(d.address), 'complained', $2, d.id, now() FROM delivery d
WHERE d.id = $1 AND d.tried_at IS NOT NULL AND d.address NOT LIKE '%{ERASED}'
  AND NOT EXISTS (SELECT FROM suppression s
                  WHERE s.delivery = d.id AND s.reason = 'complained')
ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608 - constants

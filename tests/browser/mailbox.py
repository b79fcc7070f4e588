"""The links in mails, as their readers find them in the demonstration's mailbox."""

import asyncio
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path

SECONDS_MOST = 60


@dataclass
class Mailbox:
    """The folder of the mail catcher. Each link is found once."""

    folder: Path
    found: set[str] = field(default_factory=set)

    async def link_to(self, address: str, path: str) -> str:
        """The link that begins with `path` in a mail to the address; waits for the mail.

        Raises TimeoutError.
        """
        async with asyncio.timeout(SECONDS_MOST):
            while True:
                links = await asyncio.to_thread(self._links, address, path)
                if new := [each for each in links if each not in self.found]:
                    self.found.add(new[0])
                    return new[0]
                await asyncio.sleep(0.2)

    def _links(self, address: str, path: str) -> list[str]:
        links = []
        for file in self.folder.glob("*.eml"):
            mail = message_from_bytes(file.read_bytes(), policy=default)
            body = mail.get_body(("plain",))
            if body is not None and address in str(mail["To"]):
                links += re.findall(rf"https?://[^/\s]+{re.escape(path)}\S+", body.get_content())
        return links

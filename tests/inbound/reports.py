"""Reports as servers write them: after RFC 3464 by Postfix, Exchange and Gmail, after RFC 5965."""

POSTFIX = """\
Return-Path: <>
Date: Thu, 26 Nov 2026 15:00:00 +0000 (UTC)
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F1A2B.1/mx.example.org"
Message-Id: <{number}@mx.example.org>

This is a MIME-encapsulated message.

--4F1A2B.1/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4F1A2B.1/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 4F1A2B
Arrival-Date: Thu, 26 Nov 2026 14:59:59 +0000 (UTC)

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.city.example
Diagnostic-Code: smtp; 550 {status} <{recipient}>: Recipient address rejected:
    User unknown in virtual mailbox table

--4F1A2B.1/mx.example.org
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Return-Path: <{to}>
Subject: Digest

--4F1A2B.1/mx.example.org--
"""

EXCHANGE = """\
From: <postmaster@city.onmicrosoft.example>
To: <{to}>
Date: Thu, 26 Nov 2026 15:00:00 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_1b4a_"
Content-Language: en-GB
Message-ID: <{number}@EUR.prod.outlook.example>
In-Reply-To: <digest.1.ab@tracker.example.org>
Subject: Undeliverable: Digest
Auto-Submitted: auto-replied
MIME-Version: 1.0

--_1b4a_
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="_2b4a_"

--_2b4a_
Content-Type: text/plain; charset="us-ascii"

Your message to {recipient} couldn't be delivered.

--_2b4a_
Content-Type: text/html; charset="us-ascii"

<p>Your message to {recipient} couldn't be delivered.</p>

--_2b4a_--

--_1b4a_
Content-Type: message/delivery-status

Reporting-MTA: dns;DB8PR01MB.eurprd.prod.exchangelabs.example
Received-From-MTA: dns;relay.example.org
Arrival-Date: Thu, 26 Nov 2026 14:59:59 +0000

Final-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp;550 {status} RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP
 address lookup

--_1b4a_
Content-Type: message/rfc822

From: tracker@example.org
Subject: Digest

Words

--_1b4a_--
"""

GMAIL = """\
Return-Path: <>
To: {to}
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
Auto-Submitted: auto-replied
Subject: Delivery Status Notification ({action})
Message-ID: <{number}@mx.google.example>
Content-Type: multipart/report; boundary="000000000000a1"; report-type=delivery-status
Date: Thu, 26 Nov 2026 07:00:00 -0800 (PST)
MIME-Version: 1.0

--000000000000a1
Content-Type: multipart/related; boundary="000000000000a2"

--000000000000a2
Content-Type: text/plain; charset="UTF-8"

** Address not found **

--000000000000a2--
--000000000000a1
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; tracker@example.org
Arrival-Date: Thu, 26 Nov 2026 06:59:59 -0800 (PST)
X-Original-Message-ID: <digest.1.ab@tracker.example.org>

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550-{status} The email account that you tried to reach does not exist.
Last-Attempt-Date: Thu, 26 Nov 2026 07:00:00 -0800 (PST)

--000000000000a1
Content-Type: message/rfc822

Subject: Digest

Words

--000000000000a1--
"""

FEEDBACK = """\
From: <abuse@provider.example>
Date: Thu, 26 Nov 2026 15:00:00 +0000
Subject: FW: Digest
To: <{to}>
Message-ID: <{number}@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
     boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP 192.0.2.1.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
{more}
--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

Return-Path: <{sender}>
From: <tracker@example.org>
Subject: Digest
Message-ID: <digest.1.ab@tracker.example.org>

Words
--part1_13d.2e68ed54_boundary--
"""

NOTIFICATIONS = {"postfix": POSTFIX, "exchange": EXCHANGE, "gmail": GMAIL}


def notification(
    shape: str, to: str, recipient: str, *, status: str = "5.1.1", action: str = "failed",
    number: int = 1,
) -> bytes:  # fmt: skip
    """A delivery status notification to the mail's envelope sender `to`."""
    return _bytes(
        NOTIFICATIONS[shape].format(
            to=to, recipient=recipient, status=status, action=action, number=number
        )
    )


def complaint(
    to: str, *, kind: str = "abuse", sender: str = "", more: str = "", number: int = 1
) -> bytes:
    """A feedback report to `to`, of a mail whose envelope's sender was `sender`."""
    return _bytes(FEEDBACK.format(to=to, kind=kind, sender=sender, more=more, number=number))


def _bytes(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()

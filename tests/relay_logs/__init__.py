"""What real relays wrote into their logs while `python -m tests.relay_logs PORT` handed them mails:
Postfix 3.7.11, Exim 4.96 and OpenSMTPD 6.8.0p2 of Debian 12, each keeping mails for kept.example
and relaying others to where nobody answers. Exim knows nothing of a mail whose client does not
wait for the answer to its final dot.
"""

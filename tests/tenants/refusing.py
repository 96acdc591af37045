"""A mail server that takes no letter, now or ever."""

import smtplib

from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise smtplib.SMTPRecipientsRefused({to: (550, b"nobody") for one in email_messages for to in one.to})

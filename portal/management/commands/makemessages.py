"""Collects the texts to translate, those of pure code too."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Django's makemessages, which also finds `say("…")`."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=say:1"]

"""The operator is made from the shell."""

import pytest
from django.core.management import CommandError, call_command


def test_a_person_who_signed_up_is_made_an_operator_and_dismissed(alice):
    call_command("operator", "Alice@Acme.example")
    alice.refresh_from_db()
    assert alice.is_staff
    call_command("operator", alice.email, dismiss=True)
    alice.refresh_from_db()
    assert not alice.is_staff
    with pytest.raises(CommandError, match="nobody has signed up"):
        call_command("operator", "nobody@acme.example")

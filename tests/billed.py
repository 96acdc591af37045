"""Stands in for billing where a test is not about it: every firm pays nothing and owes nothing."""

from tenants.services import billing, limits


def nothing(monkeypatch, **said):
    """Let billing and limits answer without having counted."""
    usual = {"tier": "growth", "interval": "month", "status": "active", "provider": "transfer", "trial_end": None}
    usual |= {"period_end": None, "next_tier": "", "monthly_cents": 9_900, "credit_cents": 0, "unpaid": []}
    summary = billing.Summary(**{**usual, **said})
    monkeypatch.setattr(billing, "summaries", lambda firms: {firm.pk: summary for firm in firms})
    monkeypatch.setattr(limits, "use", lambda organisation: [])
    return summary


def manager_of(*firms, email="mia@lagom.example", staff=False):
    """Make an account manager with a second factor who looks after these firms."""
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    from tenants.models import AccountManager, Assignment
    from tests.factories import UserFactory

    user = UserFactory(email=email, name="Mia", is_staff=staff)
    TOTP.activate(user, generate_totp_secret())
    if not staff:
        manager = AccountManager.objects.create(user=user)
        for firm in firms:
            Assignment.objects.create(organisation=firm, manager=manager)
    return user

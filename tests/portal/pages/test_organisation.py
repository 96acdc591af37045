"""The rules of the plan, as an owner writes them: in percent, empty where there is none."""

from django.urls import reverse

from forecasting.models import Policy
from tenants.isolation import tenant_scope

RULES = {"form": "rules", "freq": "W", "service_level": "95", "review_days": "7", "capital_rate": "10"}
RULES |= {"storage_rate": "4", "risk_rate": "6"}


def test_levels_of_classes_are_kept_as_shares_and_shown_as_percent(client_for, alice, acme):
    client = client_for(alice)
    assert client.post(reverse("organisation"), {**RULES, "level_a": "98", "level_c": "88.5"}).status_code == 302
    with tenant_scope(acme.pk):
        policy = Policy.objects.get()
    assert (policy.level_a, policy.level_b, policy.level_c) == (0.98, None, 0.885)
    shown = client.get(reverse("organisation")).context["rules"].initial
    assert (shown["level_a"], shown["level_b"], shown["service_level"]) == ("98", None, "95")


def test_a_level_of_a_class_below_half_is_refused(client_for, alice, acme):
    page = client_for(alice).post(reverse("organisation"), {**RULES, "level_b": "40"})
    assert page.status_code == 422
    assert "level_b" in page.context["rules"].errors

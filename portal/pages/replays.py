"""The past lived again: what following the plan would have meant, from what it was computed, and the next one."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from forecasting import jobs, queries
from forecasting.models import Replay
from forecasting.services import exports, tuning
from forecasting.services import replays as steps
from portal import replay_words
from portal.access import MemberRequest, may
from portal.pages.jobs import progress
from portal.render import render_page
from tenants.errors import NotFound

SHOWN = 20


@require_safe
@may("replays.view")
def replays(request: MemberRequest) -> HttpResponse:
    """Show the newest replay, what runs, and the way to the next one."""
    return _page(request, steps.newest(), ReplayForm(initial=_proposed()))


@require_safe
@may("replays.view")
def replay(request: MemberRequest, replay_id: UUID) -> HttpResponse:
    """Show one replay."""
    return _page(request, steps.get(replay_id), ReplayForm(initial=_proposed()))


@require_POST
@may("jobs.edit")
def new(request: MemberRequest) -> HttpResponse:
    """Start a replay, unless one is under way already."""
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _page(request, steps.newest(), form, status=422)
    jobs.start_once("replay", organisation=request.organisation, by=request.user, **form.details())
    return redirect("replays")


@require_POST
@may("jobs.edit")
def tune(request: MemberRequest) -> HttpResponse:
    """Start to tune the plan on the past, unless that is under way already."""
    jobs.start_once("tune", organisation=request.organisation, by=request.user)
    return redirect(reverse("replays") + "#tuning")


@require_POST
@may("jobs.edit")
def tune_undo(request: MemberRequest) -> HttpResponse:
    """Plan again as before the last tuning."""
    tuning.undo(by=request.user)
    messages.success(request, _("The tuning is taken back. The next run plans as before it."))
    return redirect(reverse("replays") + "#tuning")


@require_safe
@may("replays.view")
def inputs(request: MemberRequest, replay_id: UUID) -> HttpResponse:
    """Give the files that a replay was computed from."""
    found = steps.get(replay_id)
    return _download(bytes(found.archive), "application/zip", f"replay-{found.starts_on}-{found.ends_on}-inputs.zip")


@require_safe
@may("exports.make")
def export(request: MemberRequest, replay_id: UUID, form: str) -> HttpResponse:
    """Give the figures of a replay as a file."""
    found = steps.get(replay_id)
    if form not in exports.KINDS:
        raise NotFound("There is no such file.")
    columns = [_("Figure"), replay_words.other_arm(found.result["baseline_is"]), "Lagom"]
    columns += [_("Difference"), _("From (5 %)"), _("To (95 %)"), _("Verdict")]
    rows = [
        [replay_words.figure_name(one.name), one.baseline, one.lagom, one.relative, one.low, one.high,
         replay_words.judged(one)[1]]
        for one in queries.replays.figures(found.result, found.freq)
    ]  # fmt: skip
    body = exports.csv_file(columns, rows) if form == "csv" else exports.xlsx_file(_("Replay"), columns, rows)
    return _download(body, exports.KINDS[form], f"replay-{found.starts_on}-{found.ends_on}.{form}")


def _download(body: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=kind, headers=headers)


def _proposed() -> dict[str, Any]:
    window = queries.replays.likely_window(queries.replays.policy().freq)
    return {"start": window[0], "end": window[1], "rule": ""} if window else {}


def _page(request: MemberRequest, found: Replay | None, form: "ReplayForm", status: int = 200) -> HttpResponse:
    job = queries.replays.running(request.organisation.pk)
    failed = queries.replays.failed(steps.newest(), request.organisation.pk)
    context = {
        "replay": found,
        "form": form,
        "ready": bool(_proposed()),
        "progress": job and progress(request, job, poll=reverse("job", args=[job.pk])),
        "failed": failed,
        "history": queries.replays.listed()[:SHOWN],
        **_tuning(request),
        **(_told(request, found) if found else {}),
    }
    return render_page(request, "replays/replays.html", context, status=status)


def _tuning(request: MemberRequest) -> dict[str, Any]:
    job = queries.replays.running(request.organisation.pk, kind="tune")
    tuned = queries.replays.policy().tuned
    return {
        "tuned": tuned,
        "tuned_at": datetime.fromisoformat(tuned["at"]) if tuned else None,
        "tuned_until": date.fromisoformat(tuned["until"]) if tuned else None,
        "tuning": job and progress(request, job, poll=reverse("job", args=[job.pk])),
        "tuning_failed": queries.replays.failed(None, request.organisation.pk, kind="tune"),
    }


def _told(request: MemberRequest, found: Replay) -> dict[str, Any]:
    result, currency = found.result, request.organisation.currency
    words, level = replay_words.sentence(result)
    compared = [(result["baseline_is"], result), *result["challengers"].items()]
    return {
        "sentence": words,
        "level": level,
        "by_itself": replay_words.by_itself(found),
        "rule": replay_words.rule(found.rule),
        "counted_from": date.fromisoformat(result["counted_from"]),
        "charts": replay_words.pictures(found, currency),
        "tables": [_table(name, part, found.freq, currency) for name, part in compared],
        "worse": queries.replays.worse(result),
        "holding": queries.replays.holding(found, result),
        "capital": replay_words.capital(result["working_capital_freed"], currency),
        "readings": [_reading(name, rows) for name, rows in result["readings_of_censored_demand"].items()],
    }


def _table(name: str, part: Any, freq: str, currency: str) -> dict[str, Any]:
    rows = []
    for one in queries.replays.figures(part, freq):
        level, verdict = replay_words.judged(one)
        rows.append(
            {
                "name": replay_words.figure_name(one.name),
                "baseline": replay_words.shown(one, one.baseline, currency),
                "lagom": replay_words.shown(one, one.lagom, currency),
                "change": replay_words.change(one),
                "level": level,
                "verdict": verdict,
            }
        )
    return {
        "name": name,
        "arm": replay_words.other_arm(name),
        "rows": rows,
        "worse": part["products_worse_share"],
        "sentence": replay_words.sentence(part)[0],
    }


def _reading(name: str, rows: list[Any]) -> dict[str, Any]:
    names = {"sales": _("Only what was sold was wanted"), "mean": _("What is usual around then was wanted")}
    by_name = {row["name"]: row for row in rows}
    return {"name": names.get(name, name), "fill": by_name["fill"], "stock": by_name["stock_value"]}


class WeeksField(forms.CharField):
    """Weeks of sales: one number for all products, or three for the classes A, B and C, apart by strokes."""

    def to_python(self, value: Any) -> tuple[float, ...]:  # type: ignore[override]  # CharField's gives a text
        """Read one number or three; none where nothing is said."""
        text = str(value or "").strip()
        try:
            found = tuple(float(part.strip().replace(",", ".")) for part in text.split("/")) if text else ()
        except ValueError:
            found = (-1.0,)
        if len(found) not in (0, 1, 3) or not all(0 <= weeks <= 260 for weeks in found):
            raise forms.ValidationError(_("One number from 0 to 260, or three such as 3 / 5 / 8."))
        return found


class ReplayForm(forms.Form):
    """Which days to live again, and how the firm's buyers order."""

    start = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    end = forms.DateField(label=gettext_lazy("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    rule = forms.ChoiceField(
        label=gettext_lazy("How do you order?"),
        required=False,
        choices=[
            ("", gettext_lazy("I cannot say")),
            ("cover", gettext_lazy("Fill up to so many weeks of sales")),
            ("bounds", gettext_lazy("At a minimum (reorder point), fill up to a maximum")),
        ],
    )
    least_weeks = WeeksField(label=gettext_lazy("Minimum, weeks of sales"), required=False)
    most_weeks = WeeksField(
        label=gettext_lazy("Cover or maximum, weeks of sales"),
        required=False,
        help_text=gettext_lazy(
            "One number for all products, or three for the classes A, B and C, such as 3 / 5 / 8. A makes the first "
            "80 % of what all products earned in the year before, B the next 15 %, C the rest."
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Hold days and weeks to their order."""
        data = super().clean() or {}
        if data.get("start") and data.get("end") and data["start"] >= data["end"]:
            self.add_error("end", _("The last day must come after the first."))
        rule, most, least = data.get("rule"), data.get("most_weeks"), data.get("least_weeks")
        if rule and not most and "most_weeks" not in self.errors:
            self.add_error("most_weeks", _("Say how many weeks."))
        if rule == "bounds" and not least and "least_weeks" not in self.errors:
            self.add_error("least_weeks", _("Say how many weeks."))
        if rule == "bounds" and least and most and any(a > b for a, b in _paired(least, most)):
            self.add_error("least_weeks", _("The minimum cannot be above the maximum."))
        return data

    def details(self) -> dict[str, Any]:
        """Return what the job is told."""
        data = self.cleaned_data
        found: dict[str, Any] = {"start": data["start"].isoformat(), "end": data["end"].isoformat()}
        if data["rule"]:
            least = data["most_weeks"] if data["rule"] == "cover" else data["least_weeks"]
            pairs = [{"least_days": 7 * a, "most_days": 7 * b} for a, b in _paired(least, data["most_weeks"])]
            found |= pairs[0] if len(pairs) == 1 else {"classes": dict(zip("ABC", pairs, strict=True))}
        return found


def _paired(least: tuple[float, ...], most: tuple[float, ...]) -> list[tuple[float, float]]:
    """Pair minimum and maximum: one pair for all products, or three, where one number alone holds for each class."""
    n = max(len(least), len(most))
    return list(zip(least * (n // len(least)), most * (n // len(most)), strict=True))

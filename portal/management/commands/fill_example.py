"""Fill the example firm: its files are generated and come in by the front door; then the first run."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from forecasting import example, jobs, queries
from forecasting.models import Channel, Job, Run
from forecasting.services import works
from portal import embedded
from portal.management.commands.import_data import load
from tenants.isolation import tenant_scope
from tenants.models import Membership, Organisation, User
from tenants.roles import Role
from tenants.services import billing, organisations

FIRM = "兰亭家纺 Lanting Home Textiles"
PEOPLE = {
    Role.OWNER: "owner@lanting.example",
    Role.PLANNER: "planner@lanting.example",
    Role.VIEWER: "viewer@lanting.example",
}
EXAMPLE_DAYS = 366  # a demo that is kept would else fall to the free tier and lose most of its plan
RETURN_COST = 4  # CNY to check and put back what a customer sent back
ORDER = ("suppliers", "products", "sales", "stock", "inbound", "components")


class Command(BaseCommand):
    """Make the example firm once; print its sign-ins every time."""

    help = "Fill the example firm (once) and print the sign-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the size of the firm and the day it is today."""
        parser.add_argument("--products", type=int, default=settings.EXAMPLE_PRODUCTS)
        parser.add_argument("--years", type=float, default=settings.EXAMPLE_YEARS)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--today", type=date.fromisoformat, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        """Found, fill, forecast."""
        password = embedded.secret(settings.VAR_DIR / "example_password")[:16]
        owner = self._people(password)
        firm = Organisation.objects.filter(memberships__user=owner, name=FIRM).first() or self._found(owner)
        with tenant_scope(firm.pk):
            filled = Run.objects.exists()
        if not filled:
            self._fill(firm, owner, options)
        for role, email in PEOPLE.items():
            self.stdout.write(f"  {role.value:<8} {email}  {password}")

    def _people(self, password: str) -> User:
        for email in PEOPLE.values():
            if not User.objects.filter(email=email).exists():
                User.objects.create_user(email, password, language="en")
        return User.objects.get(email=PEOPLE[Role.OWNER])

    def _found(self, owner: User) -> Organisation:
        firm = organisations.found(
            by=owner, name=FIRM, country="CN", currency="CNY", time_zone="Asia/Shanghai", language="en"
        )
        billing.extend_trial(organisation=firm, days=EXAMPLE_DAYS, by=owner, reason="The example firm is kept.")
        for role in (Role.PLANNER, Role.VIEWER):
            Membership.objects.create(organisation=firm, user=User.objects.get(email=PEOPLE[role]), role=role.value)
        return firm

    def _fill(self, firm: Organisation, owner: User, options: dict[str, Any]) -> None:
        made = example.generate(
            products=options["products"],
            seed=options["seed"],
            today=options["today"] or date.today(),  # noqa: DTZ011  the example ends yesterday, wherever it is shown
            years=options["years"],
        )
        with TemporaryDirectory() as folder:
            paths = example.write(made, Path(folder), dialect="en")
            own = example.works(made)
            for kind, path in [*((kind, paths[kind]) for kind in ORDER), *example.write_works(own, Path(folder))]:
                for upload in load(path, kind=kind, organisation=firm, by=owner):
                    if upload.state != "done":
                        raise CommandError(f"{kind}: {upload.error}")
        with tenant_scope(firm.pk):
            self._channels(made)
            self._works(own, owner)
        job = Job.objects.create(kind="run", organisation=firm, by=owner.email, state=Job.State.RELEASED)
        jobs.run(job.pk)
        job.refresh_from_db()
        if job.state != Job.State.DONE:
            raise CommandError(f"the first run: {job.state} {job.error}")
        with tenant_scope(firm.pk):
            window = queries.replays.likely_window(queries.replays.policy().freq)
        if window:  # lived again by the worker, once it starts: nobody waits for it
            start, end = (day.isoformat() for day in window)
            jobs.start("replay", organisation=firm, by=owner, start=start, end=end)

    def _works(self, own: example.Works, owner: User) -> None:
        for code, name, minutes in own.centres:
            works.keep_centre(code=code, name=name, weekly_minutes=minutes, by=owner)
            if own.closed:
                works.change_capacity(
                    code=code, starts_on=own.closed[0], ends_on=own.closed[1], weekly_minutes=0, by=owner
                )
        for sku, code, minutes, setup in own.steps:
            works.keep_routing(sku=sku, code=code, minutes_per_unit=minutes, setup_minutes=setup, by=owner)

    def _channels(self, made: example.Firm) -> None:
        for row in made.channels.iter_rows(named=True):
            fees = {
                "own": row["code"] == "own-shop",
                "fee_percent": 100 * row["platform_fee"],
                "fee_fixed": 0,
                "payment_percent": 100 * row["payment_fee"],
                "payment_fixed": 0,
                "shipping_per_unit": row["shipping"],
                "ad_cost_percent": 100 * row["advertising"],
                "return_cost": RETURN_COST,
            }
            Channel.objects.update_or_create(code=row["code"], defaults={"name": row["name"], **fees})

"""What the small Stripe remembers and does: its objects as Stripe documents them, its clock, its events in order."""

import calendar
import copy
import json
import re
import time
from datetime import UTC, datetime

RETRY_DAYS = (3, 5, 7)
DAY = 86_400


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status, message, kind="invalid_request_error", **more):
        super().__init__(message)
        self.status, self.told = status, {"type": kind, "message": message, **more}


def later(at, anchor, months):
    """The same day some months later, on the anchor's day where the month has it."""
    start, day = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(anchor, UTC).day
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return int(start.replace(year=year, month=month + 1, day=min(day, last)).timestamp())


class World:
    def __init__(self, address, tell):
        self.address, self.tell, self.moved = address, tell, 0
        self.forget()

    def forget(self):
        self.objects, self.events, self.calls, self.keys, self.cards, self.moved = {}, [], [], {}, {}, 0
        self.count = getattr(self, "count", 0)  # names are never used twice

    def now(self):
        return int(time.time()) + self.moved

    def add(self, prefix, kind, **fields):
        self.count += 1
        name = f"{prefix}_{self.count:08d}"
        made = {"id": name, "object": kind, "created": self.now(), "livemode": False, "metadata": {}, **fields}
        self.objects[name] = made
        return made

    def every(self, kind, **wanted):
        """The newest first, as Stripe lists."""
        found = [one for one in self.objects.values() if one["object"] == kind]
        return [one for one in reversed(found) if all(one.get(name) == value for name, value in wanted.items())]

    def get(self, name, kind):
        found = self.objects.get(name)
        if found is None or found["object"] != kind:
            raise Refused(404, f"No such {kind}: '{name}'", code="resource_missing")
        return found

    def event(self, kind, about):
        self.count += 1
        made = {
            "id": f"evt_{self.count:08d}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": self.now(),
            "type": kind,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "data": {"object": copy.deepcopy(about)},
        }
        self.events.append(made)
        self.tell(made)

    # ── The API ──

    ROUTES = (
        ("POST", r"/v1/customers", "customer_create"),
        ("DELETE", r"/v1/customers/(\w+)", "customer_delete"),
        ("POST", r"/v1/customers/(\w+)/balance_transactions", "balance_create"),
        ("POST", r"/v1/coupons", "coupon_create"),
        ("GET", r"/v1/prices", "price_list"),
        ("POST", r"/v1/prices", "price_create"),
        ("GET", r"/v1/tax_rates", "tax_rate_list"),
        ("POST", r"/v1/tax_rates", "tax_rate_create"),
        ("POST", r"/v1/checkout/sessions", "checkout_create"),
        ("GET", r"/v1/checkout/sessions", "checkout_list"),
        ("POST", r"/v1/checkout/sessions/(\w+)/expire", "checkout_expire"),
        ("POST", r"/v1/billing_portal/sessions", "desk_create"),
        ("GET", r"/v1/subscriptions", "subscription_list"),
        ("GET", r"/v1/subscriptions/(\w+)", "subscription_get"),
        ("POST", r"/v1/subscriptions/(\w+)", "subscription_update"),
        ("POST", r"/v1/subscription_schedules", "schedule_create"),
        ("POST", r"/v1/subscription_schedules/(\w+)", "schedule_update"),
        ("POST", r"/v1/subscription_schedules/(\w+)/release", "schedule_release"),
        ("GET", r"/v1/invoices", "invoice_list"),
        ("GET", r"/v1/charges", "charge_list"),
        ("POST", r"/v1/refunds", "refund_create"),
    )

    def answer(self, method, path, told):
        for verb, pattern, name in self.ROUTES:
            if verb == method and (found := re.fullmatch(pattern, path)):
                return copy.deepcopy(getattr(self, name)(*found.groups(), told))
        raise Refused(404, f"Unrecognized request URL ({method}: {path})")

    def listed(self, found, told, url):
        after, limit = told.get("starting_after"), int(told.get("limit", 10))
        names = [one["id"] for one in found]
        start = names.index(after) + 1 if after else 0
        page = found[start : start + limit]
        return {"object": "list", "url": url, "has_more": start + limit < len(found), "data": page}

    def customer_create(self, told):
        made = self.add("cus", "customer", balance=0, **{**told, "metadata": told.get("metadata", {})})
        self.cards[made["id"]] = "ok"
        self.event("customer.created", made)
        return made

    def customer_delete(self, name, _told):
        found = self.get(name, "customer")
        for of in self.every("subscription", customer=name):
            if of["status"] != "canceled":
                of |= {"status": "canceled", "ended_at": self.now()}
                self.event("customer.subscription.deleted", of)
        del self.objects[name]
        self.event("customer.deleted", found)
        return {"id": name, "object": "customer", "deleted": True}

    def balance_create(self, name, told):
        found, cents = self.get(name, "customer"), int(told["amount"])
        found["balance"] += cents
        terms = {"amount": cents, "currency": told["currency"], "customer": name, "type": "adjustment"}
        return self.add("cbtxn", "customer_balance_transaction", ending_balance=found["balance"], **terms)

    def coupon_create(self, told):
        if (told["duration"] == "repeating") != ("duration_in_months" in told):
            raise Refused(400, "duration_in_months goes with the duration repeating")
        return self.add("coup", "coupon", **{**told, "percent_off": float(told["percent_off"])})

    def price_create(self, told):
        for one in self.every("price", lookup_key=told.get("lookup_key")) if told.get("lookup_key") else []:
            if not told.get("transfer_lookup_key"):
                raise Refused(400, f"A price already uses the lookup key `{told['lookup_key']}`")
            one["lookup_key"] = None
        product = self.add("prod", "product", name=told["product_data"]["name"], active=True)
        return self.add(
            "price",
            "price",
            active=True,
            billing_scheme="per_unit",
            currency=told["currency"],
            lookup_key=told.get("lookup_key"),
            product=product["id"],
            recurring={"interval": told["recurring"]["interval"], "interval_count": 1, "usage_type": "licensed"},
            tax_behavior=told.get("tax_behavior", "unspecified"),
            type="recurring",
            unit_amount=int(told["unit_amount"]),
            metadata=told.get("metadata", {}),
        )

    def price_list(self, told):
        keys = told.get("lookup_keys")
        found = [one for one in self.every("price", active=True) if not keys or one["lookup_key"] in keys]
        return self.listed(found, told, "/v1/prices")

    def tax_rate_create(self, told):
        terms = {**told, "percentage": float(told["percentage"]), "active": True}
        return self.add("txr", "tax_rate", **terms)

    def tax_rate_list(self, told):
        return self.listed(self.every("tax_rate", active=True), told, "/v1/tax_rates")

    def checkout_create(self, told):
        self.get(told["customer"], "customer")
        for item in told["line_items"]:
            self.get(item["price"], "price")
        if "wechat_pay" in told.get("payment_method_types", []) and told["mode"] == "subscription":
            raise Refused(400, "wechat_pay cannot be used in `subscription` mode")
        made = self.add(
            "cs_test", "checkout.session", status="open", payment_status="unpaid", subscription=None, **told
        )
        made |= {"url": f"{self.address}/pay/{made['id']}", "expires_at": self.now() + DAY}
        return made

    def checkout_list(self, told):
        wanted = {name: told[name] for name in ("customer", "status") if name in told}
        return self.listed(self.every("checkout.session", **wanted), told, "/v1/checkout/sessions")

    def checkout_expire(self, name, _told):
        found = self.get(name, "checkout.session")
        if found["status"] != "open":
            raise Refused(400, f"Only Checkout Sessions with a status in [open] can be expired, not {found['status']}")
        found |= {"status": "expired", "url": None}
        self.event("checkout.session.expired", found)
        return found

    def desk_create(self, told):
        self.get(told["customer"], "customer")
        made = self.add("bps", "billing_portal.session", **told)
        made["url"] = f"{self.address}/desk/{made['id']}"
        return made

    def subscription_list(self, told):
        found = self.every("subscription", customer=told["customer"])
        if told.get("status") != "all":
            found = [one for one in found if one["status"] != "canceled"]
        if "data.schedule" in told.get("expand", []):
            found = [one | {"schedule": self.objects.get(one["schedule"])} for one in found]
        return self.listed(found, told, "/v1/subscriptions")

    def subscription_get(self, name, _told):
        return self.get(name, "subscription")

    def subscription_update(self, name, told):
        found = self.get(name, "subscription")
        if found["status"] == "canceled":
            raise Refused(400, "A canceled subscription can only update its cancellation_details and metadata.")
        if "cancel_at_period_end" in told:
            if found["schedule"]:
                raise Refused(400, "The subscription is managed by the subscription schedule")
            on = told["cancel_at_period_end"]
            end = found["items"]["data"][0]["current_period_end"]
            found |= {"cancel_at_period_end": on, "cancel_at": end if on else None}
            found["canceled_at"] = self.now() if on else None
        if "default_tax_rates" in told:
            found["default_tax_rates"] = [self.get(name, "tax_rate") for name in told["default_tax_rates"] or []]
        if "discounts" in told:
            found["discounts"] = [self.discounted(one["coupon"]) for one in told["discounts"] or []]
        if "items" in told:
            self.change_price(found, told["items"][0]["price"])
        else:
            self.event("customer.subscription.updated", found)
        if "latest_invoice" in told.get("expand", []):
            return found | {"latest_invoice": self.objects[found["latest_invoice"]]}
        return found

    def discounted(self, coupon):
        of = self.get(coupon, "coupon")
        months = int(of["duration_in_months"]) if of["duration"] == "repeating" else 0
        end = later(self.now(), self.now(), months) if months else None
        return self.add("di", "discount", source={"type": "coupon", "coupon": coupon}, start=self.now(), end=end)["id"]

    def taken_off(self, of, net, at):
        """What the subscription's discounts take off an invoice; one that is over, or counts once, goes."""
        percent = 0
        for discount in [self.objects[name] for name in of["discounts"]]:
            coupon = self.objects[discount["source"]["coupon"]]
            if discount["end"] is not None and discount["end"] <= at:
                of["discounts"].remove(discount["id"])
                continue
            percent += coupon["percent_off"]
            if coupon["duration"] == "once":
                of["discounts"].remove(discount["id"])
        return round(max(net, 0) * percent / 100)

    def schedule_create(self, told):
        of = self.get(told["from_subscription"], "subscription")
        if of["schedule"]:
            raise Refused(400, "You cannot migrate a subscription that is already attached to a schedule")
        (item,) = of["items"]["data"]
        phase = {
            "items": [{"price": item["price"]["id"], "quantity": 1}],
            "start_date": item["current_period_start"],
            "end_date": item["current_period_end"],
        }
        terms = {"subscription": of["id"], "customer": of["customer"], "status": "active", "end_behavior": "release"}
        made = self.add("sub_sched", "subscription_schedule", phases=[phase], **terms)
        of["schedule"] = made["id"]
        self.event("subscription_schedule.created", made)
        self.event("customer.subscription.updated", of)
        return made

    def schedule_update(self, name, told):
        found = self.get(name, "subscription_schedule")
        if not told.get("phases") or "start_date" not in told["phases"][0]:
            raise Refused(400, "The current phase must be passed with its start_date")
        found |= {"phases": told["phases"], "metadata": told.get("metadata", {})}
        found["phases"][1]["start_date"] = int(told["phases"][0]["end_date"])
        self.event("subscription_schedule.updated", found)
        self.event("customer.subscription.updated", self.objects[found["subscription"]])
        return found

    def schedule_release(self, name, _told):
        found = self.get(name, "subscription_schedule")
        if found["status"] != "active":
            raise Refused(400, f"You cannot release a subscription schedule that is {found['status']}")
        of = self.objects[found["subscription"]]
        found |= {"status": "released", "released_subscription": of["id"], "subscription": None}
        of["schedule"] = None
        self.event("subscription_schedule.released", found)
        self.event("customer.subscription.updated", of)
        return found

    def invoice_list(self, told):
        found = self.every("invoice", customer=told["customer"])
        if "data.payments" not in told.get("expand", []):
            found = [{name: one[name] for name in one if name != "payments"} for one in found]
        return self.listed(found, told, "/v1/invoices")

    def charge_list(self, told):
        found = self.every("charge", customer=told["customer"])
        if "data.refunds" in told.get("expand", []):
            rows = {one["id"]: self.every("refund", charge=one["id"]) for one in found}
            found = [one | {"refunds": {"object": "list", "data": rows[one["id"]]}} for one in found]
        return self.listed(found, told, "/v1/charges")

    def refund_create(self, told):
        (charge,) = self.every("charge", payment_intent=told["payment_intent"])
        left = charge["amount"] - charge["amount_refunded"]
        cents = int(told.get("amount", left))
        if not 0 < cents <= left:
            raise Refused(400, f"Refund amount ({cents}) is greater than unrefunded amount on charge ({left})")
        charge["amount_refunded"] += cents
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        terms = {"charge": charge["id"], "payment_intent": charge["payment_intent"], "status": "succeeded"}
        made = self.add("re", "refund", amount=cents, currency="eur", customer=charge["customer"], **terms)
        self.event("charge.refunded", charge)
        self.event("refund.created", made)
        return made

    # ── What goes on by itself ──

    def begin(self, customer, price, rates):
        months = 12 if price["recurring"]["interval"] == "year" else 1
        start = self.now()
        made = self.add(
            "sub",
            "subscription",
            customer=customer,
            status="active",
            billing_cycle_anchor=start,
            cancel_at_period_end=False,
            cancel_at=None,
            canceled_at=None,
            default_tax_rates=[self.objects[name] for name in rates],
            discounts=[],
            schedule=None,
            pending_update=None,
            latest_invoice=None,
            start_date=start,
        )
        item = {"current_period_start": start, "current_period_end": later(start, start, months), "quantity": 1}
        item |= {
            "id": f"si_{self.count:08d}",
            "object": "subscription_item",
            "price": price,
            "subscription": made["id"],
        }
        made["items"] = {"object": "list", "has_more": False, "data": [item]}
        self.event("customer.subscription.created", made | {"status": "incomplete"})
        lines = [self.line(f"1 × {self.named(price)}", price["unit_amount"], start, item["current_period_end"])]
        self.invoice(made, lines, "subscription_create")
        self.event("customer.subscription.updated", made)
        return made

    def named(self, price):
        name = self.objects[price["product"]]["name"]
        return f"{name} (at €{price['unit_amount'] / 100:.2f} / {price['recurring']['interval']})"

    def line(self, words, cents, start, end):
        self.count += 1
        terms = {"description": words, "amount": cents, "subtotal": cents, "currency": "eur", "quantity": 1}
        return {"id": f"il_{self.count:08d}", "object": "line_item", "period": {"start": start, "end": end}, **terms}

    def invoice(self, of, lines, reason):
        whole = sum(line["amount"] for line in lines)
        net = whole - self.taken_off(of, whole, lines[-1]["period"]["start"])
        bp = sum(round(rate["percentage"] * 100) for rate in of["default_tax_rates"] if not rate["inclusive"])
        tax = (abs(net) * bp + 5_000) // 10_000 * (1 if net >= 0 else -1)
        details = {"subscription": of["id"], "metadata": of["metadata"]}
        buyer = self.objects[of["customer"]]
        before, buyer["balance"] = buyer["balance"], min(buyer["balance"] + net + tax, 0)
        due = max(before + net + tax, 0)
        made = self.add(
            "in",
            "invoice",
            customer=of["customer"],
            status="draft",
            billing_reason=reason,
            collection_method="charge_automatically",
            currency="eur",
            attempted=False,
            attempt_count=0,
            next_payment_attempt=None,
            lines={"object": "list", "has_more": False, "data": lines},
            subtotal=whole,
            starting_balance=before,
            ending_balance=buyer["balance"],
            total_excluding_tax=net,
            total=net + tax,
            amount_due=due,
            amount_paid=0,
            amount_remaining=due,
            parent={"type": "subscription_details", "subscription_details": details},
            payments={"object": "list", "has_more": False, "data": []},
            status_transitions={
                "finalized_at": None,
                "marked_uncollectible_at": None,
                "paid_at": None,
                "voided_at": None,
            },
        )
        made["hosted_invoice_url"] = f"{self.address}/receipt/{made['id']}"
        of["latest_invoice"] = made["id"]
        self.event("invoice.created", made)
        made["status"] = "open"
        made["status_transitions"]["finalized_at"] = self.now()
        self.event("invoice.finalized", made)
        self.collect(made)
        return made

    def collect(self, invoice):
        """Try to take the money; True when it is paid."""
        intent = self.add("pi", "payment_intent", amount=invoice["amount_due"], customer=invoice["customer"])
        invoice["attempted"] = True
        invoice["attempt_count"] += 1
        if self.cards[invoice["customer"]] != "ok" and invoice["amount_due"]:
            days = RETRY_DAYS[invoice["attempt_count"] - 1 : invoice["attempt_count"]]
            invoice["next_payment_attempt"] = self.now() + days[0] * DAY if days else None
            self.event("payment_intent.payment_failed", intent)
            self.event("invoice.payment_failed", invoice)
            return False
        if invoice["amount_due"]:
            terms = {
                "amount": invoice["amount_due"],
                "amount_refunded": 0,
                "currency": "eur",
                "refunded": False,
                "disputed": False,
            }
            terms |= {"customer": invoice["customer"], "payment_intent": intent["id"], "status": "succeeded"}
            charge = self.add("ch", "charge", paid=True, **terms)
            paid = {"type": "payment_intent", "payment_intent": intent["id"]}
            row = {"object": "invoice_payment", "payment": paid, "status": "paid", "amount_paid": charge["amount"]}
            invoice["payments"]["data"].append(row)
            self.event("charge.succeeded", charge)
            self.event("payment_intent.succeeded", intent)
        invoice |= {"status": "paid", "amount_paid": invoice["amount_due"], "amount_remaining": 0}
        invoice["status_transitions"]["paid_at"] = self.now()
        self.event("invoice.paid", invoice)
        self.event("invoice.payment_succeeded", invoice)
        return True

    def change_price(self, of, name):
        """Another price at once: what is unused comes back, the rest is charged, and nothing moves if that fails."""
        price, (item,) = self.get(name, "price"), of["items"]["data"]
        now, start, end, old = self.now(), item["current_period_start"], item["current_period_end"], item["price"]
        part = max(end - now, 0) / (end - start)
        lines = [self.line(f"Unused time on {self.named(old)}", -round(old["unit_amount"] * part), now, end)]
        same = old["recurring"]["interval"] == price["recurring"]["interval"]
        if same:
            cents, until = round(price["unit_amount"] * part), end
        else:
            cents, until = price["unit_amount"], later(now, now, 12 if price["recurring"]["interval"] == "year" else 1)
        lines.append(self.line(f"Remaining time on {self.named(price)}", cents, now, until))
        made = self.invoice(of, lines, "subscription_update")
        then = {"price": price, "current_period_start": start if same else now, "current_period_end": until}
        if made["status"] == "paid":
            item.update(then)
        else:
            of["pending_update"] = {"expires_at": now + DAY, "then": then}
        self.event("customer.subscription.updated", of)

    def advance(self, seconds):
        """Let time go by, a day at a time, and do what is due."""
        end = self.moved + seconds
        while self.moved < end:
            self.moved = min(self.moved + DAY, end)
            for of in list(self.every("subscription")):
                if of["status"] in ("active", "past_due"):
                    self.due(of)

    def due(self, of):
        for invoice in self.every("invoice", customer=of["customer"], status="open"):
            if invoice["next_payment_attempt"] and invoice["next_payment_attempt"] <= self.now():
                self.recovered(of, invoice)
        (item,) = of["items"]["data"]
        if item["current_period_end"] > self.now():
            return
        if of["cancel_at_period_end"]:
            of |= {"status": "canceled", "ended_at": self.now()}
            self.event("customer.subscription.deleted", of)
            return
        if of["schedule"]:
            schedule = self.objects[of["schedule"]]
            item["price"] = self.objects[schedule["phases"][1]["items"][0]["price"]]
            of["discounts"] = [one["discount"] for one in schedule["phases"][1].get("discounts", [])]
            schedule["status"], of["schedule"] = "released", None
        months = 12 if item["price"]["recurring"]["interval"] == "year" else 1
        start = item["current_period_end"]
        end = later(start, of["billing_cycle_anchor"], months)
        item |= {"current_period_start": start, "current_period_end": end}
        line = self.line(f"1 × {self.named(item['price'])}", item["price"]["unit_amount"], start, end)
        made = self.invoice(of, [line], "subscription_cycle")
        of["status"] = "active" if made["status"] == "paid" else "past_due"
        self.event("customer.subscription.updated", of)

    def recovered(self, of, invoice):
        if not self.collect(invoice):
            return
        if of["pending_update"]:
            of["items"]["data"][0].update(of.pop("pending_update")["then"])
            of["pending_update"] = None
        if not self.every("invoice", customer=of["customer"], status="open"):
            of["status"] = "active"
        self.event("customer.subscription.updated", of)

    # ── What people do on Stripe's pages ──

    def card(self, customer, state):
        """Give another card, which is tried at once for what is open."""
        self.cards[customer] = state
        for of in self.every("subscription", customer=customer):
            for invoice in self.every("invoice", customer=customer, status="open") if state == "ok" else []:
                self.recovered(of, invoice)

    def dispute(self, name):
        """Let the buyer dispute a payment at the bank; a dispute names its charge, and no customer."""
        (charge,) = (one for one in self.every("charge") if one["id"] == name)
        charge["disputed"] = True
        terms = {"charge": name, "payment_intent": charge["payment_intent"], "reason": "fraudulent"}
        terms |= {"amount": charge["amount"], "currency": "eur", "status": "needs_response"}
        self.event("charge.dispute.created", self.add("du", "dispute", **terms))

    def paid_at_checkout(self, name):
        session = self.get(name, "checkout.session")
        if session["status"] != "open":
            return session
        price = self.objects[session["line_items"][0]["price"]]
        made = self.begin(session["customer"], price, session["subscription_data"].get("default_tax_rates", []))
        made["metadata"] = session["subscription_data"].get("metadata", {})
        session |= {"status": "complete", "payment_status": "paid", "subscription": made["id"]}
        self.event("checkout.session.completed", session)
        return session

    def page(self, kind, found):
        if kind == "pay":
            price = self.objects[found["line_items"][0]["price"]]
            return "Checkout", f"<p>{self.named(price)}</p>", ("pay", "fail", "cancel")
        if kind == "desk":
            live = [
                one for one in self.every("subscription", customer=found["customer"]) if one["status"] != "canceled"
            ]
            ends = [one["cancel_at_period_end"] for one in live]
            return "Customer portal", f"<p>{json.dumps(ends)}</p>", ("end", "renew", "fix", "return")
        return "Invoice", f"<p>{found['total'] / 100:.2f}</p>", ("pay", "return")

    def pressed(self, kind, found, word):
        """Do what a button says; return where to go, or what to say."""
        if kind == "pay" and word == "pay":
            done = self.paid_at_checkout(found["id"])
            return done["success_url"].replace("{CHECKOUT_SESSION_ID}", found["id"]), ""
        if kind == "pay" and word == "fail":
            return "", "Your card was declined."
        if kind == "pay":
            return found["cancel_url"], ""
        if kind == "receipt":
            self.card(found["customer"], "ok")
            return "", "Paid."
        if word in ("end", "renew"):
            for one in self.every("subscription", customer=found["customer"], status="active"):
                self.subscription_update(one["id"], {"cancel_at_period_end": word == "end"})
            return "", "Done."
        if word == "fix":
            self.card(found["customer"], "ok")
            return "", "Done."
        return found["return_url"], ""

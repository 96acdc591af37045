"""What sign-up, sign-in and second factors do here beyond what django-allauth does by itself."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as now
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.conf import settings
from django.http import HttpRequest
from django.utils import translation

from tenants.models import User
from tenants.sealing import Purpose, seal, unseal
from tenants.services import accounts, audit

# What a letter about a changed account tells the audit logs of the person's firms.
CHANGES = {
    "account/email/password_changed": "account.password_changed",
    "account/email/password_set": "account.password_changed",
    "account/email/password_reset": "account.password_reset",
    "account/email/email_changed": "account.email_changed",
    "mfa/email/totp_activated": "account.second_factor_on",
    "mfa/email/totp_deactivated": "account.second_factor_off",
    "mfa/email/webauthn_added": "account.second_factor_on",
    "mfa/email/webauthn_removed": "account.second_factor_off",
    "mfa/email/recovery_codes_generated": "account.recovery_codes_made",
}

ANYWHERE = {"app": "allauth.account", "action": "login_failed_anywhere"}  # the count of an account from all addresses


class AccountAdapter(DefaultAccountAdapter):
    """Speaks the person's language, writes changes of an account down, and ends sessions that a change outdates."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Keep the language in which a person signs up: letters are written in it."""
        user.language = translation.get_language() or settings.LANGUAGE_CODE
        return super().save_user(request, user, form, commit)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords by account and network address: by account alone a stranger could keep people out."""
        return f"{self._account_key(request, credentials)}:{ratelimit.get_ip(request)}"

    def _account_key(self, request: HttpRequest, credentials: dict[str, Any]) -> str:
        return super()._get_login_attempts_cache_key(request, **credentials)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count by account alone, too, up to far more: who guesses from many addresses is held back as well."""
        super().pre_authenticate(request, **credentials)
        self._anywhere = ratelimit.consume(request, **ANYWHERE, key=self._account_key(request, credentials))
        if not self._anywhere:
            raise self.validation_error("too_many_login_attempts")

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Open the account again to whoever made a new password by letter."""
        super()._delete_login_attempts_cached_email(request, **credentials)
        ratelimit.clear(request, **ANYWHERE, key=self._account_key(request, credentials))

    def _rollback_login_failed_rl_usage(self) -> None:
        super()._rollback_login_failed_rl_usage()
        if self._anywhere:
            self._anywhere.rollback()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the letter in the language of the person it goes to."""
        user = context.get("user") or User.objects.filter(email=email.lower()).first()
        with translation.override(user.language if user else translation.get_language()):
            super().send_mail(template_prefix, email, context)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell the person and their firms what changed, and end every other session."""
        if action := CHANGES.get(template_prefix):
            audit.record_everywhere(action, by=user)
            end_other_sessions(now.request, user)
        super().send_notification_mail(template_prefix, user, context, email)


class MfaAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors encrypted, and lets nobody drop the last one who must have one."""

    def encrypt(self, text: str) -> str:
        """Turn a secret into what the database may know."""
        return seal(text, Purpose.SECOND_FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        """Turn what the database knows into the secret."""
        return unseal(encrypted_text, Purpose.SECOND_FACTORS)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Let account managers remove a second factor only while they have another."""
        if not accounts.is_manager(authenticator.user):
            return True
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return bool(others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())

    def get_totp_issuer(self) -> str:
        """Name the site as an authenticator app lists it."""
        return "Lagom"

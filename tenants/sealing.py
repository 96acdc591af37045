"""Seals secrets that lie in a table, so that a copy of the database alone opens nothing."""

import base64
import hashlib
from enum import StrEnum

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

__all__ = ["InvalidToken", "Purpose", "seal", "unseal"]


class Purpose(StrEnum):
    """What a secret is for: each has a key of its own, made from SECRET_KEY."""

    SHOPS = "shops"
    WEBHOOKS = "webhooks"
    SECOND_FACTORS = "second factors"
    LETTERS = "letters"


def seal(secret: str, purpose: Purpose) -> str:
    """Seal a secret for one purpose."""
    return _safe(purpose).encrypt(secret.encode()).decode()


def unseal(sealed: str, purpose: Purpose) -> str:
    """Open a sealed secret; raises InvalidToken where SECRET_KEY was changed since, or it was sealed for another."""
    return _safe(purpose).decrypt(sealed.encode()).decode()


def _safe(purpose: Purpose) -> Fernet:
    key = hashlib.sha256(f"lagom {purpose.value}{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))

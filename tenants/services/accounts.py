"""What concerns a person whatever the firm: who must have a second factor, and what becomes of an account."""

from tenants.models import User
from tenants.models.managers import AccountManager


def is_manager(user: User) -> bool:
    """Tell whether a person looks after firms, or runs the portal: then a second factor and short sessions are due."""
    return user.is_staff or AccountManager.objects.filter(user_id=user.pk, active=True).exists()

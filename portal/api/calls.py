"""What a call of a program carries, beyond what the framework says of a request."""

from django.http import HttpRequest
from rest_framework.request import Request

from tenants.models import ApiKey, Organisation, User


class Call(Request):
    """A call that the door has let in: it acts for an organisation, by a key, under the key's name."""

    organisation: Organisation
    user: User
    auth: ApiKey


class AtTheDoor(HttpRequest):
    """The same before the framework has it; the door writes these once it knows the key."""

    api_key: ApiKey
    organisation: Organisation
    membership: None
    user: User
    actor: User

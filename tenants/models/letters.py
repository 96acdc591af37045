"""Letters that wait to be sent."""

import uuid

from django.db import models


class Letter(models.Model):
    """A letter to one person that is not sent yet, or could not be; what was sent is gone from here.

    No policy: letters about an account belong to no firm, and the postman finds them before a tenant is known. Links in
    letters open doors, so all but the address is sealed. topic: who is told what became of it, as "order:4711"; firm:
    whose it is, if anybody's; due_at: none once it was given up.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.EmailField()
    firm = models.BigIntegerField(null=True)
    topic = models.CharField(max_length=80, blank=True)
    sealed = models.TextField()
    tries = models.SmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="letter_due"),
            models.Index(fields=["firm", "created_at"], name="letter_of"),
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}, {self.tries} tries"

"""Files that came in, what was understood of them, and how to take them back."""

from django.db import models
from django.db.models import Func

from tenants.isolation import TenantModel, link


class UUIDv7(Func):
    """PostgreSQL's time-ordered random id."""

    function = "uuidv7"
    template = "%(function)s()"
    output_field = models.UUIDField()


class Upload(TenantModel):
    """One file, or one table inside a workbook or ZIP."""

    class State(models.TextChoices):
        """Where the file is on its way."""

        STORED = "stored"
        ASKING = "asking"
        LOADING = "loading"
        DONE = "done"
        FAILED = "failed"
        UNDONE = "undone"

    id = models.UUIDField(primary_key=True, db_default=UUIDv7(), editable=False)
    name = models.CharField(max_length=255)
    part = models.CharField(max_length=255, blank=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=255)
    kind = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STORED)
    look = models.JSONField(default=dict)
    settings = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    rows_good = models.IntegerField(default=0)
    rows_bad = models.IntegerField(default=0)
    rows_set_aside = models.IntegerField(default=0)
    rows_new = models.IntegerField(default=0)
    rows_changed = models.IntegerField(default=0)
    by = models.CharField(max_length=254)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-created_at"], name="upload_newest")]

    def __str__(self) -> str:
        return f"{self.name} {self.part}".strip()


class ColumnMapping(TenantModel):
    """How an organisation's file with these headers is to be read."""

    header_key = models.CharField(max_length=64)
    settings = models.JSONField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "header_key"], name="mapping_once")]

    def __str__(self) -> str:
        return self.header_key


class ReplacedRow(TenantModel):
    """What a row said before an upload changed it."""

    upload = link("forecasting.Upload")
    table = models.CharField(max_length=40)
    row = models.BigIntegerField()
    before = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "upload", "table", "row"], name="replaced_once")]

    def __str__(self) -> str:
        return f"{self.table} {self.row}"

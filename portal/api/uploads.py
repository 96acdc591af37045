"""Files in: stored, looked at, loaded by themselves where they are written as before, corrected, taken back."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from forecasting import jobs
from forecasting.ingest import shops
from forecasting.ingest.fields import KINDS
from forecasting.models import Upload
from forecasting.services import files
from forecasting.services import uploads as service
from portal.api.calls import Call
from portal.api.lists import Lists, One
from portal.translations import spoken
from tenants.errors import Conflict, Invalid, NotFound
from tenants.isolation import tenant_scope
from tenants.services import api_keys

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Workbook(BaseRenderer):
    """Hand a workbook on as it is; a problem stays JSON."""

    media_type, format = WORKBOOK, "xlsx"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        """Return the file."""
        return data if isinstance(data, bytes) else json.dumps(data, default=str).encode()


class UploadIn(serializers.Serializer[Any]):
    """A file; kind says what it holds where its header does not."""

    file = serializers.FileField()
    kind = serializers.ChoiceField(choices=sorted(KINDS), required=False)


class ConfirmIn(serializers.Serializer[Any]):
    """How to read the file: what was proposed, where nothing else is said. mapping: our field to its header.

    Every question of the file needs its answer, under the name of its setting.
    """

    kind = serializers.ChoiceField(choices=sorted(KINDS), required=False)
    mapping = serializers.DictField(child=serializers.CharField(max_length=300), required=False)
    date_order = serializers.ChoiceField(choices=["ymd", "dmy", "mdy"], required=False)
    decimal = serializers.ChoiceField(choices=[".", ","], required=False)
    encoding = serializers.CharField(max_length=20, required=False)
    repair = serializers.ChoiceField(choices=["name", "leave"], required=False)
    zeros = serializers.ChoiceField(choices=["restore", "as_written"], required=False)


class QuestionOut(serializers.Serializer[Any]):
    """What the file does not tell, and the values to choose from."""

    setting = serializers.CharField()
    words = serializers.CharField()
    options = serializers.ListField(child=serializers.CharField())


class UploadOut(serializers.Serializer[Any]):
    """One file. asking: say how to read it with confirm; rows_set_aside are no demand, such as postage."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    part = serializers.CharField(allow_blank=True)
    kind = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=Upload.State.values)
    rows_good = serializers.IntegerField()
    rows_bad = serializers.IntegerField()
    rows_set_aside = serializers.IntegerField()
    rows_new = serializers.IntegerField()
    rows_changed = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)
    mapping = serializers.DictField(child=serializers.CharField())
    questions = QuestionOut(many=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


COUNTS = ("rows_good", "rows_bad", "rows_set_aside", "rows_new", "rows_changed")


def _told(upload: Upload) -> dict[str, Any]:
    questions = upload.look.get("questions", []) if upload.state == Upload.State.ASKING else []
    return {
        "id": upload.pk,
        **{name: getattr(upload, name) for name in ("name", "part", "kind", "state", *COUNTS)},
        "error": spoken(upload.error) if upload.error else None,
        "mapping": dict(upload.settings.get("mapping") or {}),
        "questions": [
            {"setting": one["setting"], "words": spoken(one["said"]), "options": list(one["options"])}
            for one in questions
        ],
        "created_at": upload.created_at,
        "finished_at": upload.finished_at,
    }


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class Uploads(Lists):
    """All files, the newest first."""

    serializer_class = UploadOut
    parser_classes = [MultiPartParser]
    keyset = ("-id",)

    def found(self, asked: Mapping[str, Any]) -> QuerySet[Upload]:
        """Return the uploads."""
        return Upload.objects.defer("report")

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """Return the page in plain values."""
        return [_told(upload) for upload in super().paginate_queryset(queryset)]

    @extend_schema(request={"multipart/form-data": UploadIn}, responses={202: UploadOut})
    def create(self, request: Call) -> Response:
        """Take a file; one that is written as a file that was confirmed before is loaded by itself."""
        files.check_room(int(request.META.get("CONTENT_LENGTH") or 0))
        said = UploadIn(data=request.data)
        said.is_valid(raise_exception=True)
        stored = files.store(said.validated_data["file"], organisation_id=request.organisation.pk)
        if not api_keys.is_alive(request.auth):  # a large file takes long to come in
            raise Invalid(_("This key was revoked while the file came in. Nothing was loaded."))
        with tenant_scope(request.organisation.pk):
            upload = service.add(stored, by=request.user)
            told: dict[str, Any] = {"upload": str(upload.pk), "name": upload.name, "dropped": True}
            if kind := said.validated_data.get("kind"):
                told["kind"] = kind
            jobs.start("look", organisation=request.organisation, by=request.user, **told)
            upload.refresh_from_db()
        where = {"Location": f"/api/v1/uploads/{upload.pk}"}
        return Response(UploadOut(_told(upload)).data, status=202, headers=where)


class OneUpload(One):
    """One file."""

    serializer_class = UploadOut

    @extend_schema(responses=UploadOut)
    def retrieve(self, request: Call, upload_id: UUID) -> Response:
        """Return how far it is, and what came of its rows."""
        return Response(UploadOut(_told(service.get(upload_id=upload_id))).data)

    @extend_schema(request=ConfirmIn, responses={202: UploadOut})
    def confirm(self, request: Call, upload_id: UUID) -> Response:
        """Say how to read the file, and load it."""
        said = ConfirmIn(data=request.data or {})
        said.is_valid(raise_exception=True)
        found = service.get(upload_id=upload_id)
        if found.state not in (Upload.State.ASKING, Upload.State.FAILED):
            raise Conflict(_("This file is being read or loaded, or was loaded before."))
        upload = service.confirm(upload=found, by=request.user, **_choices(found, said.validated_data))
        told = {"upload": str(upload.pk), "name": upload.name}
        jobs.start_once("load", organisation=request.organisation, by=request.user, **told)
        return Response(UploadOut(_told(upload)).data, status=202)

    @extend_schema(request=None, responses={202: UploadOut})
    def by_hand(self, request: Call, upload_id: UUID) -> Response:
        """Look again at a file that was taken for a shop's export and is none: its columns are named with confirm."""
        found = service.get(upload_id=upload_id)
        if found.state != Upload.State.ASKING:
            raise Conflict(_("This file is being read or loaded, or was loaded before."))
        told = {"upload": str(found.pk), "name": found.name, "dropped": True, "shop": shops.NOT_A_SHOP}
        jobs.start_once("look", organisation=request.organisation, by=request.user, **told)
        return Response(UploadOut(_told(found)).data, status=202)

    @extend_schema(responses={202: UploadOut})
    def destroy(self, request: Call, upload_id: UUID) -> Response:
        """Take the rows of the file back: what it changed says again what it said before."""
        upload = service.get(upload_id=upload_id)
        if upload.state == Upload.State.DONE:
            upload = service.want_undo(upload=upload, by=request.user)
            told = {"upload": str(upload.pk), "name": upload.name}
            jobs.start("undo", organisation=request.organisation, by=request.user, **told)
        else:
            service.discard(upload=upload, by=request.user)
            upload.refresh_from_db()
        return Response(UploadOut(_told(upload)).data, status=202)

    @extend_schema(responses={(200, WORKBOOK): OpenApiTypes.BINARY})
    def errors(self, request: Call, upload_id: UUID) -> Response:
        """Return a workbook of the rows that were not taken, to be corrected and sent again."""
        path = files.place(service.bad_rows_path(service.get(upload_id=upload_id)))
        if not path.exists():
            raise NotFound(_("This upload has no bad rows."))
        return Response(path.read_bytes(), content_type=WORKBOOK)


def _choices(upload: Upload, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was said; a kind without a mapping is read as the look into the file proposed for it."""
    guesses = {guess["kind"]: guess["mapping"] for guess in upload.look.get("kinds", [])}
    proposed = {"mapping": guesses.get(said["kind"], {})} if "kind" in said else {}
    return {**proposed, **said}

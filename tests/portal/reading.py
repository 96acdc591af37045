"""Files given to the page and read in this process: the sandbox has its own tests, and each start of it takes long."""

from pathlib import Path
from tempfile import TemporaryDirectory

from forecasting import jobs
from forecasting.ingest.convert import convert
from forecasting.ingest.inspection import inspect
from forecasting.ingest.types import Settings
from forecasting.models import Job
from forecasting.services import looks, uploads


def read_here(monkeypatch):
    """Look into files and convert them without a sandbox."""

    def looked(path, settings=None):
        with TemporaryDirectory() as work:
            return inspect(path, settings or Settings(), Path(work))

    def converted(path, settings, out, on_progress=None):
        with TemporaryDirectory() as work:
            out.mkdir(exist_ok=True)
            return convert(path, settings, out, Path(work), on_progress or (lambda done, total: None))

    monkeypatch.setattr(looks, "inspect_file", looked)
    monkeypatch.setattr(uploads, "convert_file", converted)


def work(firm):
    """Do the work that a page has started."""
    for job in Job.objects.filter(organisation=firm, state__in=Job.OPEN).order_by("created_at"):
        jobs.run(job.pk)
        job.refresh_from_db()
        assert job.state == Job.State.DONE, (job.kind, job.error)


def as_understood(upload, **answers):
    """Fill in the form as the page shows it."""
    headers = upload.look["headers"]
    form = {f"column-{headers.index(header)}": field for field, header in upload.settings["mapping"].items()}
    return {"kind": upload.settings["kind"], **form, **answers}

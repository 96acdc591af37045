"""A typed client made from the committed description by a maintained generator, used against the running site."""

import importlib
import re
import subprocess
import sys
from pathlib import Path

from tenants.isolation import tenant_scope
from tests.forecasting.published import publish

ROOT = Path(__file__).parents[3]


def test_a_client_is_made_from_the_description_and_works_as_the_docs_say(
    live_address, committed_db, acme, key_for, tmp_path, monkeypatch, capsys
):
    made = tmp_path / "client"
    command = ["openapi-python-client", "generate", "--path", str(ROOT / "docs" / "api" / "openapi.yaml")]
    program = str(Path(sys.executable).with_name(command[0]))
    done = subprocess.run(
        [program, *command[1:], "--output-path", str(made)], capture_output=True, text=True, timeout=120, check=False
    )
    assert (made / "lagom_client" / "client.py").exists(), done.stdout + done.stderr
    monkeypatch.syspath_prepend(str(made))
    lagom = importlib.import_module("lagom_client")
    models = importlib.import_module("lagom_client.models")
    put = importlib.import_module("lagom_client.api.products.products_update")
    listed = importlib.import_module("lagom_client.api.products.products_list")
    with lagom.AuthenticatedClient(base_url=f"http://{live_address}", token=key_for(acme)) as client:
        taken = put.sync(client=client, body=[models.ProductInRequest(sku="007", name="Bond")])
        assert (taken.accepted, taken.rejected) == (1, 0)
        assert [(row.sku, row.name) for row in listed.sync(client=client).results] == [("007", "Bond")]
    with lagom.AuthenticatedClient(base_url=f"http://{live_address}", token="lg_r_wrong") as client:
        assert listed.sync_detailed(client=client).status_code == 401
    with tenant_scope(acme.pk):
        publish()
    told = (ROOT / "docs" / "api" / "README.md").read_text("utf-8")
    (example,) = [block for block in re.findall(r"```python\n(.*?)```", told, re.DOTALL) if "lagom_client" in block]
    monkeypatch.setenv("LAGOM_URL", f"http://{live_address}/api/v1")
    monkeypatch.setenv("LAGOM_KEY", key_for(acme))
    exec(compile(example.replace("var/client", str(made)), "README.md", "exec"), {})
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "1 accepted"
    assert lines
    assert all(" units on " in line for line in lines)

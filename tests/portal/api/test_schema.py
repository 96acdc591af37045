"""The description of the API: the committed file is what the code says, and nothing that programs rely on goes."""

import copy
import re
from pathlib import Path

import pytest
import yaml
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

API = Path(__file__).resolve().parents[3] / "docs" / "api"
FILE = API / "openapi.yaml"
RELEASED = API / "released.yaml"  # what programs out there were written for; a release copies openapi.yaml over it
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a sixth of the time, where PyYAML was built with libyaml


@pytest.fixture(scope="module")
def text():
    """The description as `manage.py spectacular` writes it."""
    made = SchemaGenerator().get_schema(request=None, public=True)
    return OpenApiYamlRenderer().render(made, renderer_context={}).decode()


@pytest.fixture(scope="module")
def committed():
    return yaml.load(FILE.read_text(), LOADER)


def schemas(api):
    return api["components"]["schemas"]


def operations(api):
    return {(path, method): told for path, methods in api["paths"].items() for method, told in methods.items()}


def used_in_requests(api):
    """Names of all schemas that a request reaches."""
    found, waiting = set(), [told.get("requestBody", {}) for told in operations(api).values()]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            name = str(one.get("$ref", "")).rpartition("/")[2]
            if name in schemas(api) and name not in found:
                found.add(name)
                waiting.append(schemas(api)[name])
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found


def breaking(old, new):
    """Name every change that could break a program written for the old description."""
    before, after = operations(old), operations(new)
    for call, told in before.items():
        if call not in after:
            yield f"{call} is gone"
            continue
        now = after[call]
        known = {(one["name"], one["in"]): one for one in told.get("parameters", []) if "name" in one}
        offered = {(one["name"], one["in"]): one for one in now.get("parameters", []) if "name" in one}
        yield from (f"{call}: parameter {name} is gone" for name in known.keys() - offered.keys())
        for name, one in offered.items():
            if one.get("required") and not known.get(name, {}).get("required"):
                yield f"{call}: parameter {name} is required now"
        well = {status for status in told["responses"] if status.startswith("2")}
        yield from (f"{call}: answer {status} is gone" for status in well - now["responses"].keys())
    asked = used_in_requests(old)
    for name, schema in schemas(old).items():
        here = schemas(new).get(name)
        if here is None:
            yield f"schema {name} is gone"
            continue
        yield from (
            f"{name}.{field} is gone"
            for field in schema.get("properties", {}).keys() - here.get("properties", {}).keys()
        )
        yield from (
            f"{name}: {value} is gone"
            for value in set(map(str, schema.get("enum", []))) - set(map(str, here.get("enum", [])))
        )
        for field, one in schema.get("properties", {}).items():
            now = here.get("properties", {}).get(field, one)
            if one.get("type") != now.get("type"):
                yield f"{name}.{field} changes its type"
            gone = set(map(str, one.get("enum", []))) - set(map(str, now.get("enum", one.get("enum", []))))
            yield from (f"{name}.{field}: {value} is gone" for value in gone)
        if name in asked:
            newly = set(here.get("required", [])) - set(schema.get("required", []))
            yield from (f"{name}.{field} is required now" for field in newly)


def test_the_committed_description_is_what_the_code_says(text):
    assert FILE.read_text() == text, "run `make api-schema` and read what changed before you commit it"


@pytest.fixture(scope="module")
def released():
    return yaml.load(RELEASED.read_text(), LOADER)


def test_the_list_of_calls_has_each_call_once(committed):
    told = [
        f"{method} {path}"
        for methods, path in re.findall(r"`([A-Z·]+) (/[^`]+)`", (API / "calls.md").read_text())
        for method in methods.split("·")
    ]
    known = [f"{method.upper()} {path.removeprefix('/api/v1')}" for path, method in operations(committed)]
    assert sorted(told) == sorted(known)


def test_nothing_that_released_programs_rely_on_has_gone(text, released):
    assert list(breaking(released, yaml.load(text, LOADER))) == []


def test_the_description_is_valid_openapi_3_1(committed):
    assert committed["openapi"].startswith("3.1")
    validate_schema(committed)


PLANTED = {
    "a path removed": (lambda api: api["paths"].pop("/api/v1/sales"), "'/api/v1/sales', 'get') is gone"),
    "a method removed": (lambda api: api["paths"]["/api/v1/sales"].pop("put"), "'put') is gone"),
    "a field removed": (lambda api: schemas(api)["SaleOut"]["properties"].pop("units"), "SaleOut.units is gone"),
    "a field required": (
        lambda api: schemas(api)["RunInRequest"].update(required=["horizon_days"]),
        "horizon_days is required",
    ),
    "a filter removed": (
        lambda api: api["paths"]["/api/v1/plan"]["get"]["parameters"].clear(),
        "parameter ('supplier', 'query') is gone",
    ),
    "a type changed": (
        lambda api: schemas(api)["SaleOut"]["properties"]["units"].update(type="string"),
        "SaleOut.units changes its type",
    ),
    "a word of a choice removed": (
        lambda api: schemas(api)["ProductOut"]["properties"]["status"]["enum"].remove("discontinued"),
        "ProductOut.status: discontinued is gone",
    ),
    "an answer removed": (
        lambda api: api["paths"]["/api/v1/runs"]["post"]["responses"].pop("202"),
        "answer 202 is gone",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_breaking_change_is_seen(committed, name):
    plant, words = PLANTED[name]
    changed = copy.deepcopy(committed)
    plant(changed)
    assert any(words in told for told in breaking(committed, changed)), list(breaking(committed, changed))


def test_an_added_field_breaks_nothing(committed):
    changed = copy.deepcopy(committed)
    schemas(changed)["SaleOut"]["properties"]["colour"] = {"type": "string"}
    assert list(breaking(committed, changed)) == []


def test_the_description_and_its_page_are_open_and_all_they_load_is_the_sites_own(db):
    client = Client()
    assert client.get("/api/v1/schema").status_code == 200
    page = client.get("/api/v1/docs")
    told = page.content.decode()
    assert "swagger-ui-bundle.js" in told
    assert "http" not in told.replace("http-equiv", "")
    assert "<script>" not in told
    assert "style=" not in told
    assert "'unsafe" not in page["Content-Security-Policy"]

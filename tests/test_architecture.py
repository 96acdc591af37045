"""The house proves itself: who imports whom, how large things grow, what they are called, what a web process loads."""

import ast
import functools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("tenants", "forecasting", "portal")

# ── The rules ──

PURE = [f"forecasting/{name}" for name in ("ingest", "engine", "planning", "finance", "example")]
PURE += ["forecasting/words.py", "tenants/tiers.py", "tenants/roles.py", "tenants/errors.py", "tenants/billing"]
OUTSIDE_PURE = {"django", "celery", "kombu", "redis", "psycopg", "rest_framework", "allauth", "portal"}
FORBIDDEN = {
    **{path: OUTSIDE_PURE | ({"tenants"} if path.startswith("forecasting") else {"forecasting"}) for path in PURE},
    "tenants": {"forecasting", "portal"},
    "forecasting": {"portal"},
    # Inside a floor calls go pages | api → jobs → tasks → services → models.
    "forecasting/models": {"forecasting.services", "forecasting.jobs", "forecasting.tasks", "forecasting.queries"},
    "forecasting/services": {"forecasting.jobs", "forecasting.tasks"},
    "forecasting/queries": {"forecasting.jobs", "forecasting.tasks"},
    "tenants/models": {"tenants.services"},
    # What starts the demo's servers knows neither Django nor the site.
    "portal/embedded.py": {"django", "tenants", "forecasting"},
    "portal/charts.py": {"django", "tenants", "celery"},
    "portal/demand_chart.py": {"django", "tenants", "celery"},
}
LAZY = {
    ("*", "prophet"): "web processes never need it",
    ("*", "statsforecast"): "web processes never need it",
    ("*", "lightgbm"): "web processes never need it",
    ("manage.py", "django.core.management"): "as Django makes it: the settings' name must be in the environment first",
    ("portal/apps.py", "portal.celery"): "needs the settings, and the apps to be ready",
    ("tenants/apps.py", "tenants.checks"): "needs the apps to be ready",
    ("portal/settings.py", "portal.embedded"): "not loaded where servers are given by the environment",
    ("forecasting/engine/calendars.py", "holidays"): "web processes load the services but never list feasts",
    ("forecasting/engine/zoo/prophet_shape.py", "pandas"): "only what prophet takes, where prophet fits",
    ("forecasting/ingest/correction.py", "xlsxwriter"): "only the job that writes bad rows needs it",
    ("forecasting/ingest/encoding.py", "charset_normalizer"): "only in the sandbox, and there only for odd files",
    ("forecasting/planning/windows.py", "scipy"): "web processes load the services but never plan",
    ("forecasting/services/replays.py", "forecasting"): "files are written with polars, which only the job needs",
    ("forecasting/services/recipes.py", "forecasting"): "files are written with polars, which pages seldom need",
    ("portal/pdf.py", "weasyprint"): "needs Pango of the machine; only who asks for a PDF is told that it is missing",
    ("tenants/payments/stripe.py", "stripe"): "takes 33 MB, and only sites with a key need it",
    ("forecasting/ingest/__main__.py", "*"): "inside the sandbox: its limits must hold before a library loads",
}
MANY_ARGUMENTS = {
    "forecasting/engine/backtest.py": "the contract of `backtest` and what hands it on",
    "forecasting/engine/forecasting.py": "the contract of `forecast` and what hands it on",
    "forecasting/planning/plans.py": "the contract of `plan`",
    "forecasting/planning/past/replays.py": "the contract of `replay`",
    "forecasting/planning/past/scene.py": "the contract of `replay`, and what is known of the past",
}
LONGEST_FILE, LONGEST_FUNCTION, MOST_ARGUMENTS = 350, 60, 6
FORBIDDEN_NAMES = re.compile(r"^(utils?|helpers?|common|core|base|managers?|handlers?|misc|shared)$")
TOO_HEAVY = ["prophet", "statsforecast", "lightgbm", "pandas", "polars", "pyarrow", "numba", "matplotlib"]
TOO_HEAVY += ["holidays", "fugue", "sklearn", "stripe"]


# ── What there is ──


def files(*below, tests=False):
    """The Python files of the product, as text and tree, without migrations that Django writes."""
    for folder in below or (*FLOORS, "manage.py", *(["tests"] if tests else [])):
        path = ROOT / folder
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if not re.search(r"/migrations/\d{4}_", str(file)):
                yield str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")


@functools.cache
def nodes(text):
    """Everything in a file, read once for all proofs."""
    return list(ast.walk(ast.parse(text)))


def imports(name, text):
    """Every module that a file imports, in full."""
    package = name.removesuffix(".py").split("/")[:-1]
    for node in nodes(text):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                ".".join([*package[: len(package) - node.level + 1], node.module or ""]) if node.level else node.module
            )
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def functions(text):
    for node in nodes(text):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield node, [a for a in arguments if a.arg not in ("self", "cls")]


def below(module, forbidden):
    return any(module == name or module.startswith(f"{name}.") for name in forbidden)


# ── The proofs ──


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_folder_imports_only_what_lies_below_it(folder):
    assert (ROOT / folder).exists()
    wrong = {
        f"{name} imports {module}"
        for name, text in files(folder)
        for module in imports(name, text)
        if below(module, FORBIDDEN[folder])
    }
    assert not wrong, "\n".join(sorted(wrong))


def test_one_module_alone_calls_stripes_sdk():
    knowing = {name for name, text in files() for module in imports(name, text) if module.split(".")[0] == "stripe"}
    assert knowing == {"tenants/payments/stripe.py"}


def test_imports_are_at_the_top_but_for_those_with_a_reason():
    wrong = [
        f"{name}:{inner.lineno} imports {module} inside {function.name}()"
        for name, text in files()
        for function, _ in functions(text)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        for module in [inner.names[0].name if isinstance(inner, ast.Import) else _whole(inner)]
        if not any(name == where or where == "*" for where, what in LAZY if what in ("*", module, module.split(".")[0]))
    ]
    assert not wrong, "\n".join(wrong)


def _whole(node):
    return f"{node.module}.{node.names[0].name}" if node.module == "portal" else node.module


def test_no_file_grows_past_the_wall():
    wrong = [f"{name}: {n} lines" for name, text in files() if (n := len(text.splitlines())) > LONGEST_FILE]
    assert not wrong, "\n".join(wrong)


def test_no_function_grows_past_the_wall():
    wrong = [
        f"{name}:{node.lineno} {node.name}: {length} lines"
        for name, text in files(tests=True)
        for node, _ in functions(text)
        if (length := node.end_lineno - node.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not wrong, "\n".join(wrong)


def test_no_function_takes_more_than_six_arguments():
    wrong = [
        f"{name}:{node.lineno} {node.name}: {len(arguments)} arguments"
        for name, text in files()
        for node, arguments in functions(text)
        if len(arguments) > MOST_ARGUMENTS and name not in MANY_ARGUMENTS
    ]
    assert not wrong, "\n".join(wrong)


def test_every_function_is_typed():
    wrong = [
        f"{name}:{node.lineno} {node.name}"
        for name, text in files()
        for node, arguments in functions(text)
        if any(a.annotation is None for a in arguments) or (node.returns is None and node.name != "__init__")
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_or_folder_is_named_for_being_a_drawer():
    wrong = [
        name for name, _ in files(tests=True) if any(FORBIDDEN_NAMES.match(Path(p).stem) for p in Path(name).parts)
    ]
    assert not wrong, "\n".join(wrong)


# What must not be written, where, and why.
FORBIDDEN_WORDS = {
    r"(?<![.\w])(chord|chain|group)\(|\bcountdown\s*=|\beta\s*=|apply_async\(|\.delay\(": (
        "Celery's own flows lose work: count rows, and let `run_after` wait"
    ),
    r"@receiver\b|\b(pre|post)_(save|delete|migrate)\b|m2m_changed|request_(started|finished)": "no signals",
    r"StreamingHttpResponse": "its body runs after the tenant's transaction",
    r"\bTRUNCATE\b.*execute|\.execute\(.*\bTRUNCATE\b": "row-level security does not cover it",
    r"except Exception:\s*\n\s*pass\b|except:\s*$": "errors are not swallowed",
}


@pytest.mark.parametrize("pattern", FORBIDDEN_WORDS)
def test_what_must_not_be_written_is_not(pattern):
    found = [
        f"{name}:{text[: match.start()].count(chr(10)) + 1} {match.group()}: {FORBIDDEN_WORDS[pattern]}"
        for name, text in files()
        for match in re.finditer(pattern, text, re.MULTILINE)
    ]
    assert not found, "\n".join(found)


def test_exceptions_to_the_rules_are_still_needed():
    for name in {*MANY_ARGUMENTS, *(where for where, _ in LAZY if where != "*")}:
        assert (ROOT / name).exists(), f"{name} is gone: take it off the list"
    for name in MANY_ARGUMENTS:
        ((_, text),) = files(name)
        assert any(len(arguments) > MOST_ARGUMENTS for _, arguments in functions(text)), f"{name} needs no exception"


# ── What a process loads ──

NOWHERE = {
    "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/nowhere",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "SECRET_KEY": "of a test",
}


def loaded(program):
    """Which heavy libraries a Python program has loaded at its end."""
    tell = f"\nimport sys; print('loaded:', *[name for name in {TOO_HEAVY} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program + tell],
        env={**os.environ, **NOWHERE},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.rpartition("loaded:")[2].split()


def test_web_process_with_all_its_pages_loads_no_heavy_library():
    walk = """
import portal.wsgi
from django.urls import get_resolver
def walk(resolver):
    for pattern in resolver.url_patterns:
        walk(pattern) if hasattr(pattern, "url_patterns") else pattern.callback
walk(get_resolver())
"""
    assert loaded(walk) == []


@pytest.mark.parametrize("module", ["forecasting.engine", "forecasting.planning", "forecasting.finance"])
def test_pure_folder_is_light_to_import(module):
    assert loaded(f"import {module}") == []

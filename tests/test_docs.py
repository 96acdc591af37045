"""What prose claims, the repository keeps: commands, settings, addresses, files, links; and nothing of this machine."""

import ast
import importlib.util
import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROSE = sorted(str(path.relative_to(ROOT)) for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
# Set by what starts the processes; nobody has to know them.
NOT_A_SETTING = {"DJANGO_SETTINGS_MODULE", "PATH", "TMPDIR", "LAGOM_CHROMIUM"}


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands():
    """Every line of a code block, and every word in backticks, of all prose."""
    for name in PROSE:
        for line in text(name).splitlines():
            if line.startswith("    "):
                yield name, line.strip()
            for quoted in re.findall(r"`([^`]+)`", line):
                yield name, quoted


def tracked():
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout, so nothing tells which files belong to it")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


# ── Commands ──


def test_every_make_target_of_the_prose_is_in_the_makefile():
    targets = set(re.findall(r"^([\w-]+):", text("Makefile"), re.MULTILINE))
    named = {(name, target) for name, line in commands() for target in re.findall(r"\bmake ([a-z][\w-]*)", line)}
    assert named
    assert {(name, target) for name, target in named if target not in targets} == set()


def test_every_make_target_that_help_tells_of_exists_and_the_other_way_round():
    makefile = text("Makefile")
    told = set(re.findall(r'echo "make ([\w-]+) ', makefile))
    promised = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()) - {"help"}
    assert told == promised


def source_of(command):
    """The files behind `python manage.py X` or `python -m X`."""
    if command.startswith("manage.py "):
        word = command.split()[1]
        found = list(ROOT.glob(f"*/management/commands/{word}.py"))
        django = importlib.util.find_spec("django").submodule_search_locations[0]
        return found or list(Path(django).rglob(f"management/commands/{word}.py"))
    spec = importlib.util.find_spec(command.split()[1])
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parent
    return sorted(folder.rglob("*.py")) if spec.submodule_search_locations else [Path(spec.origin)]


def test_every_python_command_of_the_prose_exists_with_its_options():
    found = {
        (name, match.group(1), line)
        for name, line in commands()
        if (match := re.search(r"python3? ((?:manage\.py|-m) [a-z][\w.]*)", line))
    }
    assert found
    for name, command, line in found:
        sources = source_of(command)
        assert sources, f"{name}: {command} does not exist"
        known = "\n".join(path.read_text(encoding="utf-8") for path in sources)
        for option in set(re.findall(r"\s(--[a-z][\w-]*)", line)) - {"--help"}:
            assert f'"{option}"' in known, f"{name}: {command} knows no {option}"


# ── Settings ──


def read_by_settings():
    """The variables that settings.py reads, by its own words."""
    return {
        node.args[0].value
        for node in ast.walk(ast.parse(text("portal/settings.py")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("env.")
    }


def read_elsewhere():
    return {
        found
        for folder in ("portal", "forecasting", "tenants")
        for path in (ROOT / folder).rglob("*.py")
        for found in re.findall(r"""os\.(?:environ(?:\.get\(|\[)|getenv\()["'](\w+)""", path.read_text())
    } - NOT_A_SETTING


def documented():
    rows = re.findall(r"^\| (`[A-Z][^|]*) \|", text("docs/running.md"), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([A-Z_0-9]+)`", row)}


def test_every_setting_is_documented_and_every_documented_setting_is_read():
    assert documented() == read_by_settings() | read_elsewhere()


def test_compose_asks_for_nothing_that_the_example_of_its_environment_lacks():
    asked = set(re.findall(r"\$\{([A-Z_]+)", text("docker-compose.yml")))
    given = set(re.findall(r"^([A-Z_]+)=", text(".env.example"), re.MULTILINE))
    assert asked <= given
    assert {name for name in given if "PASSWORD" not in name} <= documented()


# ── Files, links, addresses ──


@pytest.mark.parametrize("name", PROSE)
def test_every_link_leads_somewhere(name):
    for target in re.findall(r"\]\(([^)\s]+)\)", text(name)):
        if not re.match(r"[a-z]+:", target):
            path, _, part = target.partition("#")
            there = (ROOT / name).parent / path if path else ROOT / name
            assert there.exists(), f"{name} links to {target}"
            if part:
                assert part in anchors(there), f"{name} links to {target}"


def anchors(path):
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PROSE)
def test_every_file_of_the_house_that_prose_names_is_there(name):
    folders = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in ("var", ".venv"))
    for quoted in re.findall(r"`([^`\s]+)`", text(name)):
        if re.fullmatch(rf"(?:{folders})/[\w./-]*", quoted):
            assert (ROOT / quoted).exists(), f"{name} names {quoted}"


def test_every_address_of_the_site_that_prose_names_is_answered():
    from django.urls import resolve

    for name in PROSE:
        for path in re.findall(r"`(?:GET |POST )?(/[a-z][\w/-]*)`", text(name)):
            if (ROOT / path[1:]).exists() or not path.startswith(("/api/", "/healthz", *pages())):
                continue
            inside = name.startswith("docs/api/") and not path.startswith("/api/")
            resolve(f"/api/v1{path}" if inside else path)


def pages():
    from portal.urls import urlpatterns

    return {f"/{str(pattern.pattern).partition('/')[0]}" for pattern in urlpatterns if str(pattern.pattern)}


def test_decisions_are_short_and_say_what_a_decision_must():
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        words = path.read_text(encoding="utf-8")
        assert len(words.splitlines()) <= 30, path.name
        for part in ("Status", "Context", "Decision", "Consequences"):
            assert part in words, f"{path.name} has no {part}"


# ── Nothing of the machine it was made on ──

MACHINE = {
    "a path of one machine": r"(?<![\w.$}/-])/(?:work|root|home/\w+)/",
    "a registry's address": r"(?:extra-)?index-url\s*=?\s*https?://|registry\s*=\s*https?://|pypi-proxy|r-seed-",
    "an assistant": r"(?i)\b(?:cl" + r"aude|chat" + r"gpt|cop" + r"ilot|open" + r"ai|anth" + r"ropic)\b",
    "a key": r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bsk_live_\w+",
}


@pytest.mark.parametrize("kind", MACHINE)
def test_no_file_holds_what_belongs_to_one_machine_or_person(kind):
    pattern, found = re.compile(MACHINE[kind]), []
    for name in tracked():
        if name.startswith("static/vendor/") or name == "tests/test_docs.py":
            continue
        try:
            words = text(name)
        except UnicodeDecodeError:
            continue
        found += [f"{name}: {match.group()!r}" for match in pattern.finditer(words)]
    assert not found, "\n".join(found)


def test_no_file_names_the_registry_that_packages_come_from_here():
    hosts = {
        urlsplit(os.environ[name]).hostname
        for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY")
        if os.environ.get(name)
    } - {None}
    for name in tracked() if hosts else []:
        words = (ROOT / name).read_bytes()
        assert not any(host.encode() in words for host in hosts), name

"""What the house look promises, held to the files: no foreign server, no inline script or style, icons that exist."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.template import engines

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in TEMPLATES}
STATIC = ROOT / "static"
SPRITE = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (STATIC / "img" / "icons.svg").read_text()))


def render(source, **context):
    return engines["django"].from_string(source).render(context)


def test_every_icon_that_a_page_or_the_menu_names_is_in_the_sprite():
    text = "\n".join(PAGES.values()) + (ROOT / "portal" / "context.py").read_text()
    named = set(re.findall(r'{% icon "([^"]+)"', text)) | set(re.findall(r'\bicon="([^"]+)"', text))
    assert named - SPRITE == set()


@pytest.mark.parametrize("name", PAGES)
def test_no_template_holds_a_style_a_script_or_a_handler(name):
    page = re.sub(r"{% comment %}.*?{% endcomment %}", "", PAGES[name], flags=re.DOTALL)
    assert not re.search(r"\sstyle\s*=|<style\b|\son[a-z]+\s*=|javascript:", page)
    assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script\b[^>]*>", page))


@pytest.mark.parametrize("name", PAGES)
def test_no_template_loads_anything_from_elsewhere(name):
    assert not re.search(r"""(?:src|href|action|hx-get|hx-post)\s*=\s*["'](?:https?:)?//""", PAGES[name])


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda path: path.name)
def test_no_stylesheet_reaches_for_anything_outside(path):
    reached = re.findall(r"url\(\s*[\"']?([^\"')]{0,40})", path.read_text())
    assert [place for place in reached if not place.startswith("data:")] == []
    assert "@import" not in path.read_text()


def test_every_vendored_file_is_listed_with_its_version_and_licence():
    listed = (STATIC / "vendor" / "README.md").read_text()
    files = [path for path in (STATIC / "vendor").rglob("*") if path.suffix in {".js", ".css"}]
    assert files
    for path in files:
        row = next(line for line in listed.splitlines() if f"`{path.relative_to(STATIC / 'vendor')}`" in line)
        assert re.search(r"\| \d+\.\d+\.\d+ \| \S+", row), row


def test_every_part_says_what_it_takes_and_is_in_the_guide():
    guide = (ROOT / "docs" / "design.md").read_text()
    parts = [path for path in TEMPLATES if path.parent.name == "_parts" and not path.name.startswith("_")]
    assert [path.name for path in parts if "{% comment %}" not in path.read_text()] == []
    inner = {"field_errors", "entrance_top"}
    assert [path.stem for path in parts if path.stem not in inner and f"`{path.stem}`" not in guide] == []


def test_a_block_can_be_shown_twice():
    page = engines["django"].from_string(
        '{% extends "errors/bare.html" %}{% block title %}Plan & <b>buy</b>{% endblock %}'
    )
    assert page.render({}).count("Plan & <b>buy</b>") == 1  # the heading; the tab strips the mark-up
    assert "<title>Plan & buy · Lagom</title>" in page.render({})


def test_a_state_is_never_told_by_colour_alone():
    badge = render("{% state level word %}", level="red", word="Runs <out>")
    assert 'class="state state-red"' in badge
    assert "#alert-circle" in badge
    assert "Runs &lt;out&gt;" in badge
    assert "state-grey" in render("{% state level word %}", level="mauve", word="?")


def test_what_is_missing_is_a_dash_that_leads_to_its_remedy():
    shown = render("{% missing needs url %}", needs="add unit cost", url="/products/A/#terms")
    assert shown == '<span class="missing">– <a href="/products/A/#terms">add unit cost</a></span>'
    assert "<a" not in render("{% missing needs %}", needs="add unit cost")


def test_an_icon_with_a_label_is_read_aloud_and_one_without_is_not():
    assert 'role="img" aria-label="Close &quot;it&quot;"' in render("{% icon 'x' label %}", label='Close "it"')
    assert 'aria-hidden="true"' in render("{% icon 'x' %}")


def test_money_on_a_tile_keeps_the_exact_amount_for_hovering():
    firm = SimpleNamespace(currency="EUR")
    assert render("{{ n|money_short:firm }}", n=84213.55, firm=firm) == '<span title="€84,213.55">€84,200</span>'
    assert render("{{ n|money:firm }} {{ n|money:'USD' }}", n=2, firm=firm) == "€2.00 $2.00"


class Form(forms.Form):
    name = forms.CharField(help_text="As on the label")
    kind = forms.ChoiceField(choices=[("a", "A")])
    sure = forms.BooleanField(required=False)


def test_a_field_carries_label_help_error_and_the_house_classes():
    shown = render('{% include "_parts/fields.html" with form=form %}', form=Form({"kind": "b"}))
    assert '<label for="id_name">Name' in shown
    assert 'class="form-control is-invalid"' in shown
    assert 'class="form-select is-invalid"' in shown
    assert 'class="form-check-input"' in shown
    assert 'aria-describedby="id_name_helptext' in shown
    assert 'id="id_name_helptext"' in shown
    assert shown.count('class="field-error"') == 2


def test_progress_asks_again_until_it_is_done():
    running = render('{% include "_parts/progress.html" with label="L" value=1200 total=4000 poll="/p/" %}')
    assert 'hx-get="/p/" hx-trigger="every 2s"' in running
    assert '<progress class="progress-line" value="1200" max="4000"' in running
    done = render('{% include "_parts/progress.html" with label="L" value=4 total=4 poll="/p/" done=True url="/r/" %}')
    assert "hx-get" not in done
    assert "<progress" not in done


def test_a_part_ended_with_only_takes_nothing_from_the_page():
    assert "secret" not in render('{% include "_parts/tile.html" with label="L" value=1 only %}', note="secret")

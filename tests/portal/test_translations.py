import ast
import shutil
from datetime import date

import pytest
from django.template import engines
from django.utils import translation

from forecasting.words import pack, say
from portal import wordbook
from portal.translations import speaker, spoken


@pytest.mark.parametrize("locale", wordbook.LOCALES)
def test_every_message_is_translated_with_its_places_and_compiled(locale):
    assert not wordbook.faults(locale), "\n".join(wordbook.faults(locale))


@pytest.mark.parametrize("locale", wordbook.LOCALES)
def test_no_message_stays_that_nothing_says_any_more(locale):
    said = {(message.context, str(message.id)) for message in wordbook.collect()}
    kept = {(message.context, str(message.id)) for message in wordbook.read(locale)}
    assert kept <= said, sorted(str(message) for message in kept - said)


def test_every_sentence_of_pure_code_is_written_where_it_is_said():
    hidden = [
        f"{path.relative_to(wordbook.ROOT)}:{line}"
        for path in (wordbook.ROOT / "forecasting").rglob("*.py")
        for line in wordbook.hidden(path.read_text())
        if path.name != "words.py"
    ]
    assert not hidden, f"say() needs its words as they stand, or no translator finds them: {hidden}"


def _spoken_from_tables(tree):
    """Find sentences of tables that are said by `_(TABLE[key])`, written where no translator sees them."""
    asked = {
        call.args[0].value.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "gettext")
        if call.args and isinstance(call.args[0], ast.Subscript) and isinstance(call.args[0].value, ast.Name)
    }
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and node.targets[0].id in asked:
            yield from (one.value for one in node.value.values if isinstance(one, ast.Constant))


def test_every_sentence_of_a_table_is_marked_for_translators():
    assert list(_spoken_from_tables(ast.parse('WHY = {"a": "Late.", "b": gettext_noop("Away.")}\n_(WHY[x])'))) == [
        "Late."
    ]
    files = [path for floor in ("portal", "tenants", "forecasting") for path in (wordbook.ROOT / floor).rglob("*.py")]
    hidden = {str(path): found for path in files if (found := list(_spoken_from_tables(ast.parse(path.read_text()))))}
    assert not hidden


PAGE = """{% load i18n %}<p title="{% translate "Don't" %}">{% icon "x" _("Close") %}{{ name|default:_("Nobody") }}</p>
  {% blocktranslate count n=2 %}{{ n }} line{% plural %}{{ n }} lines{% endblocktranslate %}
{% include "a.html" with label=_('To "order"') only %}{% translate "May" context "month" %}"""
MODULE = """
a = _("One %(n)s") % {"n": 1}
b = say("two " "parts")
c = _("this" if a else "that")
d = _(kept["template"])
e = pgettext("sign", "point")
f = ngettext("a day", "%(n)s days", 2)
"""


@pytest.fixture
def project(tmp_path):
    """A small project with one page and one module."""
    for folder in ("portal", "tenants", "forecasting", "templates"):
        (tmp_path / folder).mkdir()
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    (tmp_path / "portal" / "page.py").write_text(MODULE)
    return tmp_path


def test_messages_are_found_in_code_and_in_every_corner_of_a_template(project):
    found = {(message.context, message.id) for message in wordbook.collect(project) if message.id}
    assert found == {
        (None, "Don't"),
        (None, "Close"),
        (None, "Nobody"),
        (None, ("%(n)s line", "%(n)s lines")),
        (None, 'To "order"'),
        ("month", "May"),
        (None, "One %(n)s"),
        (None, "two parts"),
        (None, "this"),
        (None, "that"),
        ("sign", "point"),
        (None, ("a day", "%(n)s days")),
    }


def translate(project, **words):
    path = wordbook.po_file("zh_Hans", project)
    text = path.read_text()
    for name, own in words.items():
        text = text.replace(f'msgid "{name}"\nmsgstr ""', f'msgid "{name}"\nmsgstr "{own}"')
    path.write_text(text)


def test_an_update_keeps_what_was_translated_and_drops_what_is_gone(project):
    wordbook.update("zh_Hans", project)
    translate(project, Close="关闭", Nobody="无人")
    (project / "templates" / "page.html").write_text('{% translate "Close" %}{% translate "Open" %}')
    book = wordbook.update("zh_Hans", project)
    assert book["Close"].string == "关闭"
    assert "Nobody" not in book
    assert any("'Open'" in fault for fault in wordbook.faults("zh_Hans", project))
    assert not any("'Close'" in fault for fault in wordbook.faults("zh_Hans", project))


def test_a_translation_that_was_not_compiled_is_a_fault(project):
    wordbook.update("zh_Hans", project)
    translate(project, Close="关闭")
    assert "not compiled: 'Close'; run python manage.py messages" in wordbook.faults("zh_Hans", project)


def test_a_translation_that_loses_a_place_is_a_fault(project):
    (project / "portal" / "more.py").write_text('g = _("%(n)s left")')
    wordbook.update("zh_Hans", project)
    translate(project, **{"%(n)s left": "剩余 %(m)s"})
    wordbook.update("zh_Hans", project)
    assert any("other places: '%(n)s left'" in fault for fault in wordbook.faults("zh_Hans", project))


def test_two_updates_write_the_same_bytes(project):
    wordbook.update("zh_Hans", project)
    path = wordbook.po_file("zh_Hans", project)
    once = path.read_bytes(), path.with_suffix(".mo").read_bytes()
    shutil.rmtree(project / "locale")
    wordbook.update("zh_Hans", project)
    assert (path.read_bytes(), path.with_suffix(".mo").read_bytes()) == once


@pytest.mark.parametrize(
    ("ids", "text", "fits"),
    [
        (["%(n)s lines"], "%(n)s 行", True),
        (["%(n)s lines"], "%(m)s 行", False),
        (["%(n)d %% of %(all)s"], "%(all)s 的 %(n)d%%", True),
        (["%(n)d %%"], "%(n)d%", False),
        (["a line", "%(n)s lines"], "一行", True),
        (["plain"], "平", True),
    ],
)
def test_places_of_a_translation_are_those_of_its_message(ids, text, fits):
    assert wordbook.same_places(ids, text) == fits


def test_a_sentence_writes_its_numbers_and_days_as_the_language_does():
    said = say("From %(first)s to %(last)s.", first=date(2020, 1, 6), last=12345)
    with translation.override("en"):
        assert spoken(said) == "From Mon 6 Jan 2020 to 12,345."
    with translation.override("zh-hans"):
        assert spoken(said) == "从 2020年1月6日 周一 到 12,345。"


def test_a_sentence_kept_as_json_says_the_same():
    said = say("%(pattern)s: no model beat seasonal naive.", pattern=say("Sells steadily"))
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert spoken(pack(said)) == spoken(said)
    assert spoken(None) == spoken({}) == ""


def test_values_of_a_sentence_are_escaped_like_any_other_text():
    page = engines["django"].from_string("{{ said|spoken }}")
    assert "<script" not in page.render({"said": say("There is no file %(member)s in this ZIP.", member="<script>")})


def test_a_speaker_says_what_each_sentence_alone_says_and_keeps_like_numbers_apart():
    day, values = {"first": "2026-12-05", "n": 1}, (1, 1.0, True, "1", 1234.5, None)
    kept = [pack(say("%(n)s left from %(first)s", first=date(2026, 12, 5), n=value)) for value in values]
    kept += [
        {"template": "%(n)d of %(first)s", "values": day},
        {"template": "On hand", "values": {}},
        {},
        None,
        "On hand",
    ]
    kept += [{"template": "100 % sure", "values": {"n": 1}}, {"template": "On hand"}]
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said = speaker()
            assert [said(one) for one in (*kept, *kept)] == [spoken(one) for one in (*kept, *kept)]

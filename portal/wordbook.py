"""The wordbook of all messages: collected from code and templates, brought up to date, compiled; by Babel alone.

No gettext programs are needed. `python manage.py messages` does it all; tests/portal/test_translations.py holds the
wordbooks in locale/ to what the code says.
"""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from gettext import GNUTranslations
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("zh_Hans",)
CODE = ("forecasting", "portal", "tenants")
TEMPLATES = ("templates",)
# name of the call → where its context, its message and its plural stand
KEYWORDS: dict[str, tuple[int | None, int, int | None]] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "say"), (None, 0, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0, 1)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1, None)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1, 2)),
}
PLACE = re.compile(r"%\(\w+\)[^a-zA-Z]*[a-zA-Z]|%%")
Found = tuple[str, tuple[str, ...], str]  # context, message and perhaps its plural, file


def po_file(locale: str, root: Path = ROOT) -> Path:
    """Name the file that translators edit; the compiled one lies beside it."""
    return root / "locale" / locale / "LC_MESSAGES" / "django.po"


def empty(locale: str | None = None) -> Catalog:
    """Start a wordbook whose head never changes, so that only words differ from one version to the next."""
    head = "# The words of Lagom; `python manage.py messages` adds what is new and drops what is gone."
    once = datetime(2026, 11, 22, tzinfo=UTC)
    catalog = Catalog(locale=locale, project="Lagom", version="1", header_comment=head, fuzzy=False)
    catalog.creation_date = catalog.revision_date = once
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = "Lagom"
    return catalog


def collect(root: Path = ROOT) -> Catalog:
    """Find every message of the code and the templates."""
    catalog = empty()
    for context, words, place in sorted(_found(root)):
        catalog.add(words if len(words) > 1 else words[0], locations=[(place, 0)], context=context or None)
    return catalog


def _found(root: Path) -> Iterator[Found]:
    for folder in CODE:
        for path in (root / folder).rglob("*.py"):
            yield from _read(path.read_text(), str(path.relative_to(root)))
    for folder in TEMPLATES:
        for path in (p for p in (root / folder).rglob("*") if p.suffix in {".html", ".txt"}):
            yield from _read(as_python(path.read_text(), str(path)), str(path.relative_to(root)))


def as_python(template: str, name: str) -> str:
    """Turn a template into its calls of gettext, one a line: Django leaves them and blanks the rest out."""
    return "\n".join(re.findall(CALL, templatize(template, origin=name)))


TEXT = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = rf"(?:_|n?p?gettext)\(\s*{TEXT}(?:\s*,\s*(?:{TEXT}|count))*\s*\)"


def _read(source: str, place: str) -> Iterator[Found]:
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or (name := _name(call.func)) not in KEYWORDS or not call.args:
            continue
        context, message, plural = ([""] if at is None else _texts(call.args[at]) for at in KEYWORDS[name])
        for text in message:
            yield "".join(context), (text, *filter(None, plural)), place


def _name(func: ast.expr) -> str:
    if isinstance(func, ast.Name):
        return func.id
    return func.attr if isinstance(func, ast.Attribute) else ""


def _texts(value: ast.expr) -> list[str]:
    """Read a text, or both of `"this" if so else "that"`; anything else is not known before the site runs."""
    if isinstance(value, ast.IfExp):
        return _texts(value.body) + _texts(value.orelse)
    return [value.value] if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value else []


def hidden(source: str) -> list[int]:
    """Find the lines that say() something which is no text as it stands: no translator would ever see it."""
    calls = [call for call in ast.walk(ast.parse(source)) if isinstance(call, ast.Call) and _name(call.func) == "say"]
    return [call.lineno for call in calls if not (call.args and _texts(call.args[0]))]


def read(locale: str, root: Path = ROOT) -> Catalog:
    """Read a wordbook, or an empty one where there is none yet."""
    path = po_file(locale, root)
    if not path.exists():
        return empty(locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update(locale: str, root: Path = ROOT) -> Catalog:
    """Bring a wordbook up to date with the code and compile it; what the code no longer says is dropped."""
    found, kept = collect(root), read(locale, root)
    fresh = empty(locale)
    for message in found:
        if message.id:
            old = kept.get(message.id, message.context)
            string = old.string if old and not old.fuzzy else None
            fresh.add(message.id, string, message.locations, message.flags, context=message.context)
    path = po_file(locale, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, fresh, width=120, sort_output=True, include_lineno=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, fresh)
    return fresh


def compiled(locale: str, root: Path = ROOT) -> GNUTranslations:
    """Read what the site uses."""
    with po_file(locale, root).with_suffix(".mo").open("rb") as file:
        return GNUTranslations(file)


def faults(locale: str, root: Path = ROOT) -> list[str]:
    """List what a reader of a language would stumble over: missing words, other places, an old compiled file."""
    kept, used = read(locale, root), compiled(locale, root)
    wrong = []
    for message in collect(root):
        if not message.id:
            continue
        where = ", ".join(sorted({place for place, _ in message.locations}))
        own = kept.get(message.id, message.context)
        if own is None or own.fuzzy or not _strings(own) or not all(_strings(own)):
            wrong.append(f"not translated: {_ids(message)[0]!r} ({where})")
        elif broken := [text for text in _strings(own) if not same_places(_ids(message), text)]:
            wrong.append(f"other places: {_ids(message)[0]!r} → {broken[0]!r} ({where})")
        elif _used(used, own) not in _strings(own):
            wrong.append(f"not compiled: {_ids(message)[0]!r}; run python manage.py messages")
    return wrong


def _used(used: GNUTranslations, own: Message) -> str:
    """Say a message as the site does, for one of what it counts."""
    one, many = _ids(own)[0], _ids(own)[-1]
    if own.pluralizable:
        return used.npgettext(own.context, one, many, 1) if own.context else used.ngettext(one, many, 1)
    return used.pgettext(own.context, one) if own.context else used.gettext(one)


def _ids(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, tuple | list) else [message.id]


def _strings(message: Message) -> list[str]:
    string = message.string or ""
    return list(string) if isinstance(string, tuple | list) else [string]


def same_places(ids: list[str], text: str) -> bool:
    """Tell whether a translation has the places of its message; a singular may leave the number out."""
    wanted = [sorted(PLACE.findall(one)) for one in ids]
    return sorted(PLACE.findall(text)) in wanted

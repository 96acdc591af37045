"""The wordbook of all messages: collected from code and templates, brought up to date, compiled; by Babel alone.

No gettext programs are needed. `python manage.py messages` does it all; tests/portal/test_translations.py holds the
wordbooks in locale/ to what the code says.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("zh_Hans",)
CODE = ("forecasting", "portal", "tenants")
TEMPLATES = ("templates",)
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "say": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
PLACE = re.compile(r"%\(\w+\)[^a-zA-Z]*[a-zA-Z]|%%")
Found = tuple[str, tuple[str, ...], str]  # context, message and perhaps its plural, file


def po_file(locale: str, root: Path = ROOT) -> Path:
    """Name the file that translators edit; the compiled one lies beside it."""
    return root / "locale" / locale / "LC_MESSAGES" / "django.po"


def collect(root: Path = ROOT) -> Catalog:
    """Find every message of the code and the templates."""
    catalog = Catalog(project="Lagom", fuzzy=False)
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
    """Turn a template into lines that a Python reader can take: Django leaves the calls and blanks the rest out."""
    calls = re.findall(CALL, templatize(template, origin=name))
    return "\n".join(calls)


TEXT = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = rf"(?:_|n?p?gettext)\(\s*{TEXT}(?:\s*,\s*(?:{TEXT}|count))*\s*\)"


def _read(source: str, place: str) -> Iterator[Found]:
    file = io.BytesIO(source.encode())
    for _line, keyword, words, _comments in extract_python(file, list(KEYWORDS), [], {"encoding": "utf-8"}):
        texts = [word for word in (words if isinstance(words, tuple) else (words,)) if word]
        if not texts or not keyword:
            continue
        context = texts.pop(0) if keyword.startswith(("pgettext", "npgettext")) else ""
        wanted = 2 if keyword.startswith("n") and keyword != "gettext_noop" else 1
        yield context, tuple(texts[:wanted]), place


def read(locale: str, root: Path = ROOT) -> Catalog:
    """Read a wordbook, or an empty one where there is none yet."""
    path = po_file(locale, root)
    if not path.exists():
        return Catalog(locale=locale, project="Lagom", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update(locale: str, root: Path = ROOT) -> Catalog:
    """Bring a wordbook up to date with the code and compile it; what the code no longer says is dropped."""
    found, kept = collect(root), read(locale, root)
    fresh = Catalog(locale=locale, project="Lagom", fuzzy=False, creation_date=kept.creation_date)
    fresh.revision_date = kept.revision_date
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


def compiled(locale: str, root: Path = ROOT) -> Catalog:
    """Read what the site uses."""
    with po_file(locale, root).with_suffix(".mo").open("rb") as file:
        return read_mo(file)


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
        elif _used(used, own) != _strings(own):
            wrong.append(f"not compiled: {_ids(message)[0]!r}; run python manage.py messages")
    return wrong


def _used(used: Catalog, own: Message) -> list[str]:
    found = used.get(_ids(own)[0], own.context)
    return _strings(found) if found else []


def _ids(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, tuple | list) else [message.id]


def _strings(message: Message) -> list[str]:
    string = message.string or ""
    return list(string) if isinstance(string, tuple | list) else [string]


def same_places(ids: list[str], text: str) -> bool:
    """Tell whether a translation has the places of its message; a singular may leave the number out."""
    wanted = [sorted(PLACE.findall(one)) for one in ids]
    return sorted(PLACE.findall(text)) in wanted

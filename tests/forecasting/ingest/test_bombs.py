"""Small files that ask for all the memory there is: refused before a library opens them, or killed in the sandbox."""

import re
import struct
import zipfile
import zlib

import pytest

from forecasting.ingest import Unreadable, inspect_file
from forecasting.ingest.preflight import _above_digits, _above_letters, _column_number

CONTENT = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
RELS = """<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Target="{target}"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"/></Relationships>"""
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BOOK = f"""<?xml version="1.0"?><workbook xmlns="{MAIN}"
 xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"""


def workbook(path, sheet, **parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", CONTENT)
        archive.writestr("_rels/.rels", RELS.format(target="xl/workbook.xml", kind="officeDocument"))
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELS.format(target="worksheets/sheet1.xml", kind="worksheet"))
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for block in sheet:
                part.write(block if isinstance(block, bytes) else block.encode())
        for name, data in parts.items():
            with archive.open(name, "w", force_zip64=True) as part:
                for block in data:
                    part.write(block)
    return path


def cells(*refs):
    return (
        [f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><sheetData>']
        + [f'<row r="{row}"><c r="{column}{row}"><v>1</v></c></row>' for column, row in refs]
        + ["</sheetData></worksheet>"]
    )


def sparse(path):
    return workbook(path, cells(("A", 1), ("XFD", 1048576)))


def sparse_with_single_quotes(path):
    return workbook(path, [part.replace('"', "'") for part in cells(("A", 1), ("XFD", 1048576))])


def many_rows(path):
    rows = b"<row><c><v>1</v></c></row>" * 40_000
    return workbook(path, [cells()[0], *([rows] * 30), "</sheetData></worksheet>"])


def shared_strings(path):
    block = b"<si><t>" + b"x" * 1_000_000 + b"</t></si>"
    return workbook(path, cells(("A", 1)), **{"xl/sharedStrings.xml": [b"<sst>", *([block] * 40), b"</sst>"]})


def billion_laughs(path):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY l0 "lol">{entities}]>'
    return workbook(path, [head, *cells(("A", 1))[1:]])


def many_parts(path):
    return workbook(path, cells(("A", 1)), **{f"xl/media/{n}.bin": [b"x"] for n in range(300)})


def lying_size(path):
    """Say in the table of contents that a part of 40 MB is 1 kB."""
    shared_strings(path)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo("xl/sharedStrings.xml")
    for magic, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.find(magic)
        while at >= 0:
            name_at = at + (46 if magic == b"PK\x01\x02" else 30)
            if data[name_at : name_at + len(entry.filename)] == entry.filename.encode():
                struct.pack_into("<I", data, at + offset, 1000)
            at = data.find(magic, at + 4)
    path.write_bytes(data)
    return path


BOMBS = [sparse, sparse_with_single_quotes, many_rows, shared_strings, billion_laughs, many_parts, lying_size]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
def test_a_bomb_is_refused_in_the_sandbox_and_the_parent_lives(bomb, tmp_path):
    path = bomb(tmp_path / "bomb.xlsx")
    assert path.stat().st_size < 300_000
    with pytest.raises(Unreadable) as refused:
        inspect_file(path)
    assert "Traceback" not in str(refused.value)
    assert "Traceback" not in refused.value.detail


def test_the_words_name_the_extent_of_the_sheet(look, tmp_path):
    with pytest.raises(Unreadable, match="row 1,048,576 and column 16,384"):
        look(sparse(tmp_path / "sparse.xlsx"))


def test_a_zip_that_unpacks_to_far_too_much_is_refused(look, tmp_path):
    path = tmp_path / "zeros.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as part:
        for _ in range(10):
            part.write(b"0" * 1_000_000)
    with pytest.raises(Unreadable, match="more densely"):
        look(path)


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [("UNPACKED", 5_000, "Unpacked"), ("ENTRIES", 4, "5 parts"), ("CELLS", 99, "more than any table needs")],
)
def test_each_limit_holds_for_a_workbook_that_is_otherwise_fine(look, tmp_path, monkeypatch, limit, value, words):
    path = workbook(tmp_path / "fine.xlsx", cells(*(("AB"[n % 2], n + 1) for n in range(100))))
    assert look(path).container == "xlsx"
    monkeypatch.setattr(f"forecasting.ingest.preflight.{limit}", value)
    with pytest.raises(Unreadable, match=words):
        look(path)


def test_cells_without_references_are_counted(look, tmp_path, monkeypatch):
    path = workbook(
        tmp_path / "bare.xlsx", [cells()[0], "<row><c><v>1</v></c></row>" * 300, "</sheetData></worksheet>"]
    )
    monkeypatch.setattr("forecasting.ingest.preflight.CELLS", 200)
    with pytest.raises(Unreadable, match="more than any table needs"):
        look(path)


def test_what_slips_past_the_first_look_dies_in_the_sandbox(tmp_path):
    """Cells without references hide how wide the sheet is; the reader then asks for gigabytes and is stopped."""
    wide = b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row>"
    row = b"<row><c><v>1</v></c></row>" * 10_000
    noise = [bytes(zlib.crc32(bytes([n, m])) % 26 + 97 for m in range(200)) for n in range(200)]
    filler = [b"<row><c t='str'><v>" + text + b"</v></c></row>" for text in noise]
    path = workbook(tmp_path / "hidden.xlsx", [cells()[0], wide, *filler, *([row] * 100), "</sheetData></worksheet>"])
    with pytest.raises(Unreadable):
        inspect_file(path)


def test_definitions_in_any_part_are_refused(look, tmp_path):
    strings = [b'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "b">]><sst/>']
    path = workbook(tmp_path / "dtd.xlsx", cells(("A", 1)), **{"xl/sharedStrings.xml": strings})
    with pytest.raises(Unreadable, match="definitions that no table needs"):
        look(path)


def test_the_same_part_twice_is_refused(look, tmp_path):
    path = workbook(tmp_path / "twice.xlsx", cells(("A", 1)))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "".join(cells(("A", 1))))
    with pytest.raises(Unreadable, match="the same part twice"):
        look(path)


def test_a_locked_zip_is_refused(look, tmp_path):
    path = tmp_path / "locked.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "sku,units\n")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(Unreadable, match="password"):
        look(path)


@pytest.mark.parametrize("number", [1, 2, 25, 26, 27, 51, 52, 53, 702, 703, 728, 16384])
def test_the_pattern_for_later_columns_matches_exactly_those(number):
    pattern = re.compile(_above_letters(number))
    for other in range(1, 16385):
        letters = b""
        rest = other
        while rest:
            rest, place = divmod(rest - 1, 26)
            letters = bytes([65 + place]) + letters
        assert _column_number(letters) == other
        assert bool(pattern.fullmatch(letters)) == bool(pattern.fullmatch(letters.lower())) == (other > number)


@pytest.mark.parametrize("number", [1, 9, 10, 99, 4096, 5009, 1048576])
def test_the_pattern_for_later_rows_matches_exactly_those(number):
    pattern = re.compile(_above_digits(number))
    for other in [*range(1, 12000), *range(1048500, 1048700), 10**9]:
        assert bool(pattern.fullmatch(str(other).encode())) == (other > number)
        assert bool(pattern.fullmatch(b"00" + str(other).encode())) == (other > number)

"""Separators, quotation marks, blank rows, and the numbers of rows and lines."""

import pytest

from forecasting.ingest import Unreadable
from forecasting.ingest.delimited import find_separator, sample, stream


def chunks(path, size=3, separator=","):
    return list(stream(path, "utf-8", separator, size))


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("sku,price\nA,1.5\nB,2.5\n", ","),
        ("sku;price\nA;1,5\nB;2,5\n", ";"),
        ("sku\tprice\nA\t1,5\nB\t2,5\n", "\t"),
        ("sku|name|price\nA|x, y|1\nB|z; w|2\n", "|"),
        ("sku;name;price;cost\nA;x,y;1,5;2,5\nB;z,w;2,5;3,5\n", ";"),
        ('sku,name,price\nA,"x;y;z",1\nB,"u;v;w",2\n', ","),
        ("My shop\nExport of 3 May, all channels\n\nsku;units;date\nA;1;2025-01-13\nB;2;2025-01-14\n", ";"),
        ("sku\nA\nB\n", ","),
    ],
)
def test_the_separator_is_found(text, separator):
    assert find_separator(text) == separator


def test_excel_may_name_the_separator_in_the_first_line(look):
    seen = look("sep=|\nsku|units|date\nA|1|2025-01-13\n")
    assert (seen.settings.separator, seen.headers, seen.settings.header_row) == ("|", ("sku", "units", "date"), 2)


def test_rows_are_counted_as_excel_does_and_lines_as_an_editor_does(write):
    path = write('a,b\n"two\nlines",1\n\n"three\r\nlines\r\nhere",2\nlast,3\n')
    (first, second) = chunks(path)
    assert (first.numbers, first.lines) == ([1, 2], [1, 2])
    assert (second.numbers, second.lines) == ([4, 5], [5, 8])
    assert second.rows == [["three\r\nlines\r\nhere", "2"], ["last", "3"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_one(write, end):
    (chunk,) = chunks(write(end.join(["a,b", "1,2", "3,4", ""]).encode()), size=10)
    assert (chunk.rows, chunk.lines) == ([["a", "b"], ["1", "2"], ["3", "4"]], [1, 2, 3])


def test_rows_of_empty_cells_are_left_out_but_counted(write):
    (chunk,) = chunks(write("a,b\n,\n\n1,2\n"), size=10)
    assert (chunk.rows, chunk.numbers) == ([["a", "b"], ["1", "2"]], [1, 4])


def test_a_quotation_mark_inside_a_cell_is_an_inch(write):
    (chunk,) = chunks(write('sku,name\nA,RECORD FRAME 7" SINGLE\nB,"12"" pan"\n'), size=10)
    assert [row[1] for row in chunk.rows] == ["name", 'RECORD FRAME 7" SINGLE', '12" pan']


@pytest.mark.parametrize("behind", [10, 20_000])
def test_a_quotation_mark_never_closed_is_refused_with_its_line(write, behind):
    path = write('sku,name\nA,x\nB,"never closed\n' + "C,some other row\n" * behind)
    with pytest.raises(Unreadable) as refused:
        chunks(path, size=1000)
    assert refused.value.said.values["line"] == "3"


def test_a_last_cell_over_two_lines_is_no_fault(write):
    (chunk,) = chunks(write('sku,name\nA,"two\nlines"'), size=10)
    assert chunk.rows[-1] == ["A", "two\nlines"]


def test_a_sample_of_a_long_file_comes_from_all_over_it(write):
    path = write("sku,date\n" + "".join(f"A{n},x{n // 1000}\n" for n in range(100_000)))
    seen = sample(path, "utf-8")
    places = {int(row[1][1:]) for row in seen.spread}
    assert len(places) > 40
    assert max(places) == 99
    assert seen.rows == pytest.approx(100_000, rel=0.1)


def test_progress_grows_to_the_end(write):
    shares = [chunk.done for chunk in chunks(write("a,b\n" + "1,2\n" * 50_000), size=1000)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_zero_byte_in_a_cell_becomes_the_sign_for_what_cannot_be_read(write):
    (chunk,) = chunks(write("sku,name\nA,\0x\nB,y\n"), size=10)
    assert chunk.rows == [["sku", "name"], ["A", "\ufffdx"], ["B", "y"]]


@pytest.mark.parametrize(("spoilt", "refused"), [(2, False), (4, True)])
def test_what_is_full_of_control_characters_is_no_text(write, spoilt, refused):
    text = "a,b\n" + "12,3\n" * 19 + "\x01" * spoilt  # 99 characters, of which three in a hundred are allowed
    path = write(text)
    if refused:
        with pytest.raises(Unreadable, match="no text that can be read as a table"):
            sample(path, "utf-8")
    else:
        assert sample(path, "utf-8").head[0] == ["a", "b"]

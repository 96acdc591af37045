"""The same table in every encoding; and what happens where one does not fit."""

import codecs

import pytest

from forecasting.ingest import Unreadable
from forecasting.ingest.encoding import find_undecodable, guess_encoding

CHINESE = "货号,商品名称,数量,日期\n" + "".join(
    f"A{n:03d},{name},{n},2025-01-{n + 1:02d}\n"
    for n, name in enumerate(
        ["纯棉床单", "羽绒被子", "珊瑚绒毛毯", "蚕丝枕头", "儿童被套（蓝色）", "夏季凉席", "毛巾礼盒"] * 3
    )
)
TAIWANESE = "貨號,商品名稱,數量\n" + "".join(
    f"T{n:03d},{name},{n}\n"
    for n, name in enumerate(["純棉床單", "羽絨被子", "珊瑚絨毛毯", "蠶絲枕頭", "兒童被套", "夏季涼蓆"] * 3)
)
JAPANESE = "品番,商品名,数量\n" + "".join(
    f"J{n:03d},{name},{n}\n"
    for n, name in enumerate(["綿のシーツ", "羽毛ふとん", "まくらカバー", "タオルセット", "夏用の毛布"] * 4)
)
GERMAN = "Artikelnummer;Bezeichnung;Menge\n" + "".join(
    f"G{n:03d};{name};{n}\n"
    for n, name in enumerate(
        ["Bettwäsche grün", "Frühstücksbrett Größe 2", "Küchentücher", "Überdecke weiß", "Käseglocke"] * 3
    )
)
FRENCH = "référence;désignation;quantité\n" + "".join(
    f"F{n:03d};{name};{n}\n"
    for n, name in enumerate(["Drap d’été", "Taie brodée", "Rideau à œillets", "Nappe façonnée"] * 4)
)

CASES = [
    (CHINESE, "utf-8", "utf-8"),
    (CHINESE, "utf-8-sig", "utf-8-sig"),
    (CHINESE, "utf-16", "utf-16"),
    (CHINESE, "utf-16-le", "utf-16-le"),
    (CHINESE, "utf-16-be", "utf-16-be"),
    (CHINESE, "gb18030", "gb18030"),
    (CHINESE, "gbk", "gb18030"),
    (TAIWANESE, "big5", "big5"),
    (JAPANESE, "cp932", "cp932"),
    (GERMAN, "cp1252", "cp1252"),
    (GERMAN, "utf-8", "utf-8"),
    (GERMAN, "utf-16-le", "utf-16-le"),
    (FRENCH, "cp1252", "cp1252"),
    ("sku,units\nA,1\n", "ascii", "utf-8"),
]


@pytest.mark.parametrize(("text", "written", "found"), CASES)
def test_the_encoding_is_found_and_gives_the_exact_text(write, text, written, found):
    path = write(text, encoding=written)
    guess = guess_encoding(path)
    assert guess.encoding == found
    assert path.read_bytes().decode(guess.encoding) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_a_mark_is_found(write, encoding):
    mark = codecs.BOM_UTF16_LE if encoding.endswith("le") else codecs.BOM_UTF16_BE
    assert guess_encoding(write(mark + CHINESE.encode(encoding))).encoding == "utf-16"


@pytest.mark.parametrize(("text", "encoding"), [(CHINESE, "gb18030"), (GERMAN, "cp1252"), (CHINESE, "utf-16-le")])
def test_the_preview_shows_the_letters_that_were_written(look, text, encoding):
    seen = look(text.encode(encoding))
    separator = seen.settings.separator
    assert seen.preview[0] == tuple(text.splitlines()[1].split(separator))


def test_one_letter_is_too_little_to_be_sure_and_is_asked_about(look):
    seen = look("sku,name,units\nA,Caf\xe9,1\n".encode("latin-1"))
    assert [question.setting for question in seen.questions] == ["encoding"]
    assert {"cp1252", "gb18030"} <= set(seen.questions[0].options)


def test_letters_far_down_a_long_file_are_found(write):
    plain = b"A,plain,1\n" * 300_000
    assert (
        guess_encoding(write(b"sku,name,units\n" + plain + "G,Küchentücher weiß,1\n".encode("cp1252"))).encoding
        == "cp1252"
    )


@pytest.mark.parametrize("before", [0, 1, 5, 1 << 20, (1 << 20) - 1])
def test_the_offset_of_the_first_wrong_byte_is_exact(write, before):
    assert find_undecodable(write(b"a" * before + b"\xff" + b"b" * 10), "utf-8") == before


def test_a_sign_cut_off_at_the_end_is_found(write):
    assert find_undecodable(write("äö".encode() + b"\xe4\xbd"), "utf-8") == 4


def test_a_sign_across_the_edge_of_a_block_is_no_fault(write):
    assert find_undecodable(write(b"a" * ((1 << 20) - 1) + "你".encode()), "utf-8") is None


def test_a_sign_cut_at_the_edge_of_a_block_and_never_finished_is_found_where_it_begins(write):
    assert find_undecodable(write(b"a" * ((1 << 20) - 1) + b"\xe4\xbdxyz"), "utf-8") == (1 << 20) - 1


def test_a_mixture_of_encodings_is_refused_with_the_byte(turn):
    mixed = "sku,name,units,date\nA,你好,1,2025-01-13\n".encode() + "B,床单,2,2025-01-14\n".encode("gb18030")
    with pytest.raises(Unreadable) as refused:
        turn(mixed, encoding="utf-8")
    assert refused.value.said.values["offset"] == str(mixed.index("床单".encode("gb18030")))
    assert "UTF-8" in str(refused.value)


def test_an_unknown_encoding_is_refused(look):
    with pytest.raises(Unreadable):
        look(b"sku,units\nA,1\n", encoding="klingon")

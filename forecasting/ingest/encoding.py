"""Which encoding a text file is in, and where exactly one does not fit."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from forecasting.ingest.errors import Unreadable
from forecasting.words import say

CANDIDATES = ("gb18030", "big5", "cp932", "cp1252")
OFFERED = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "cp1252", "big5", "cp932", "euc_kr", "cp1251", "cp1250")
_BLOCK = 1 << 20
_ENOUGH = 1 << 18  # bytes of telling lines
_FEW = 6  # bytes above 127: fewer prove nothing
_TELLING = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class EncodingGuess:
    """The likely encoding, how sure (0 to 1), and what else it could be."""

    encoding: str
    confidence: float
    others: tuple[str, ...] = ()


def guess_encoding(path: Path) -> EncodingGuess:
    """Find the encoding of a file from its marks, from UTF-8's own proof, or from how plausible its letters are."""
    with path.open("rb") as file:
        head = file.read(_BLOCK)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return EncodingGuess(name, 1.0)
    if wide := _utf16_without_mark(head):
        return EncodingGuess(wide, 0.9, ("utf-8",))
    if find_undecodable(path, "utf-8") is None:
        return EncodingGuess("utf-8", 1.0)
    return _by_letters(_telling_lines(path))


def find_undecodable(path: Path, encoding: str) -> int | None:
    """Find the offset of the first byte that does not decode; None when all do."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    read = 0
    for block in _blocks(path):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return max(0, read - pending + error.start)
        read += len(block)
    pending = len(decoder.getstate()[0])
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return max(0, read - pending)
    return None


def known_encoding(name: str) -> None:
    """Refuse an encoding that Python does not know, or that is none of text."""
    try:
        codecs.getincrementaldecoder(name)
        "".encode(name)
    except (LookupError, UnicodeError) as error:
        raise Unreadable(say("%(encoding)s is not an encoding Lagom can read.", encoding=name)) from error


def undecodable(path: Path, encoding: str) -> Unreadable:
    """Make the error that names the byte which does not fit."""
    offset = find_undecodable(path, encoding)
    return Unreadable(
        say(
            "The file is not %(encoding)s throughout: byte %(offset)s does not fit. "
            "Save it again as UTF-8, or choose its encoding.",
            encoding=encoding.upper().removesuffix("-SIG"),
            offset="?" if offset is None else f"{offset:,}",
        )
    )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _utf16_without_mark(head: bytes) -> str | None:
    """Tell UTF-16 by zeros that stand at one parity only: every ASCII sign has one."""
    sample = head[: len(head) // 2 * 2]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    few, many = sorted((even, odd))
    if not sample or many < len(sample) * 0.02 or few * 10 > many:
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(name)().decode(sample)
    except UnicodeDecodeError:
        return None
    return name if sum(char.isprintable() or char in "\r\n\t" for char in text) > 0.95 * len(text) else None


def _telling_lines(path: Path) -> bytes:
    """Collect lines with bytes above 127, spread over the file."""
    share = max(1, path.stat().st_size // _BLOCK)
    found: list[bytes] = []
    for block in _blocks(path):
        size = 0
        for match in _TELLING.finditer(block):
            line = match.group()[:4000]
            whole_line = match.start() > 0 and match.end() < len(block)  # the edges of a block may cut a sign
            if whole_line or len(block) < _BLOCK:
                found.append(line)
                size += len(line)
            if size > _ENOUGH // share + 2000:
                break
    return b"\n".join(found)[: _ENOUGH * 2]


def _by_letters(sample: bytes) -> EncodingGuess:
    scores = {name: _plausible(sample, name) for name in CANDIDATES}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < 0.6:
        return _by_statistics(sample)
    others = tuple(name for name in CANDIDATES if name != best and scores[name] > 0.5)
    gap = scores[best] - max((score for name, score in scores.items() if name != best), default=0.0)
    confidence = min(1.0, scores[best]) if gap > 0.2 else 0.5 + gap
    if sum(byte > 127 for byte in sample) < _FEW:
        confidence = 0.5
    return EncodingGuess(_with_undefined(sample, best), round(min(confidence, 0.99), 2), others or ("utf-8",))


def _with_undefined(sample: bytes, name: str) -> str:
    """Take Latin-1 where cp1252 has no letter for a byte that occurs."""
    return "latin-1" if name == "cp1252" and any(byte in sample for byte in b"\x81\x8d\x8f\x90\x9d") else name


def _plausible(sample: bytes, encoding: str) -> float:
    """Score between 0 and 1 how much the decoded letters look like a language that uses this encoding."""
    if encoding == "cp1252":
        return _plausible_western(sample)
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 4:
            return 0.0
        text = sample[: error.start].decode(encoding)
    foreign = [char for char in text if ord(char) > 127]
    if not foreign:
        return 0.0
    return sum(_usual(char, encoding) for char in foreign) / len(foreign)


def _usual(char: str, encoding: str) -> bool:
    """Tell whether a sign is among the common ones: common hanzi or kanji, kana, full-width and CJK punctuation."""
    code = ord(char)
    if 0x3000 <= code <= 0x3020 or 0xFF01 <= code <= 0xFF5E or char in "“”‘’—…·¥×℃±°、。":
        return True
    if encoding == "cp932" and 0x3040 <= code <= 0x30FF:
        return True
    try:
        first = char.encode({"gb18030": "gb2312", "cp932": "shift_jis"}.get(encoding, encoding))[0]
    except UnicodeEncodeError:
        return False
    levels = {"gb18030": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "cp932": (0x88, 0x97)}
    low, high = levels[encoding]
    return low <= first <= high


_WESTERN = frozenset("äöüßÄÖÜéèêëàâçîïôûùœñáíóúåæøÅÆØãõìòýþðÉÈÀÇÑÓÁÍÚÊ€£§°²³µ½¼©®™–—‘’“”„«»…•·´¿¡ºª\u00a0")


def _plausible_western(sample: bytes) -> float:
    text = sample.decode("cp1252", errors="replace")
    foreign = re.findall(r"[^\x00-\x7f]+", text)
    total = sum(map(len, foreign))
    alone = sum(len(run) for run in foreign if len(run) <= 2 and all(char in _WESTERN for char in run))
    return alone / total if total else 0.0


def _by_statistics(sample: bytes) -> EncodingGuess:
    """Leave what is none of the usual ones to charset-normalizer; its answer is always asked about."""
    found = from_bytes(sample[:65536])
    names = [match.encoding for match in found][:3]
    names = [name for name in names if name != "ascii"] or ["latin-1"]
    return EncodingGuess(names[0], 0.4, tuple(names[1:]) or ("cp1252", "gb18030"))

"""The encoding of a text file, found out without guessing in silence."""

from __future__ import annotations

import codecs
import re

from crmbook.data.faults import DataError
from crmbook.data.findings import Finding
from crmbook.data.sheet import share_common

SAMPLE = 200_000  # characters looked at
EUROPEAN = "À-ÖØ-öø-ÿŠŽšžŸŒœ£€°²³½¼’‘“”–—®©™·´§µ«»¿¡…•\xa0"


def as_utf8(file: str, data: bytes, encoding: str | None = None) -> tuple[bytes, bool, list[Finding]]:
    """Return a text as UTF-8, whether it breaks off inside a character, and what was assumed.

    In this order: what the user said, a byte order mark, UTF-16 without one, UTF-8, GB18030 if that gives Chinese in
    common use (it can read almost any bytes), Windows-1252 if that gives single accents among plain letters, which is
    said.

    Raises
    ------
    DataError
        When none of them fits, or the file is no text.
    """
    if encoding is not None:
        return _as_told(file, data, encoding), False, []
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="ignore").encode(), len(data) % 2 == 1, []
    if data[:1000].count(0) > len(data[:1000]) / 4:
        little = data[1:1000:2].count(0) > data[0:1000:2].count(0)
        return data.decode("utf-16-le" if little else "utf-16-be", errors="ignore").encode(), len(data) % 2 == 1, []
    if 0 in data:
        raise DataError("load_not_text", file=file)
    data = data.removeprefix(codecs.BOM_UTF8)
    for candidate, sensible in (("utf-8", _anything), ("gb18030", _common_chinese), ("cp1252", _european)):
        text, cut = _decoded(data, candidate)
        if text is not None and sensible(text):
            assumed = [Finding(file, "encoding_assumed", "note", value="Windows-1252")] if candidate == "cp1252" else []
            return (data if candidate == "utf-8" and not cut else text.encode()), cut, assumed
    place = _first_beyond_utf8(data)
    raise DataError(
        "load_encoding", file=file, row=data.count(b"\n", 0, place) + 1, value=data[place : place + 4].hex(" ")
    )


def _as_told(file: str, data: bytes, encoding: str) -> bytes:
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode()
    except (LookupError, TypeError) as problem:
        raise DataError("load_encoding_unknown", encoding=encoding) from problem
    except UnicodeError as problem:
        row = data.count(b"\n", 0, getattr(problem, "start", 0)) + 1
        raise DataError("load_encoding_wrong", file=file, encoding=encoding, row=row) from problem


def _decoded(data: bytes, encoding: str) -> tuple[str | None, bool]:
    """Decode; a fault in the last bytes is a file that was cut inside a character."""
    try:
        return data.decode(encoding), False
    except UnicodeDecodeError as problem:
        if problem.start == 0 or problem.start < len(data) - 4 or encoding == "cp1252":
            return None, False
        return data[: problem.start].decode(encoding), True


def _anything(text: str) -> bool:
    return True


def _common_chinese(text: str) -> bool:
    header, sample = text.split("\n", 1)[0], text[:SAMPLE]
    return share_common(_ideographs(sample)) >= 0.9 and share_common(_ideographs(header)) >= 0.8


def _european(text: str) -> bool:
    sample = text[:SAMPLE]
    foreign = _foreign(sample)
    return (
        bool(re.fullmatch(f"[{EUROPEAN}]*", foreign))
        and len(foreign) <= 0.1 * len(sample)
        and not re.search("[À-ÿ]{4}", sample)
    )


def _ideographs(text: str) -> str:
    """What is neither ASCII nor a sign or letter that Chinese files hold beside Chinese (¥, €, é, ①)."""
    return re.sub(r"[\x00-\u02ff\u2000-\u2bff\u3000-\u30ff]+", "", text)


def _foreign(text: str) -> str:
    return re.sub(r"[\x00-\x7f]+", "", text)


def _first_beyond_utf8(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as problem:
        return problem.start
    return 0

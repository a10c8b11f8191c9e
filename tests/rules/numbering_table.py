"""Makes `flowlang/numbering.py` from the tables of the library `phonenumbers`."""

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

HEAD = '''"""How long numbers of each country code are, and which cost extra: enough to let ordinary ones pass.

Generated from the tables of the library `phonenumbers` by `python -m tests.tidy.generated`. Loading that library takes
as long as reading a whole flow; with this table it is asked only about numbers that look odd.
"""

import re

# country code, possible lengths of the rest, pattern of numbers that cost extra
# ruff: noqa: E501
_TABLE = r"""
'''
TAIL = '''"""


def is_plainly_a_number(text: str) -> bool:
    """Whether a text is surely a full number of some country that costs nothing extra. False: ask the library."""
    digits = text[1:]
    if not (text.startswith("+") and digits.isascii() and digits.isdecimal() and len(digits) > 7):
        return False
    for size in (1, 2, 3):
        start = _TABLE.find(f"\\n{digits[:size]} ")
        if start >= 0:
            _, lengths, *costly = _TABLE[start + 1 : _TABLE.index("\\n", start + 1)].split(" ")
            rest = digits[size:]
            return str(len(rest)) in lengths.split(",") and not (costly and re.fullmatch(costly[0], rest))
    return False
'''


def page() -> str:
    """The text of the module."""
    rows = [row for row in (_row(code) for code in sorted(COUNTRY_CODE_TO_REGION_CODE)) if row]
    return HEAD + "\n".join(rows) + "\n" + TAIL


def _row(code: int) -> str:
    lengths: set[int] = set()
    costly: dict[str, None] = {}
    for region in COUNTRY_CODE_TO_REGION_CODE[code]:
        meta = (
            PhoneMetadata.metadata_for_nongeo_region(code, None)
            if region == "001"
            else PhoneMetadata.metadata_for_region(region, None)
        )
        if meta is None:
            continue
        if (
            region == COUNTRY_CODE_TO_REGION_CODE[code][0] and meta.general_desc
        ):  # the library tells lengths by the main region alone
            lengths |= {length for length in meta.general_desc.possible_length if length > 0}
        pattern = meta.premium_rate.national_number_pattern if meta.premium_rate else None
        if pattern and pattern != "NA":
            costly[pattern] = None
    if not lengths:
        return ""
    words = [str(code), ",".join(str(length) for length in sorted(lengths))]
    return " ".join([*words, *(["|".join(f"(?:{one})" for one in costly)] if costly else [])])

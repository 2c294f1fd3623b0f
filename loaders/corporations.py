"""A corporate number enters, what it tells by itself leaves: whether it is sound, the label and the id of its thing."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

from stdnum.exceptions import ValidationError
from stdnum.jp import cn

# The two digits after the check digit and the registry's four tell the legal form (01 to 03: companies);
# 1700150… are foreign companies without a registered branch.
_COMPANY_FORMS = ("01", "02", "03")
_FOREIGN = "70015"


def number_of(text: str) -> str:
    """The corporate number as 13 digits of text.

    Raises:
        ValueError: it has another length, other characters, or a wrong check digit; the message says which.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    if len(plain) != 13 or not plain.isdigit():
        plain = plain.replace("-", "").replace(" ", "").removeprefix("T")
    if len(plain) != 13 or not plain.isdigit():
        raise ValueError(f"{text!r} is no corporate number of 13 digits")
    return _checked(plain)


@lru_cache(maxsize=4096)
def _checked(number: str) -> str:
    # A number and the sum of its digits leave the same remainder of 9, which spares adding them up.
    if int(number[0]) == 9 - (int(number[2::2]) + 2 * int(number[1::2])) % 9:
        return number
    module: Any = cn
    try:
        return str(module.validate(number))
    except ValidationError:
        raise ValueError(f"the check digit of the corporate number {number} is wrong") from None


def label_of(number: str) -> str:
    """Company for companies; Institution for offices, foundations, universities, co-operatives and the like."""
    return "Company" if number[5:7] in _COMPANY_FORMS or number[1:6] == _FOREIGN else "Institution"


def id_of(number: str) -> str:
    """The id of the thing with this number, unless a document already named it otherwise."""
    return f"{label_of(number)}/{number}"

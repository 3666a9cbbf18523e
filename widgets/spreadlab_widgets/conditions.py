"""What a reader may write into a column's filter; the same rules as ``src/table/filter.ts``."""

from __future__ import annotations

import re

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"
_FORMS = re.compile(rf"(?:(?:<=|>=|<|>|=)?\s*{_NUMBER}|(?:{_NUMBER})?\s*\.\.\s*(?:{_NUMBER})?)")
ALLOWED = 'like "< .05", ">= 2", "5 .. 30", ".. 30" or "2"; words for passes and flags'


def is_condition(kind: str, text: str) -> bool:
    """Return whether `text` is a condition on a column of this kind; nothing is no condition.

    Numbers are compared with ``<``, ``<=``, ``>``, ``>=``, ``=`` or lie in a range ``5 .. 30``;
    a bare number is ``=``. Columns of words (``"level"``, ``"flags"``) take any text, which their
    words must contain.
    """
    stripped = text.strip().lower()
    if not stripped or kind in {"level", "flags"}:
        return True
    return stripped != ".." and _FORMS.fullmatch(stripped) is not None

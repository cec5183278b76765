"""Text that its publisher printed in a wrong encoding ("donâ€™t", "РџСЂРё") → what was meant.

The bytes of a page are decoded elsewhere (`etl/extract/decode.py`); here the characters themselves are wrong, since a
system took UTF-8 for Windows-1252 or its like before it wrote the page. The repair is ftfy's
(https://ftfy.readthedocs.io), which leaves alone what can be meant as it stands.
"""

from __future__ import annotations

import re

# What the bytes 80 to BF are in Windows-1252 and Latin-1, and in Windows-1251: behind a letter that is a lead byte of
# UTF-8 they are the mark of such a text. Single pairs in Cyrillic are words ("Рі" in Ukrainian), three in a row are not.
_BEHIND_LATIN = "\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_BEHIND_CYRILLIC = "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџ\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕї"
# A letter that stands alone between quotes is meant ("the letter “Â”").
_MARK = re.compile(
    f"[\u00e0-\u00f4][{_BEHIND_LATIN}]{{2}}|(?<=[^\\W_])[\u00c2-\u00df][{_BEHIND_LATIN}]|[\u00c2-\u00df][{_BEHIND_LATIN}](?=[^\\W_])"
    f"|(?:[РСГв][{_BEHIND_CYRILLIC}]{{1,2}}){{3}}"
)
_CLOSING = re.compile(r"â€(?=[\s.,;:!?)]|$)")
_PAIR = re.compile(f"[\u00c2-\u00f4РСГв][{_BEHIND_LATIN}{_BEHIND_CYRILLIC}]")  # of any mark; soon looked for
_ENTITY_MARK = re.compile(r"&(?:[aA]circ|[aA]tilde|#(?:19[4-9]|2[0-3]\d|24[0-4])|#x[cCdDeE][\da-fA-F]);&")


def is_suspected(text: str) -> bool:
    """Whether a text may hold some; cheap, and true of some texts that hold none.

    >>> is_suspected("We donâ€™t"), is_suspected("We don’t"), is_suspected("Різдво у Львові")
    (True, False, False)
    """
    return not text.isascii() and _PAIR.search(text) is not None and _MARK.search(text) is not None


def is_suspected_markup(markup: str) -> bool:
    """The same of a page's markup, where characters can be written as references ("&acirc;&euro;&trade;")."""
    return is_suspected(markup) or _ENTITY_MARK.search(markup) is not None


def repaired(text: str) -> str:
    """The text as it was meant; itself where nothing is wrong.

    >>> repaired("We donâ€™t know, said AdÃ¨le"), repaired("NÃO É – «à»")
    ('We don’t know, said Adèle', 'NÃO É – «à»')
    """
    if not is_suspected(text):
        return text
    from ftfy import fix_encoding

    # The third byte of a closing quote is no character of Windows-1252, and most systems drop it.
    closed = _CLOSING.sub("”", text) if "â€œ" in text else text
    return fix_encoding(closed)

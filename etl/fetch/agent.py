"""The user agent: one product token for robots.txt and for every request, with a way to contact the operator.

No browser and no other crawler is imitated. The token is not on the community's block lists
(https://github.com/ai-robots-txt/ai.robots.txt), so a site that blocks it does so on purpose.
"""

from __future__ import annotations

import re
from importlib.metadata import version

from etl.errors import SettingError

PRODUCT = "NewsETL"

# RFC 9110 section 5.6.5: a comment holds visible ASCII but no parentheses or backslashes of its own.
_COMMENT = re.compile(r"[!-'*-\[\]-~]+(?: [!-'*-\[\]-~]+)*")


def user_agent(contact: str | None) -> str:
    """The User-Agent field value, such as `NewsETL/1.0 (+https://example.org/bot)`.

    Without a contact only loopback is fetched (`address.Policy`), where none is needed. Raises `SettingError` for a contact
    that is not valid in a header.
    """
    product = f"{PRODUCT}/{version('news-etl')}"
    if contact is None:
        return product
    if not _COMMENT.fullmatch(contact):
        raise SettingError(f"NEWS_ETL_CONTACT is {contact!r}: visible ASCII without parentheses is needed")
    return f"{product} (+{contact})"

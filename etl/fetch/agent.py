"""Who we say we are: one product token for robots.txt and for every request, with a way to reach the operator.

No browser and no other crawler is imitated. The token is none of those on the community's block lists
(https://github.com/ai-robots-txt/ai.robots.txt), so a site that blocks by list blocks on purpose.
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

    Without a contact only loopback is fetched (`address.Policy`), and nobody needs to be told whom to call.
    Raises `SettingError` for a contact that cannot stand in a header.
    """
    product = f"{PRODUCT}/{version('news-etl')}"
    if contact is None:
        return product
    if not _COMMENT.fullmatch(contact):
        raise SettingError(f"NEWS_ETL_CONTACT is {contact!r}: visible ASCII without parentheses is needed")
    return f"{product} (+{contact})"

"""URLs: the key of an article, hosts, sites.

The key is our own and frozen under `KEY_VERSION`: changing a rule changes keys, so a change is a migration
(`etl/stages/maintenance/rekey.py`). courlan and w3lib are not used for it: strict forms of theirs merge `story?1` and
`story?2`.

Two errors are possible, and one is worse: two keys for one article are found again by their text (relate), one key for
two articles loses an article for good. So only what is known to be noise goes: https://github.com/adbar/courlan/issues/65.

    text → parts (spelling) → mending (broken separators, blanks, sessions) → trackers → normal form
         → wrappers (caches, redirects, archives: the page inside) → key
"""

from etl.urls.former import former_keys
from etl.urls.keys import KEY_VERSION, article_id, is_web_url, join, normal_url, page_url, url_key
from etl.urls.parts import MAX_URL_CHARS
from etl.urls.rules import DEFAULT_RULES, KeyRules
from etl.urls.sites import host_of, registrable_domain, site_of

__all__ = [
    "DEFAULT_RULES",
    "KEY_VERSION",
    "MAX_URL_CHARS",
    "KeyRules",
    "article_id",
    "former_keys",
    "host_of",
    "is_web_url",
    "join",
    "normal_url",
    "page_url",
    "registrable_domain",
    "site_of",
    "url_key",
]

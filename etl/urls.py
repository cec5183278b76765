"""URLs: the key of an article, hosts, sites.

The key is our own and frozen under `KEY_VERSION`: changing a rule changes every key, so a change is a migration.
courlan and w3lib are not used for it: strict forms of theirs merge `story?1` and `story?2`.
"""

"""Quotes exceptions of libraries in our messages: on one line, and without passwords."""

from __future__ import annotations

import re

# user:password@ of a URL; password=... of a connection string or a URL's query; keys of an AWS account.
_IN_URL = re.compile(r"(?<=://)([^\s/@:]{0,200}):[^\s/]{0,500}@")
_NAMED = re.compile(r"(?i)\b(sslpassword|password|passwd|aws_secret_access_key|aws_session_token)(\s?=\s?)([^\s&'\"]+)")
MAX_CHARS = 600


def without_secrets(text: str) -> str:
    """The text with passwords masked.

    >>> without_secrets("postgresql://news:s3cret@db/news?sslpassword=x cannot be reached")
    'postgresql://news:***@db/news?sslpassword=*** cannot be reached'
    """
    return _NAMED.sub(r"\1\2***", _IN_URL.sub(r"\1:***@", text))


def said(error: object) -> str:
    """An exception's message, on one line and of limited length.

    >>> said("connection refused\\n\\tIs the server running?\\n")
    'connection refused Is the server running?'
    """
    line = " ".join(str(error).split()).rstrip(".")
    return line if len(line) <= MAX_CHARS else f"{line[:MAX_CHARS]}…"

"""The numbers that decide what is one story, and their version.

Measured on two sets of synthetic syndication over real articles (`python -m benchmarks.stories`).
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

KEY_SHINGLE = 5  # words; shorter ones are shared by texts that have nothing to do with each other
KEY_MODULUS = 32  # one shingle of so many becomes a key: some 19 of a text of 600 words
MIN_KEYS = 8  # a short text has at least so many, its lowest
LEAD = 24  # shingles at the beginning, of which the lowest two are keys as well
MIN_TOKENS = 12  # less is a headline or a stub, and takes no part
BUCKET = 64  # an edge counts while one end is among so many lowest members of a shared key; with 16 order shows

SHINGLE = 3  # words, for verification
CHAR_SHINGLE = 8  # letters and digits without spaces: holds where letters were misread and words broken
CHAR_MODULUS = 8  # one character shingle of so many is compared

MIN_CONTAINMENT = 0.6  # of word shingles or of character shingles
MIN_ANCHORS = 0.7  # at .65 templates with other facts join: pair precision .90 instead of .996
# Names and numbers are a seventh of the words where names have capitals. Where they have none numbers are left, some 2% of
# the words, and a day is what any two reports of it share: so few say neither that two texts are copies nor that they are
# not, and nine tenths of the word shingles have to be the same. That lets as many words differ as seven tenths of the
# names let, since a word that differs breaks three shingles. On the first set without capitals pair precision is .997
# instead of .991 and recall .965 instead of .960; without names and numbers at all precision would be .52. The price is
# recall in scans, .75 instead of .90: fewer than four are taken at their word only where letters were misread, which
# breaks word shingles (17 letters) as it would two character shingles (8); another name breaks no more words than letters.
FEW_ANCHORS = 4
FEW_ANCHORS_SHARE = 0.04  # of the word shingles
FEW_CONTAINMENT = 0.9  # of word shingles; at .85 templates in ideographs join
FEW_CUT_CONTAINMENT = 0.8  # where one is shorter, as reports of one form are not: cut, and a word in 25 edited
MIN_JACCARD = 0.2  # below, the smaller text is a paragraph in a larger one
SHORT_SHINGLES = 30  # under so many shingles a few shared phrases are half of a text,
SHORT_JACCARD = 0.8  # so that it has to be nearly equal

# Pages of one site whose titles have nothing in common share the site's boilerplate, not a story. Of pairs of one site that
# are one story 99% share nine tenths of the title's words, of pages with the same boilerplate none a third.
MIN_TITLE = 0.4
SITE_JACCARD = 0.85  # unless the texts are nearly equal, or what they share says half of what both headlines say

# Titles that agree: nobody gives two reports one title of three words and most of one text. Then the shorter text may be a
# flash or the part before a paywall, 12 to 30% of the article, with a word of the wall's own.
TITLES_AGREE = 0.8
TITLE_WORDS = 3
TITLES_WHOLE = 0.4  # of the longer title, at least: three headlines in one title agree with none of them,
MORE_WORDS = 3  # nor do two, of which so many words stand in one text alone
PART_CONTAINMENT = 0.65  # a wall of one sentence is a third of a stub of thirty words
PART_ANCHORS = 0.5
PART_SHINGLES = 12
WALL_WORDS, WALL_ANCHORS = 40, 4  # at most, that a part has and the article has not: what the wall says
PART_SHARE = 0.6  # of the longer text, at most: texts of one size are two days of a service, or reports of one form

# A text in which a much shorter one stands, nearly whole.
HELD_CONTAINMENT = 0.85
WHOLE_SHARE = 0.8  # of the longer text: a shorter one that is more than that is the same text, not a part of it
ISSUE_JACCARD = 0.8  # a copy of a digest is nearly equal; with less in common it is the next one, which shares parts
PART_KEYS = 0.6  # of its keys, that a text has in common with one in which it stands

# Two reports of one form (weather, lottery, police, court, quake, fund) differ in their facts and agree in all else. Each
# title then has a word that its own text has and the other text has not; of true copies on the sets two in 330,000 pairs
# do, since who rewrites a headline does not rewrite the text by it. Words that one spells otherwise (Kyiv, Kiev) are fewer.
FORM_WORDS = 3
FORM_SHARE = 0.02  # of the words
# The same without titles that say so: so many anchors that the other text lacks on both sides, and hardly any other word.
FORM_ANCHORS = 4
FORM_REST = 0.01
FORM_NUMBERS = 3  # where names have no capitals: so many numbers on both sides, half of all
# Forms have one size. Half of the numbers and some names differ, and of other words fewer than of those; on the sets that
# costs .0003 of recall. All numbers differ, on another day, and some words as well: a correction changes numbers alone.
FORM_SIZE = 0.8
FORM_FACTS = 2  # numbers, names, or other words
FORM_OTHERS = 0.67  # of the names and numbers
# In a short text a seventh of the words is replaced by as many others (no cost on the sets); scans that misread letters
# have other words too, but their characters hold better.
SHORT_FORM = 120  # words
SHORT_FORM_SHARE = 0.14
MISREAD = 0.12

# Services that come every day: nearly one text, other numbers. Agencies' copies appear within four days.
SERIES_DAYS = 7
SERIES_JACCARD = 0.6
SERIES_TITLE = 2  # words of a title that are another day's; in ideographs pairs of them
SERIES_SHARE = 0.5  # of the title
SERIES_EQUAL = 0.95  # the text is the same but for a day
SLIDING_CONTAINMENT = 0.85  # below, a list that loses old entries and gains new ones

# A notice in the place of the article (cookies, players, ad blockers), or furniture around it, is short, and of the words
# by which two headlines differ hardly one stands in what the pages share.
NOTICE_WORDS, NOTICE_EQUAL = 150, 0.95
FURNITURE_WORDS = 250  # with a short report in it, where less is the same
NOTICE_TITLE_WORDS, NOTICE_TITLES_WORDS = 2, 5  # of each, of both
NOTICE_TITLE = 0.25

# A report that is quoted at length in a digest, a review or a comment of another title.
QUOTED_TITLE = 0.25
QUOTED_JACCARD = 0.4
# Under the name of a service ("Morning briefing") more is shared: no longer word of such a title stands in the text, as it
# does in 99.5% of articles.
SERVICE_JACCARD = 0.6
SERVICE_TITLE = 4  # words at most
ISSUE_CONTAINMENT = 0.95  # at least, in copies of one issue;
ISSUE_WORDS = 0.05  # less, and so many words of its own on both sides, is two issues

# A list of headlines has 6 or more that end in no stop, a third of its lines, and lines of 65 to 100 letters; articles
# have lines of 150 and more. Two such pages share teasers; they are one page only if they are nearly equal.
LIST_HEADLINES = 5
LIST_SHARE = 0.33
LIST_WIDTH = 90  # letters and digits, on average
LIST_JACCARD = 0.8

# A story on more pages than this is checked for groups that are connected much better within than with each other. Wire
# reports appear on some 200 sites.
SUSPICIOUS = 256
CORE = 5  # members that make a group
CORE_ANCHORS, CORE_JACCARD = 0.85, 0.4  # the stricter rule within a group
CORE_LINKS = 0.1  # of the pairs between two groups: as many edges make them one
FLAGGED = 2000  # a story of more members than this is flagged for review

_DECIDING = (
    "characters",
    "mojibake",
    "utf8",
    "tokens",
    "rules",
    "keys",
    "shapes",
    "signing",
    "signatures",
    "distinct",
    "verify",
    "member",
    "candidates",
    "components",
)


@cache
def _version() -> str:
    here = Path(__file__).resolve().parent
    digest = hashlib.sha256()
    for name in (*(f"{module}.py" for module in _DECIDING), "han_variants.txt"):
        digest.update(name.encode() + b"\0" + (here / name).read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:16]


RELATE_VERSION: str = _version()
"""A hash over the code and numbers that decide on edges and stories. Another version relates all articles anew."""

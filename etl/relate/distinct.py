"""What tells two texts apart that share nearly all their words: what an editor would look at.

Two reports of one form whose facts differ, two days of one service, a notice in the place of the article or furniture
around it, a report that is quoted in something else.
"""

from __future__ import annotations

from typing import Any

from etl.relate import rules
from etl.relate.jit import kernel
from etl.relate.signatures import (
    ANCHORS,
    DAY,
    IS_LIST,
    NO_DAY,
    NUMBERS,
    PAGE,
    SHINGLES,
    SITE,
    SIZE,
    TITLE,
    TITLE_NUMBERS,
    WORDS,
    own,
    shared,
)
from etl.relate.tokens import HEAVY, STEM_SHIFT

_MIN_TITLE, _SITE_JACCARD, _LIST_JACCARD = rules.MIN_TITLE, rules.SITE_JACCARD, rules.LIST_JACCARD
_NOTICE_WORDS, _NOTICE_EQUAL, _NOTICE_TITLE = rules.NOTICE_WORDS, rules.NOTICE_EQUAL, rules.NOTICE_TITLE
_FURNITURE_WORDS = rules.FURNITURE_WORDS
_NOTICE_TITLE_WORDS, _NOTICE_TITLES_WORDS = rules.NOTICE_TITLE_WORDS, rules.NOTICE_TITLES_WORDS
_SERVICE_JACCARD, _MORE_WORDS = rules.SERVICE_JACCARD, rules.MORE_WORDS
_SERVICE_TITLE = rules.SERVICE_TITLE
_ISSUE_CONTAINMENT, _ISSUE_WORDS = rules.ISSUE_CONTAINMENT, rules.ISSUE_WORDS
_QUOTED_JACCARD, _QUOTED_TITLE = rules.QUOTED_JACCARD, rules.QUOTED_TITLE
_SERIES_DAYS, _SERIES_JACCARD, _SLIDING = rules.SERIES_DAYS, rules.SERIES_JACCARD, rules.SLIDING_CONTAINMENT
_SERIES_TITLE, _SERIES_SHARE, _SERIES_EQUAL = rules.SERIES_TITLE, rules.SERIES_SHARE, rules.SERIES_EQUAL
_FORM_WORDS, _FORM_SHARE = rules.FORM_WORDS, rules.FORM_SHARE
_FORM_ANCHORS, _FORM_REST, _FORM_NUMBERS = rules.FORM_ANCHORS, rules.FORM_REST, rules.FORM_NUMBERS
_FORM_SIZE, _FORM_FACTS, _FORM_OTHERS = rules.FORM_SIZE, rules.FORM_FACTS, rules.FORM_OTHERS
_SHORT_FORM, _SHORT_FORM_SHARE = rules.SHORT_FORM, rules.SHORT_FORM_SHARE
_MISREAD, _MIN_CONTAINMENT = rules.MISREAD, rules.MIN_CONTAINMENT


@kernel
def _title_words(data: Any, at: Any, a: int, b: int) -> Any:
    """Return of the words of the title of text a, not of the other's: how many longer ones there are, how many of those
    stand in both texts, and how many words, longer or not, in text a alone. Whatever their case: by their first letters."""
    own = in_both = in_ours = 0
    i, i_end = at[a, TITLE], at[a, TITLE_NUMBERS]
    j, j_end = at[b, TITLE], at[b, TITLE_NUMBERS]
    ours, ours_end = at[a, WORDS], at[a, SHINGLES]
    theirs, theirs_end = at[b, WORDS], at[b, SHINGLES]
    for place in range(i, i_end):
        stem = data[place] >> STEM_SHIFT
        while j < j_end and data[j] >> STEM_SHIFT < stem:
            j += 1
        if j < j_end and data[j] >> STEM_SHIFT == stem:
            continue
        is_heavy = data[place] & HEAVY
        own += is_heavy
        while ours < ours_end and data[ours] >> STEM_SHIFT < stem:
            ours += 1
        if ours == ours_end or data[ours] >> STEM_SHIFT != stem:
            continue
        while theirs < theirs_end and data[theirs] >> STEM_SHIFT < stem:
            theirs += 1
        if theirs < theirs_end and data[theirs] >> STEM_SHIFT == stem:
            in_both += is_heavy
        else:
            in_ours += 1
    return own, in_both, in_ours


@kernel
def title_share(data: Any, at: Any, a: int, b: int) -> Any:
    """Return the share of the shorter title's words that stand in the other one; -1 where there is no title."""
    fewer = min(at[a, TITLE_NUMBERS] - at[a, TITLE], at[b, TITLE_NUMBERS] - at[b, TITLE])
    if fewer == 0:
        return -1.0
    same = shared(data, at[a, TITLE], at[a, TITLE_NUMBERS], at[b, TITLE], at[b, TITLE_NUMBERS])
    return same / fewer


@kernel
def says_nothing(data: Any, at: Any, a: int) -> Any:
    """True if no longer word of a text's title stands in the text: "Morning briefing"."""
    heavy = 0
    place, end = at[a, WORDS], at[a, SHINGLES]
    for word in range(at[a, TITLE], at[a, TITLE_NUMBERS]):
        if not data[word] & HEAVY:
            continue
        heavy += 1
        stem = data[word] >> STEM_SHIFT
        while place < end and data[place] >> STEM_SHIFT < stem:
            place += 1
        if place < end and data[place] >> STEM_SHIFT == stem:
            return False
    return heavy > 0


@kernel
def tells_more(data: Any, at: Any, a: int, b: int) -> Any:
    """True if the title of text a speaks of more than that of text b and text b: the headlines of several reports in one."""
    ours, theirs = at[a, TITLE_NUMBERS] - at[a, TITLE], at[b, TITLE_NUMBERS] - at[b, TITLE]
    more = max(_MORE_WORDS, theirs // 2)
    return theirs > 0 and ours >= theirs + more and _title_words(data, at, a, b)[2] >= more


@kernel
def differ(
    data: Any, at: Any, facts: Any, a: int, b: int, title: Any, scores: Any, are_few: Any, titles_agree: Any
) -> Any:
    """True if two texts that share so much are no copies. `title` is what their titles share (`title_share`), `scores` are
    those of the pair, `are_few` says that they have hardly any names and numbers."""
    our_title, our_shared, our_own = _title_words(data, at, a, b)
    their_title, their_shared, their_own = _title_words(data, at, b, a)
    # What is shared speaks of what both headlines say.
    is_told = 2 * our_shared >= our_title > 0 and 2 * their_shared >= their_title > 0
    is_one_site = facts[a, SITE] != 0 and facts[a, SITE] == facts[b, SITE]
    is_like = titles_agree or is_told or scores[2] >= _LIST_JACCARD
    if facts[a, IS_LIST] and facts[b, IS_LIST] and not is_like:
        return True
    if is_one_site:
        if facts[a, PAGE] != 0 and facts[a, PAGE] == facts[b, PAGE]:
            return False
        if 0 <= title < _MIN_TITLE and scores[2] < _SITE_JACCARD and not is_told:
            return True
    size = min(facts[a, SIZE], facts[b, SIZE])
    # A notice in the place of the article, or furniture around it: what is shared says nothing of either headline.
    if (
        size < (_NOTICE_WORDS if scores[2] >= _NOTICE_EQUAL else _FURNITURE_WORDS)
        and min(our_title, their_title) >= _NOTICE_TITLE_WORDS
        and our_title + their_title >= _NOTICE_TITLES_WORDS
        and our_shared <= _NOTICE_TITLE * our_title
        and their_shared <= _NOTICE_TITLE * their_title
    ):
        return True
    # A report that is quoted in something else: other title, and less than half of the longer text.
    if 0 <= title < _QUOTED_TITLE and scores[2] < _QUOTED_JACCARD:
        return True
    # The title of a service or of several reports: what is shared is one of them.
    is_service, is_other_service = says_nothing(data, at, a), says_nothing(data, at, b)
    if (
        title >= 0
        and not titles_agree
        and scores[2] < _SERVICE_JACCARD
        and (is_service or is_other_service or tells_more(data, at, a, b) or tells_more(data, at, b, a))
    ):
        return True
    our_words, their_words = own(data, at, a, b, WORDS, WORDS), own(data, at, b, a, WORDS, WORDS)
    fewer = min(at[a, SHINGLES] - at[a, WORDS], at[b, SHINGLES] - at[b, WORDS])
    words_differ = min(our_words, their_words) >= max(_FORM_WORDS, _FORM_SHARE * fewer)
    # Two issues of a service, each with reports of its own.
    if (
        is_service
        and is_other_service
        and _days_between(facts, a, b) > 0
        and min(at[a, TITLE_NUMBERS] - at[a, TITLE], at[b, TITLE_NUMBERS] - at[b, TITLE]) <= _SERVICE_TITLE
        and max(scores[0], scores[3]) < _ISSUE_CONTAINMENT
        and min(our_words, their_words) >= _ISSUE_WORDS * fewer
    ):
        return True
    if _are_two_days(data, at, facts, a, b, title, scores):
        return True
    if our_words == 0 or their_words == 0:
        return False
    # Reports of one form: each title has a word that its own text has and the other text has not.
    if words_differ and our_own > 0 and their_own > 0:
        return True
    return _are_of_one_form(data, at, facts, a, b, scores, are_few)


@kernel
def _days_between(facts: Any, a: int, b: int) -> Any:
    """Return the days between the publication of two texts; 0 where a day is not known."""
    if facts[a, DAY] == NO_DAY or facts[b, DAY] == NO_DAY:
        return 0
    return abs(facts[a, DAY] - facts[b, DAY])


@kernel
def _are_two_days(data: Any, at: Any, facts: Any, a: int, b: int, title: Any, scores: Any) -> Any:
    """True for two days of a service: yesterday's horoscope and today's."""
    days = _days_between(facts, a, b)
    if days == 0:
        return False
    is_dated = (
        own(data, at, a, b, TITLE_NUMBERS, TITLE_NUMBERS) > 0 and own(data, at, b, a, TITLE_NUMBERS, TITLE_NUMBERS) > 0
    )
    # The same text under a title with another number, or on one site with another word: Tuesday, Wednesday.
    is_one_site = facts[a, SITE] != 0 and facts[a, SITE] == facts[b, SITE]
    our_title, their_title = own(data, at, a, b, TITLE, TITLE), own(data, at, b, a, TITLE, TITLE)
    is_renamed = (
        min(our_title, their_title) > 0 and max(our_title, their_title) <= _SERIES_TITLE and title >= _SERIES_SHARE
    )
    if (is_dated and scores[2] >= 1.0) or (is_one_site and is_renamed and scores[2] >= _SERIES_EQUAL):
        return True
    # A list that loses old entries and gains new ones.
    if is_one_site and max(scores[0], scores[3]) < _SLIDING:
        return True
    # The same words, other numbers.
    if (
        scores[2] < _SERIES_JACCARD
        or own(data, at, a, b, NUMBERS, NUMBERS) == 0
        or own(data, at, b, a, NUMBERS, NUMBERS) == 0
    ):
        return False
    return days >= _SERIES_DAYS or is_one_site


@kernel
def _are_of_one_form(data: Any, at: Any, facts: Any, a: int, b: int, scores: Any, are_few: Any) -> Any:
    """True for reports of one form by their texts alone: names and numbers are others on both sides."""
    our_words, their_words = own(data, at, a, b, WORDS, WORDS), own(data, at, b, a, WORDS, WORDS)
    our_facts, their_facts = own(data, at, a, b, ANCHORS, WORDS), own(data, at, b, a, ANCHORS, WORDS)
    our_numbers, their_numbers = own(data, at, a, b, NUMBERS, NUMBERS), own(data, at, b, a, NUMBERS, NUMBERS)
    others = min(our_words - our_facts, their_words - their_facts)
    size = min(facts[a, SIZE], facts[b, SIZE])
    # Four names or numbers, and hardly another word.
    if min(our_facts, their_facts) >= _FORM_ANCHORS:
        rest = max(0, our_words - our_facts) + max(0, their_words - their_facts)
        if rest <= _FORM_REST * size:
            return True
    numbers = min(at[a, ANCHORS] - at[a, NUMBERS], at[b, ANCHORS] - at[b, NUMBERS])
    differing = min(our_numbers, their_numbers)
    if are_few and differing >= _FORM_NUMBERS and 2 * differing >= numbers:
        return True
    if size < _FORM_SIZE * max(facts[a, SIZE], facts[b, SIZE]):
        return False
    # Half of the numbers, some names, and fewer other words than those.
    if (
        differing >= _FORM_FACTS
        and 2 * differing >= numbers
        and min(our_facts - our_numbers, their_facts - their_numbers) >= _FORM_FACTS
        and our_words <= (1 + _FORM_OTHERS) * our_facts
        and their_words <= (1 + _FORM_OTHERS) * their_facts
    ):
        return True
    # All numbers, on another day, and not numbers alone, which would be a correction.
    if _days_between(facts, a, b) > 0 and differing >= max(_FORM_FACTS, numbers) and others >= _FORM_FACTS:
        return True
    # A seventh of the words of a short text. Where letters were misread characters hold better than words.
    fewer = min(at[a, SHINGLES] - at[a, WORDS], at[b, SHINGLES] - at[b, WORDS])
    is_misread = scores[0] < _MIN_CONTAINMENT and scores[3] >= scores[0] + _MISREAD
    return size < _SHORT_FORM and min(our_words, their_words) >= _SHORT_FORM_SHARE * fewer and not is_misread

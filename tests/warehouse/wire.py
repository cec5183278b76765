"""Generated wire stories for tests: texts of invented words, their copies, and boilerplate that many share."""

from __future__ import annotations

import random
from collections.abc import Sequence

from observations import observation

from etl.model import Observation

SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu бе га ди жо ми но ру та ши ლა მე ხო".split()


def text(seed: object, words: int = 90) -> str:
    """A text of its own: no two seeds share a run of three words. Some words are names and numbers."""
    rng = random.Random(repr(seed))
    found = []
    for _ in range(words):
        word = "".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))
        kind = rng.random()
        found.append(word.capitalize() if kind < 0.12 else str(rng.randint(2, 99999)) if kind < 0.16 else word)
    return " ".join(found)


def copies(seed: object, count: int, *, words: int = 90) -> list[str]:
    """Copies of one text as sites make them: whole, without the end, with a line before it, with a word changed."""
    rng = random.Random(repr((seed, "copies")))
    words_of = text(seed, words).split()
    found = []
    for n in range(count):
        copy = list(words_of)
        kind = rng.randrange(4) if n else 0
        if kind == 1:
            copy = copy[: int(len(copy) * rng.uniform(0.7, 0.95))]
        elif kind == 2:
            copy = text((seed, n, "before"), 8).split() + copy
        elif kind == 3:
            copy[rng.randrange(len(copy))] = "zuzu"
        found.append(" ".join(copy))
    return found


def newsroom(seed: int, *, stories: int, hot: int = 0) -> list[Observation]:
    """Articles of many sites: stories of one to seven copies, digests, and `hot` articles that share a long boilerplate."""
    rng = random.Random(seed)
    found = []
    for s in range(stories):
        for n, copy in enumerate(copies((seed, s), rng.choice([1, 1, 2, 3, 4, 7]))):
            found.append(_article(seed, f"s{s}", n, copy, rng))
    for d in range(stories // 6):
        briefs = [text((seed, s), 90) for s in rng.sample(range(stories), 3)]
        found.append(_article(seed, f"digest{d}", d, "\n".join(briefs), rng))
    shared = text((seed, "boilerplate"), 40)
    bodies = [body for s in range(hot // 2) for body in copies((seed, "hot", s), 2, words=45)]
    for n, body in enumerate(bodies):
        found.append(_article(seed, "hot", n, f"{body}\n{shared}", rng))
    return found


def _article(seed: int, name: str, n: int, body: str, rng: random.Random) -> Observation:
    return observation(
        f"https://site{n % 9}.example/{seed}/{name}-{n}", hours=rng.randrange(400), text=body, title=f"{name} {n}"
    )


def batches(items: Sequence[Observation], rng: random.Random) -> list[list[Observation]]:
    """The items in a random order, cut into batches of random sizes."""
    order = rng.sample(list(items), len(items))
    found = []
    while order:
        size = rng.choice([1, 7, 40, 150, 400])
        found.append(order[:size])
        order = order[size:]
    return found

"""Archives of made-up pages in several scripts, the same for the same number: for benchmarks and tests of crashes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from etl.lake.segment import Exchange, SegmentWriter

WORDS = {
    "en": "council harbour budget vote bridge repair school winter ferry market report minister".split(),
    "de": "Stadtrat Hafen Haushalt Abstimmung Brücke Schule Winter Fähre Markt Bericht Ministerin Sturm Preis".split(),
    "ru": "совет гавань бюджет голосование мост ремонт школа зима паром рынок доклад министр буря цена".split(),
    "ar": "المجلس الميناء الميزانية التصويت الجسر إصلاح المدرسة الشتاء العبارة السوق التقرير الوزير".split(),
    "tr": "meclis liman bütçe oylama köprü onarım okul kış vapur pazar rapor bakan fırtına fiyat".split(),
    "ja": "市議会 港 予算 投票 橋 修理 学校 冬 渡船 市場 報告 大臣 嵐 価格".split(),
}
START = datetime(2026, 10, 1, 6, tzinfo=UTC)


def page(n: int, *, version: int = 0) -> str:
    """A news page with the boilerplate of a blog theme; another `version` is a corrected text of the same article."""
    rng = random.Random(f"{n} {version}")
    language = sorted(WORDS)[n % len(WORDS)]
    words = WORDS[language]
    joint, stop = ("", "。") if language == "ja" else (" ", ".")

    def sentence(length: int) -> str:
        return joint.join(rng.choice(words) for _ in range(length)).capitalize() + stop

    title = f"{joint.join(random.Random(n).choice(words) for _ in range(6)).capitalize()} {n}"
    paragraphs = "".join(f"<p>{escape(' '.join(sentence(rng.randint(9, 18)) for _ in range(4)))}</p>" for _ in range(6))
    day = START + timedelta(hours=n)
    links = "".join(f'<li><a href="/{language}/{k}">{escape(sentence(5))}</a></li>' for k in range(12))
    return f"""<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title} | Gazette</title>
<meta property="og:site_name" content="Gazette"><meta property="article:published_time" content="{day.isoformat()}">
<meta name="author" content="A. {words[n % len(words)].capitalize()}"></head><body><nav><ul>{links}</ul></nav>
<article><h1>{title}</h1>{paragraphs}<p>Leave a comment</p></article><footer><ul>{links}</ul></footer></body></html>"""


def write_archive(path: Path, n: int, *, numbers: range | None = None) -> Path:
    """A WARC of `n` captures; one URL in ten is captured twice, the second time with a corrected text."""
    with SegmentWriter(path.parent, now=START, operator=None, user_agent="benchmark") as writer:
        for i in numbers or range(n):
            url_no, version = (i - 1, 1) if i % 10 == 9 else (i, 0)
            writer.write(
                Exchange(
                    target_uri=f"https://gazette{url_no % 7}.example/{url_no}",
                    captured_at=START + timedelta(days=40, seconds=i),
                    status=200,
                    headers=(("Content-Type", "text/html; charset=utf-8"),),
                    body=page(url_no, version=version).encode(),
                )
            )
        segment = writer.close()
    return segment.path.rename(path)

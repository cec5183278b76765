"""What one hostile answer costs the process that fetches, in processor time: `python -m benchmarks.event_loop`.

Each is within what a request may bring (bytes, headers); all other hosts wait for as long as it takes. "first" is with
reading the file, "each page" what every further page of the host costs.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable

from etl.discover.markup import unpacked
from etl.fetch import rights, robots
from etl.fetch.client import LIMITS
from etl.fetch.messages import RequestKind
from etl.http.codings import BodyDecoder, ContentError, TooLargeError
from etl.rights.evidence import ReadFile
from etl.rights.head import HtmlHead

URL = f"http://news.example/{'a' * 200}/story?x=1"
EMPTY = gzip.compress(b"", mtime=0)
ROOM = LIMITS[RequestKind.ROBOTS].max_bytes


def cost_ms(do: Callable[[], object]) -> float:
    started = time.process_time()
    do()
    return (time.process_time() - started) * 1000


def tdmrep(count: int) -> Callable[[], object]:
    text = json.dumps([{"location": f"/x{n}*b$", "tdm-reservation": 1} for n in range(count)])
    file = ReadFile(url=URL, read_at="2026-11-24T12:00:00+00:00")
    site = rights.SiteFiles(rules=robots.parse(""), robots=file, tdmrep=text, tdmrep_file=file)
    return lambda: rights.signals(url=URL, headers=(), head=HtmlHead(), site=site)


def headers(count: int) -> Callable[[], object]:
    fields = [("x-robots-tag", f"bot{n}: noindex") for n in range(count)]
    return lambda: rights.signals(url=URL, headers=fields, head=HtmlHead())


def robots_of(line: str) -> Callable[[], object]:
    """A robots.txt full of one line, with numbers."""
    text = "User-agent: *\n" + "".join(line.format(n) + "\n" for n in range(ROOM // (len(line) + 5)))
    known: list[robots.RobotsRules] = []

    def ask() -> None:
        if not known:
            known.append(robots.parse(text))
        file = ReadFile(url=URL, read_at="2026-11-24T12:00:00+00:00")
        rights.signals(url=URL, headers=(), head=HtmlHead(), site=rights.SiteFiles(rules=known[0], robots=file))
        known[0].verdict(URL)

    return ask


def body(members: int, kind: RequestKind) -> Callable[[], object]:
    data = (EMPTY * members)[: LIMITS[kind].max_bytes]

    def decode() -> None:
        decoder = BodyDecoder("gzip", max_bytes=LIMITS[kind].max_bytes)
        try:
            for start in range(0, len(data), 65536):
                decoder.feed(data[start : start + 65536])
            decoder.finish()
        except (TooLargeError, ContentError):
            pass

    return decode


def main() -> None:
    """Print the table."""
    packed = EMPTY * 100_000
    cases: dict[str, Callable[[], object]] = {
        "tdmrep.json of 20,000 locations": tdmrep(20_000),
        "200 header lines": headers(200),
        "18,000 header lines": headers(18_000),
        "robots.txt of plain paths": robots_of("Disallow: /section/{}/"),
        "robots.txt of wildcards": robots_of("Disallow: /*a*a*a*{}$"),
        "robots.txt of stars": robots_of(f"Disallow: /{'*a' * 200}{{}}"),
        "robots.txt of content-usage": robots_of("Content-Usage: /*a*{} ai=y"),
        "robots.txt of agents": robots_of("User-agent: agent-{}"),
        "page of a million empty gzip members": body(1_000_000, RequestKind.PAGE),
        "sitemap file of 100,000 empty members": lambda: unpacked(packed, LIMITS[RequestKind.SITEMAP].max_bytes),
    }
    print(f"{'':40} {'first':>10} {'each page':>10}   ms of processor")
    for name, do in cases.items():
        print(f"{name:40} {cost_ms(do):10.1f} {cost_ms(do):10.1f}", flush=True)


if __name__ == "__main__":
    main()

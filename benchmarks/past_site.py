"""A news site on loopback that has kept its past: an index of sitemaps by date, pages of past days, and articles."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TEXT = {
    "en": (
        "The harbour office said on {day} that the ferry to the outer islands will sail again from Monday, number {n}.",
        "Repairs to the quay had taken longer than planned, because the masons found old timber below the stone.",
        "Fishermen who had moored in the river mouth for three weeks were glad to have their berths back again.",
        "The council will decide next month whether the tolls are to rise, and by how much they may do so.",
    ),
    "el": (
        "Το λιμεναρχείο ανακοίνωσε στις {day} ότι το πλοίο για τα νησιά θα αναχωρεί πάλι από τη Δευτέρα, αριθμός {n}.",
        "Οι επισκευές στην προβλήτα κράτησαν περισσότερο από όσο είχε προγραμματιστεί, γιατί βρέθηκαν παλιά ξύλα.",
        "Οι ψαράδες που είχαν δέσει στις εκβολές του ποταμού για τρεις εβδομάδες χάρηκαν που επέστρεψαν στη θέση τους.",
        "Το συμβούλιο θα αποφασίσει τον επόμενο μήνα αν θα αυξηθούν τα τέλη και κατά πόσο θα γίνει αυτό.",
    ),
}


@dataclass(slots=True)
class PastSite:
    """The site's pages by path; `failing` answers 503 instead, `seen` is what was asked for, in order."""

    host: str
    pages: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)
    articles: dict[date, list[str]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"http://{self.host}"

    def put(self, path: str, body: str, kind: str = "text/html; charset=utf-8", status: int = 200) -> None:
        self.pages[path] = (status, kind, body)

    def publish(self, first: date, days: int, *, a_day: int = 3, language: str = "en") -> None:
        """Articles with the day in their addresses."""
        for n in range(days):
            day = first + timedelta(days=n)
            for i in range(a_day):
                path = f"/{day:%Y/%m/%d}/{'harbour-ferry' if language == 'en' else 'λιμάνι-πλοίο'}-sails-again-{i}"
                self.put(path, article(day, i, language))
                self.articles.setdefault(day, []).append(path)

    def sitemaps(self, *, by: str = "month") -> None:
        """robots.txt, an index, and one file a month or day; entries say when they were changed: long after."""
        files: dict[str, list[str]] = {}
        for day, paths in sorted(self.articles.items()):
            name = f"/sitemaps/{day:%Y-%m}.xml" if by == "month" else f"/sitemaps/{day:%Y%m%d}.xml"
            files.setdefault(name, []).extend(paths)
        for name, paths in files.items():
            self.put(name, urlset(self.base + path for path in paths), "application/xml")
        self.put("/sitemap-index.xml", index((self.base + name, None) for name in files), "application/xml")
        self.put("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {self.base}/sitemap-index.xml\n", "text/plain")


def article(day: date, n: int, language: str = "en") -> str:
    """A page that extraction takes for an article of that day."""
    lines = "".join(f"<p>{line.format(day=day, n=n)}</p>" for line in TEXT[language])
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><title>Ferry sails again, {day} {n}</title>'
        f'<meta property="og:type" content="article">'
        f'<meta property="article:published_time" content="{day}T09:0{n % 10}:00+00:00"></head>'
        f"<body><article><h1>Ferry sails again, {day} {n}</h1>{lines}</article></body></html>"
    )


def urlset(addresses: Iterator[str] | Any, modified: str | None = "2026-10-01T00:00:00Z") -> str:
    stamp = f"<lastmod>{modified}</lastmod>" if modified else ""
    entries = "".join(f"<url><loc>{address}</loc>{stamp}</url>" for address in addresses)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


def index(children: Iterator[tuple[str, str | None]] | Any) -> str:
    entries = "".join(
        f"<sitemap><loc>{url}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</sitemap>" for url, at in children
    )
    return f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'


@contextmanager
def running(address: str = "127.0.0.31") -> Iterator[PastSite]:
    """The site, served until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.seen.append(self.path)
            status, kind, body = site.pages.get(self.path, (404, "text/html", "<h1>Not found</h1>"))
            if self.path in site.failing:
                status, kind, body = 503, "text/plain", "busy"
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            if status == 503:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer((address, 0), Handler)
    site = PastSite(host=f"{address}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()

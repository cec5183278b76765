"""The examples that `--help` of each command ends with; a test parses every one of them."""

from __future__ import annotations

from collections.abc import Mapping

import typer

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "run": ("run", "run --source harbour-post --source morgenkurier"),
    "fill": (
        "fill --from 2026-03-01 --to 2026-03-31 --dry-run",
        "fill --from 2026-03-01 --to 2026-03-31 --source harbour-post",
        "fill --missing",
    ),
    "ingest": (
        "ingest crawl.warc.gz",
        "ingest archives/ s3://bucket/key.warc.gz",
        "ingest page.html --url https://example.org/a --captured-at 2026-10-02T07:00:00",
    ),
    "extract": (
        "extract crawl.warc.gz > pages.jsonl",
        "extract page.html --url https://example.org/a --explain -o page-explained.html",
    ),
    "replay": ("replay", "replay --reason quarantined --since 2026-11-30", "replay --lost"),
    "cluster": ("cluster documents.parquet -o stories.parquet",),
    "reprocess": (
        "reprocess --from 2026-03-01 --to 2026-03-31 --dry-run",
        "reprocess --from 2026-03-01 --by captured --source harbour-post",
    ),
    "rebuild": ("rebuild --into postgresql://user@host/empty",),
    "erase": (
        "erase --url https://www.harbour-post.example/2026/a",
        "erase --source harbour-post --yes",
        'erase --verify --text "words of the page"',
    ),
    "compact": ("compact", "compact --before 2026-11-01"),
    "retain": ("retain --dry-run", "retain"),
    "prune": ("prune --dry-run", "prune --days 90"),
    "query": (
        'query "SELECT published_on, title, url FROM news.article LIMIT 20"',
        'query --json --limit 0 "SELECT * FROM news.article" > articles.jsonl',
    ),
    "status": ("status", "status --fingerprint"),
    "why": ("why https://www.harbour-post.example/2026/a", "why --json - < addresses.txt"),
    "websub serve": ("websub serve --public-url https://crawler.example/websub",),
    "doctor": ("doctor", "doctor --lake"),
    "migrate": ("migrate",),
    "up": ("up",),
    "down": ("down",),
    "airflow": ("airflow dags list", "airflow dags trigger news_ingest"),
    "demo": ("demo", "demo --day 2"),
    "sample": ("sample", "sample --sources > sample-sources.yaml"),
    "sources probe": ("sources probe harbour-post.example", "sources probe harbour-post.example --yaml"),
    "sources add": ("sources add harbour-post.example", "sources add harbour-post.example --yes --key harbour-post"),
    "sources enable": ("sources enable harbour-post morgenkurier",),
    "sources disable": ("sources disable harbour-post",),
    "sources remove": ("sources remove harbour-post --yes",),
    "sources import": ("sources import domains.txt --yes", "sources import feeds.opml"),
    "sources export": ("sources export > feeds.opml", "sources export harbour-post"),
    "sources try-url": ("sources try-url https://www.harbour-post.example/2026/a",),
    "sources schema": ("sources schema > registry.schema.json",),
    "sources list": ("sources list", "sources list --json"),
    "sources check": ("sources check", "sources check --captures 20"),
    "sources lines propose": ("sources lines propose harbour-post -o lines.yaml",),
    "sources lines activate": ("sources lines activate lines.yaml",),
    "sources lines list": ("sources lines list harbour-post",),
}


def add_examples(app: typer.Typer, *, under: str = "") -> None:
    """Let the help of each command end with its examples, those of groups below included."""
    for command in app.registered_commands:
        lines = EXAMPLES[f"{under}{command.name}"]
        command.epilog = "\n".join(("\b", "Examples:", *(f"  news-etl {line}" for line in lines)))
    for group in app.registered_groups:
        if group.typer_instance is not None:
            add_examples(group.typer_instance, under=f"{under}{group.name} ")

"""Stories of a Parquet file: cluster."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from etl.cli import output
from etl.cli.options import Json


def cluster(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="Parquet: doc_id, url, title, text, published_at, site.")
    ],
    target: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Parquet to write: doc_id, cluster.")],
    site_lines: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="JSON: site → lines that it prints on its pages. Default: learnt from the documents."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Number of processes.")] = os.cpu_count() or 1,
    json: Json = False,
) -> None:
    """Group the documents of a Parquet file into stories, by the same rules as the warehouse. Needs no database."""
    from etl.errors import Permanent
    from etl.files import replacing
    from etl.relate.cluster import cluster as cluster_file
    from etl.relate.spill import parts_of
    from etl.relate.template_lines import read_site_lines
    from etl.relate.union import warm_up
    from etl.stages.process.pool import process_pool

    parts_of(source, 1)  # whether it can be read is said before anything takes time
    lines = read_site_lines(site_lines) if site_lines else None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Permanent(f"{target}: {error.strerror}; give a file that can be written") from error
    with replacing(target, reads=[source, *([site_lines] if site_lines else [])]) as written:
        # Spill files go beside the result, where there has to be room for large files anyway.
        spilled = written.parent / "spilled"
        spilled.mkdir()
        if workers == 1:
            done = cluster_file(source, written, folder=spilled, site_lines=lines)
        else:
            warm_up()  # compiled code goes to the workers as they are forked
            with process_pool(workers) as pool:
                done = cluster_file(source, written, folder=spilled, site_lines=lines, each=pool.map, workers=workers)
    if repeated := _repeated_ids(source):
        output.note(f"{repeated} rows of {source} repeat an earlier doc_id: each row has its own line in the result")
    counts = {
        "documents": done.documents,
        "stories": done.stories,
        "largest": done.largest,
        "compared": done.compared,
        "split": done.split,
        "flagged": done.flagged,
    }
    if json:
        output.print_json(counts)
    else:
        output.say(", ".join(f"{name} {count}" for name, count in counts.items()))


def _repeated_ids(source: Path) -> int:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    ids = pq.read_table(source, columns=["doc_id"]).column("doc_id")
    return int(len(ids) - pc.count_distinct(ids, mode="all").as_py())

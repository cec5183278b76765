"""The command line: `news-etl`. Each command calls one stage or query and prints what it says."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import metadata
from typing import Annotated

import typer

from etl.cli import (
    airflow,
    cluster,
    compact,
    doctor,
    erase,
    extract,
    fill,
    ingest,
    migrate,
    newsroom,
    output,
    prune,
    query,
    rebuild,
    replay,
    reprocess,
    retain,
    run,
    sources,
    status,
    websub,
    why,
)
from etl.cli.examples import add_examples
from etl.cli.output import Exit
from etl.errors import NewsEtlError, Transient
from etl.faults import as_ours


def _print_version(is_asked: bool) -> None:
    if is_asked:
        output.say(f"news-etl {metadata.version('news-etl')}")
        raise typer.Exit


app = typer.Typer(
    name="news-etl",
    help="Fetch news pages, keep them as they came, and load clean, explained articles into PostgreSQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain lines: they fit a narrow terminal, a log and a screen reader
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", "-V", is_eager=True, callback=_print_version, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command("run")(run.run)
app.command("fill")(fill.fill)
app.command("ingest")(ingest.ingest)
app.command("extract")(extract.extract)
app.command("replay")(replay.replay)
app.command("cluster")(cluster.cluster)
app.command("reprocess")(reprocess.reprocess)
app.command("rebuild")(rebuild.rebuild)
app.command("erase")(erase.erase)
app.command("compact")(compact.compact)
app.command("retain")(retain.retain)
app.command("prune")(prune.prune)
# SQL may begin with a comment, which looks like an option.
app.command("query", context_settings={"ignore_unknown_options": True})(query.query)
app.command("status")(status.status)
app.command("why")(why.why)
app.command("doctor")(doctor.doctor)
app.command("migrate")(migrate.migrate)
app.command("up")(airflow.up)
app.command("down")(airflow.down)
# All that follows is Airflow's, --help too.
app.command(
    "airflow", context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
)(airflow.airflow)
app.command("sample")(newsroom.sample)
app.command("demo")(newsroom.demo)
app.add_typer(sources.app, name="sources", help="The registry of sources.")
app.add_typer(websub.app, name="websub")
add_examples(app)


def main() -> None:
    """Run a command. Errors that are meant for the user are one line; others keep their traceback and exit with 1."""
    output.prepare()
    try:
        app()
    except output.OutputClosedError:
        output.silence(sys.stdout)
        sys.exit(Exit.OK)
    except Exception as error:
        ours = as_ours(error)
        with suppress(OSError):  # the disk behind standard error may be full as well; the exit code still tells
            _say(error, ours)
        if ours is None:
            sys.exit(Exit.DEFECT)
        sys.exit(Exit.TRY_AGAIN if isinstance(ours, Transient) else Exit.USAGE)


def _say(error: Exception, ours: NewsEtlError | None) -> None:
    if ours is None:
        output.print_defect(error)
        return
    output.note(str(ours), label="news-etl", is_error=True)
    for more in getattr(error, "__notes__", ()):
        output.note(more)

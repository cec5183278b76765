"""The connection to the warehouse: an explicit URL, else the embedded server."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine

from etl.settings import Settings
from etl.warehouse import server
from etl.warehouse.texts import make_storable


def connect(settings: Settings, *, application_name: str = "news-etl") -> Engine:
    """An engine for the warehouse; starts the embedded server when no URL is set.

    Dispose of it when done: `with closing(...)` does not fit, `engine.dispose()` does.
    """
    return open_engine(
        settings.warehouse_url or server.ensure(settings.postgres_dir), application_name=application_name
    )


def open_engine(url: str, *, application_name: str = "news-etl") -> Engine:
    """An engine for a URL, with what all our sessions share."""
    engine = create_engine(
        url,
        pool_pre_ping=True,
        connect_args={"application_name": application_name, "options": "-c timezone=UTC", "connect_timeout": 10},
    )
    make_storable(engine)
    return engine

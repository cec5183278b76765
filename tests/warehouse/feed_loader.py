"""A process that loads pages of a few addresses over and over until it is killed: `python feed_loader.py URL SEED`."""

from __future__ import annotations

import random
import sys

from observations import observation

from etl.errors import Transient
from etl.model import Outcome
from etl.warehouse.engine import open_engine
from etl.warehouse.load.load import load_again


def main(url: str, seed: int) -> None:
    engine, rng = open_engine(url), random.Random(seed)
    hours = seed % 1000
    while True:
        hours += 1
        batch = []
        for n in rng.sample(range(60), rng.randint(1, 15)):
            is_gone = rng.random() < 0.1
            made = observation(
                f"https://news.example/{n}",
                hours=hours + rng.random(),
                text=f"текст 第{rng.randint(0, 3)}",
                status=404 if is_gone else 200,
                outcome=Outcome.GONE if is_gone else Outcome.ARTICLE,
            )
            batch.append(made)
        try:
            load_again(engine, batch)
        except Transient:
            continue
        print("loaded", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

# Everything works in .venv/ and .news-etl/ of this folder. `make run` and `make test` need Python 3.11 or newer and git.
PYTHON ?= python3
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
           --custom-compile-command "make lock" --quiet

.PHONY: run test test-slow up down eval bench robust lint lock rules-lock clean

.venv/uv.stamp: requirements/bootstrap.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	touch $@

.venv/run.stamp: .venv/uv.stamp requirements/run.txt pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/run.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/dev.txt
	touch $@

lock: .venv/uv.stamp  ## resolve the pinned requirements again
	$(COMPILE) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(COMPILE) --extra local --group dev pyproject.toml -o requirements/dev.txt
	$(COMPILE) --extra local --group build -c requirements/dev.txt pyproject.toml -o requirements/run.txt

# What decides on values has changed. VALUES=same keeps the version after it is shown on many pages that no value differs;
# VALUES=new makes another, and pages are read again; without it: what has changed.
rules-lock: .venv/dev.stamp  ## renew the lock of the rules, etl/extract/rules.lock
	$(BIN)/python -m benchmarks.rules_lock $(VALUES) $(if $(filter same,$(VALUES)),$(BENCH_WARC))

run: .venv/run.stamp  ## the sample newsroom through Airflow into the embedded warehouse; ends with rows
	$(BIN)/news-etl demo

# Three processes, since the slow tests wait more than they compute; kernels are compiled once before them, not once in
# each. Laws are tried on the same examples in every run, so that a failure comes from the change; `make robust` draws new
# ones.
test: .venv/dev.stamp  ## all tests but the slow ones
	$(BIN)/python -c "from etl.relate.union import warm_up; warm_up()"
	$(BIN)/python -m pytest -m "not slow" -n 3 --dist loadfile --no-loadscope-reorder --hypothesis-profile ci

test-slow: .venv/dev.stamp  ## kills, faults and hostile servers: what takes minutes and is not in `make test`
	$(BIN)/python -c "from etl.relate.union import warm_up; warm_up()"
	$(BIN)/python -m pytest -m slow -n 2 --dist loadfile --no-loadscope-reorder --hypothesis-profile ci

up: .venv/run.stamp  ## Airflow with its UI, on this machine
	$(BIN)/news-etl up

down: .venv/run.stamp  ## stop what `make up` started
	$(BIN)/news-etl down

eval: .venv/dev.stamp  ## quality on our own fixtures, and on the sample where there is one
	$(BIN)/python -m benchmarks.quality

# An archive to measure with, where there is one; else pages of the sample newsroom.
BENCH_WARC ?= $(wildcard ../shared/eval/pages.warc.gz)

bench: .venv/dev.stamp  ## speed, beside its baseline in the same run
	$(BIN)/python -m benchmarks.speed $(BENCH_WARC)
	$(BIN)/python -m benchmarks.extraction $(BENCH_WARC)
	$(BIN)/python -m benchmarks.stories

robust: .venv/dev.stamp  ## laws on new examples, twenty thousand damaged pages, then a worker's memory over as many
	$(BIN)/python -m pytest -m hypothesis
	$(BIN)/python -m benchmarks.mutations
	$(BIN)/python -m benchmarks.memory

lint: .venv/dev.stamp  ## static checks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

.env:  ## the secrets of docker-compose.yml, made once and shared by all its services
	umask 077 && $(PYTHON) -c 'from base64 import urlsafe_b64encode as b; from secrets import *; print("AIRFLOW_FERNET_KEY=" + b(token_bytes(32)).decode(), "AIRFLOW_JWT_SECRET=" + token_hex(32), "AIRFLOW_API_SECRET_KEY=" + token_hex(32), "AIRFLOW_ADMIN_PASSWORD=" + token_urlsafe(12), "POSTGRES_PASSWORD=" + token_hex(24), "READER_PASSWORD=" + token_hex(24), sep="\n")' > $@

clean:  ## remove what the targets above made
	-$(BIN)/news-etl down
	-$(BIN)/python -c "from etl import settings; from etl.embedded_postgres import server; server.destroy(settings.load().postgres_dir)"
	rm -rf .venv .news-etl

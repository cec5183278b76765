# Airflow with this package and the pinned requirements that the tests run with. See docker-compose.yml.
FROM python:3.12-slim-bookworm

WORKDIR /srv/news-etl
COPY requirements/bootstrap.txt requirements/run.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
 && uv pip install --system --no-cache --compile-bytecode --require-hashes -r requirements/run.txt

COPY pyproject.toml README.md LICENSE ./
COPY etl etl
COPY dags dags
COPY seeds seeds
COPY sql sql
RUN uv pip install --system --no-cache --compile-bytecode --no-deps --no-build-isolation .

# The account of all services owns what the volumes hold; new volumes take the owner from here.
RUN useradd --uid 50000 --create-home news && install -d -o news /srv/airflow /srv/lake
USER news
WORKDIR /srv/airflow

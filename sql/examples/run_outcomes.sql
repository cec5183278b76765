-- What became of every URL of the last five runs. For operators: reads ops, which may change.
-- outcome null: not decided, since the run is under way or broke off.
WITH last_runs AS (
    SELECT run_id, started_at FROM ops.run ORDER BY started_at DESC LIMIT 5
)
SELECT r.started_at, r.run_id, u.outcome, count(*) AS urls, min(u.url) AS example, min(u.detail) AS detail
FROM last_runs r
JOIN ops.run_url u USING (run_id)
GROUP BY r.started_at, r.run_id, u.outcome
ORDER BY r.started_at DESC, urls DESC

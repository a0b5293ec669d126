"""A small way from a notebook to Agner's facts and figures.

    import agner
    centre = agner.connect()

connect() takes, in this order: AGNER_URL and AGNER_TOKEN (a running Agner, by its API), else AGNER_DATA (a data directory on this machine, by the
command `agner`, or what AGNER_BIN names). Both give the same numbers.

    centre.sql("SELECT queue, count(*) AS n FROM visits GROUP BY 1")    one SELECT, a DataFrame; times are UTC
    centre.query(figure=["offered", "sl"], by="queue", interval="1d")    figures of the catalogue, a DataFrame
    centre.report("abandonment", interval="30m")                         a report as Python values
    centre.mirror()                                                      DuckDB on the Parquet mirror (AGNER_DATA only)
    centre.command("erlang", "agents", calls=100, aht=240)               any command of agner that prints JSON

Needs pandas, pyarrow and duckdb; nothing else of the network than AGNER_URL is asked.
"""

import io
import json
import os
import pathlib
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import duckdb
import pandas as pd
import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"


class AgnerError(Exception):
    """What Agner refused, in its own words."""


def connect():
    """The centre that the environment names."""
    if os.environ.get("AGNER_URL"):
        return Remote(os.environ["AGNER_URL"].rstrip("/"), os.environ.get("AGNER_TOKEN", ""))
    if os.environ.get("AGNER_DATA"):
        return Local(pathlib.Path(os.environ["AGNER_DATA"]), os.environ.get("AGNER_BIN", "agner"))
    raise AgnerError("set AGNER_URL and AGNER_TOKEN, or AGNER_DATA")


def command(*words, binary=None, **flags):
    """Runs a command of agner with --json and returns what it prints; flags are named as on the command line."""
    args = [binary or os.environ.get("AGNER_BIN", "agner"), *words]
    for name, value in flags.items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            args.append(f"--{name.replace('_', '-')}={one}")
    done = subprocess.run([*args, "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        raise AgnerError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


class Remote:
    """A running Agner and a token, which bounds what can be seen."""

    def __init__(self, url, token):
        self.url, self.token = url, token

    def _ask(self, path, accept, body=None, **params):
        query = urllib.parse.urlencode([(k, v) for k, values in params.items() for v in (values if isinstance(values, list) else [values])])
        request = urllib.request.Request(f"{self.url}/api/v1/{path}?{query}", data=body, headers={"Accept": accept, "Authorization": f"Bearer {self.token}"})
        if body is not None:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.read()
        except urllib.error.HTTPError as e:
            raise AgnerError(json.loads(e.read()).get("detail", e.reason)) from None

    def sql(self, text):
        return _frame(self._ask("sql", ARROW, json.dumps({"sql": text}).encode()))

    def query(self, **params):
        return _frame(self._ask("query", ARROW, **params))

    def report(self, name, **params):
        return json.loads(self._ask(f"reports/{name}", "application/json", **params))

    command = staticmethod(command)


def _frame(stream):
    """Arrow to pandas; times without their zone, in UTC."""
    frame = pa.ipc.open_stream(stream).read_all().to_pandas()
    for name in frame.select_dtypes("datetimetz"):
        frame[name] = frame[name].dt.tz_convert("UTC").dt.tz_localize(None)
    return frame


class Local:
    """A data directory on this machine."""

    def __init__(self, data, binary):
        self.data, self.binary = data, binary

    def sql(self, text):
        rows = pd.DataFrame(self.command("sql", text))
        for name in rows.columns:  # JSON has no times: texts that all look like one are
            texts = rows[name].dropna()
            if len(texts) and texts.map(lambda v: isinstance(v, str) and len(v) >= 20 and v[4] == "-" and v[10] == "T").all():
                rows[name] = pd.to_datetime(rows[name], utc=True).dt.tz_localize(None)
        return rows

    def query(self, **params):
        rows = pd.DataFrame(self.command("report", "query", **params))
        for name in {"start", "end"} & set(rows.columns):
            rows[name] = pd.to_datetime(rows[name], utc=True).dt.tz_localize(None)
        return rows

    def report(self, name, **params):
        return self.command("report", name, **params)

    def command(self, *words, **flags):
        return command(*words, binary=self.binary, **(flags if words[0] in ("erlang", "backtest") else {"data": self.data, **flags}))

    def mirror(self):
        """DuckDB with a view for each table of the Parquet mirror. It shows everything: the data directory is its owner's."""
        self.sql("SELECT 1 AS up_to_date")  # brings the mirror up to date
        db = duckdb.connect()
        for folder in sorted((self.data / "parquet").iterdir()):
            if list(folder.glob("day=*/*.parquet")):
                db.execute(f"CREATE VIEW {folder.name} AS SELECT * FROM read_parquet('{folder}/day=*/*.parquet')")
        return db


def kaplan_meier(waits, gave_up):
    """Share still waiting after each wait, with the product rule: callers who were answered are censored.

    S(t) = product over t_i <= t of 1 - d_i / n_i; n_i callers waited at least t_i, d_i of them gave up at t_i. Returns a Series by t.
    """
    frame = pd.DataFrame({"t": waits, "d": gave_up})
    steps = frame.groupby("t")["d"].agg(["sum", "size"]).sort_index()
    at_risk = steps["size"][::-1].cumsum()[::-1]
    return (1 - steps["sum"] / at_risk).cumprod()

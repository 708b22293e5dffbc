"""A small published warehouse written by hand, for tests that read one and need no run."""

import datetime as dt

import duckdb
import polars as pl

from pipelines import derive
from pipelines.batches import SHIFT
from pipelines.workspace import Workspace

DAY = dt.date(2026, 11, 20)
STATES = {"source": pl.String, "state": pl.String, "received_on": pl.Date, "age_days": pl.Int64, "message": pl.String, "rows": pl.Int64}
BATCH = {
    "batch": pl.Int64, "source": pl.String, "title": pl.String, "publisher": pl.String, "table_name": pl.String, "file": pl.String,
    "sha256": pl.String, "received_on": pl.Date, "vintage": pl.Date, "licence": pl.String, "url": pl.String, "state": pl.String,
}


def frame(table, rows):
    """Rows of a contract; what a row leaves out is null."""
    schema = derive.schema(table)
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def listing(listing_id, list_id, name, line=2, batch=1000, **more):
    """An entry in force of an organisation, read from a line of a copy."""
    fixed = {"entity_type": "organisation", "authority": "an authority", "status": "active", "listed_on": dt.date(2024, 5, 1)}
    return {"listing_id": listing_id, "list_id": list_id, "name": name, "row_id": (batch << SHIFT) + line, **fixed, **more}


def state(source, state="fresh", received_on=DAY, message="", **more):
    return {"source": source, "state": state, "received_on": received_on, "message": message, **more}


def copy(batch, source, received_on=DAY):
    """A copy of a list as the table `batch` names it."""
    return {
        "batch": batch, "source": source, "title": source, "publisher": f"publisher of {source}", "table_name": "listing",
        "file": f"{source}.csv", "sha256": f"{batch:064x}", "received_on": received_on, "licence": "public", "state": "fresh",
    }


def publish(folder, listings=(), states=(), batches=(), parties=(), links=(), goods=(), records=None, run="20261120T023000000"):
    """A workspace in `folder` whose published warehouse holds these rows. records None: it lacks the tables of ownership registers."""
    if not (folder / "deeptier.yml").exists():
        Workspace.create(folder)
    path = folder / "published" / f"warehouse-{run}.duckdb"
    tables = {
        "core_listing": frame("listing", listings), "core_listed_good": frame("listed_good", goods),
        "core_import_ban": frame("import_ban", ()),
        "core_party": frame("party", parties), "core_ownership_link": frame("ownership_link", links),
        "source_state": pl.DataFrame(list(states), schema=STATES), "batch": pl.DataFrame(list(batches), schema=BATCH),
    }  # fmt: skip
    if records is not None:
        tables |= {"core_ownership_record": frame("ownership_record", records), "core_registered_entity": frame("registered_entity", ())}
    with duckdb.connect(str(path)) as connection:
        for name, rows in tables.items():
            connection.register("rows", rows)
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM rows')  # noqa: S608
    (folder / "published" / "current").write_text(f"{path.name}\n", encoding="utf-8")
    return folder

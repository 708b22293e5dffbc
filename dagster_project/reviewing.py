"""What the command line asks of the reviews: the work list, judging one pair or a file of them, the history, the audit export.

Belongs here: bringing the published warehouse, the screenings and the store of judgements together. Does not belong here: printing
(service/reviewing.py), any rule (pipelines/reviews). The orchestrator is not imported.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import polars as pl
import xlsxwriter

from data.screening import Screening
from data.text import safe_cell
from pipelines import reviews, uploads
from pipelines.batches import write_atomically
from pipelines.reviews import audit as auditing
from pipelines.reviews import bulk, judgements, log, screenings, store, worklist
from pipelines.workspace import Workspace, new_folder

Row = dict[str, Any]
# Columns of the exported work list: what a person reads, then the cells to fill in; the first ones name the pair on the way back.
SHOWN = (
    "pair_id", "kind", "state", "priority", "confidence", "basis", "left_name", "right_name", "list_id", "status", "agrees", "differs",
    "left_facts", "right_facts", "earlier_verdict", "earlier_by", "earlier_at", "earlier_why", "open_since", "left_key", "right_key",
    "facts_hash", "verdict", "why", "by",
)
FILLED = ("verdict", "why", "by")
# Published tables: pairs of parties that may be one, and where the records of pairs are.
PARTY_MATCH = "party_match"
RECORDS = {
    "party": ("core_party", "party_id", "*"), "listing": ("core_listing", "listing_id", "*"),
    "priority": ("score", "party_id", "party_id, priority"),
}
SEVERAL = 20  # pairs that are looked up where a beginning fits many


def _candidates(warehouse: Path) -> pl.DataFrame:
    """The pairs (worklist.FOUND) that a run proposed: matches to lists, parties that may be one, parties that it made one."""
    proposed = (("listing", "core_listing_match", "listing_id"), ("party", PARTY_MATCH, "other_id"), ("party", "party_alias", "master_id"))
    found = []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        there = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        for kind, name, other in proposed:
            if name in there:
                rows = connection.sql(f'SELECT * FROM "{name}"').pl()  # noqa: S608  (names of ours)
                if name == "party_alias":
                    rows = rows.with_columns(match_basis="basis", is_confirmed=pl.lit(True))
                found.append(worklist.found(kind, rows, "party_id", other))
    return pl.concat([pl.DataFrame(schema=worklist.FOUND), *found])


def _records(folder: Path, warehouse: Path, keys: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """party, listing, priority (party_id, priority) of the pairs `keys`: those of the core, and parties drawn into another as uploaded."""
    found = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.register("kept", keys.select("left_key", "right_key").to_arrow())
        wanted = "SELECT left_key FROM kept UNION SELECT right_key FROM kept"
        for name, (table, key, columns) in RECORDS.items():
            found[name] = connection.sql(f"SELECT {columns} FROM {table} WHERE {key} IN ({wanted})").pl()  # noqa: S608  (names of ours)
    ours = pl.concat([
        keys.filter(pl.col("kind").is_in(["listing", "party"]))["left_key"], keys.filter(pl.col("kind") == "party")["right_key"]
    ])
    if drawn := set(ours) - set(found["party"]["party_id"]):
        uploaded = uploads.staged(Workspace.open(folder), "party").filter(pl.col("party_id").is_in(list(drawn)))
        found["party"] = pl.concat([found["party"], uploaded], how="diagonal_relaxed")
    return found


def work(folder: Path, warehouse: Path, more: pl.DataFrame | None = None, begins: str = "") -> pl.DataFrame:
    """The work list (worklist.WORK) of the results in `warehouse`, with every judged pair, and pairs `more` (kind, left_key, right_key).

    `begins`: only pairs whose id begins so; the facts of the others are not looked at."""
    pair = list(judgements.PAIR)
    with store.reading(folder) as connection:
        stands, reopened = judgements.standing(log.every(connection)), log.reopened(connection)
        bidders, organisations = worklist.from_screenings(screenings.pairs(connection))
    every = pl.concat([bidders, _candidates(warehouse)]).unique(worklist.QUESTION, keep="last", maintain_order=True)
    if more is not None:
        every = pl.concat([every, more.join(every, on=pair, how="anti")], how="diagonal")
    if begins:
        near = [worklist.pair_ids(rows).str.starts_with(begins) for rows in (every, stands)]
        # What was judged of a bidder by its name, under another id, may be the earlier verdict of the one that gives a number.
        every, stands = every.filter(near[0]), stands.filter(near[1] | (stands["kind"] == "bidder"))
    records = _records(folder, warehouse, pl.concat([every.select(pair), stands.select(pair)]))
    found = worklist.build(every, stands, reopened, organisations=organisations, **records)
    return found.filter(pl.col("pair_id").str.starts_with(begins))


def _with_facts(rows: pl.DataFrame) -> list[Row]:
    """Rows as dictionaries, the facts opened and compared (agrees, differs, unknown: names of fields)."""
    found = []
    for row in rows.to_dicts():
        row["facts"] = json.loads(row["facts"])
        found.append(row | judgements.compare(row["facts"]).__dict__)
    return found


def matches(
    folder: Path, warehouse: Path, states: Iterable[str] = (), list_id: str | None = None, limit: int | None = None
) -> tuple[list[Row], dict[str, int]]:
    """The pairs in `states` (any without) and of list `list_id`, best first, at most `limit`; and how many there are in each state."""
    every = work(folder, warehouse)
    every = every if list_id is None else every.filter(pl.col("list_id") == list_id)
    counts = dict(every.group_by("state").agg(n=pl.len()).sort("state").iter_rows())
    chosen = every.filter(pl.col("state").is_in(list(states))) if states else every
    return _with_facts(chosen.head(limit) if limit else chosen), counts


def find(folder: Path, warehouse: Path | None, text: str) -> list[Row]:
    """The pairs whose id is or begins with `text`: of the last run, of screenings, and judged ones with a record gone (`is_gone`).

    PAIR:FACTS names one of several sets of facts of a pair by the beginning of its facts_hash; without it each has a row."""
    wanted, _, facts = text.strip().lower().partition(":")
    if not wanted:
        return []
    rows: list[Row] = []
    if warehouse is not None:
        near = work(folder, warehouse, begins=wanted)
        rows = [{**row, "is_gone": False} for row in _with_facts(near.filter(pl.col("facts_hash").str.starts_with(facts)))]
    known = set(near["pair_id"]) if warehouse is not None else set()
    with store.reading(folder) as connection:
        judged = log.every(connection).select(judgements.PAIR).unique(maintain_order=True)
        gone = judged.with_columns(worklist.pair_ids(judged)).filter(pl.col("pair_id").str.starts_with(wanted))
        gone = gone.filter(~pl.col("pair_id").is_in(list(known))).head(SEVERAL)
        last = [list(log.history(connection, key))[-1] for key in gone.select(judgements.PAIR).iter_rows()]
    for row in last:
        names = {f"{end}_name": row["facts"][end]["name"] for end in ("left", "right")}
        rows.append({**{name: row[name] for name in (*judgements.PAIR, "pair_id", "facts", "facts_hash")}, **names, "is_gone": True})
    exact = [row for row in rows if row["pair_id"] == wanted]
    return exact or rows


def meant(rows: list[Row], is_any: bool) -> Row | None:
    """Which of `rows` (of `find`, all of one pair) is meant; `is_any`: the newest will do. None where several sets of facts may be."""
    return rows[0] if is_any else worklist.meant(rows)


def judge(folder: Path, pair: Row, verdict: str, why: str, by: str) -> Row:
    """Records one judgement on a pair of `find`. The answer: `outcome` recorded, again (it stands already) or nothing_to_withdraw;
    and `stands`, the judgement that applies to these facts now (None if none; the newest where a record is gone)."""
    row = {**{name: pair[name] for name in (*judgements.PAIR, "facts_hash", "facts")}, "verdict": verdict, "why": why, "by": by}
    with store.writing(folder) as connection:
        new, again, _ = log.settle(log.known_of(connection, [row]), [row])
        if new:
            log.add(connection, new, dt.datetime.now(dt.UTC))
        now = judgements.state(log.known_of(connection, [row]), pair["facts_hash"])
    outcome = "recorded" if new else "again" if again else "nothing_to_withdraw"
    return {"pair_id": pair["pair_id"], "outcome": outcome, "stands": now.judgement if now.verdict or pair["is_gone"] else None}


def judge_file(folder: Path, warehouse: Path, file: Path, by: str, dry_run: bool = False) -> Row:
    """Records the judgements of a file in one transaction: recorded, again, blank (counts), of_bidders (how many of the recorded are
    on bidders), refused (rows) and batch (None if nothing).

    A row is refused with its line where it names no pair, verdict or reason, or where a fact has changed since the file was exported.
    Raises Refused where the file as a whole cannot be read. `dry_run` records nothing."""
    rows, refused = bulk.read(file, Workspace.open(folder).settings.limits)
    now = dt.datetime.now(dt.UTC)
    wanted = {name for row in rows if (name := row["pair_id"])} | {judgements.pair_id(**row) for row in bulk.keys(rows).to_dicts()}
    near = work(folder, warehouse, bulk.keys(rows)).filter(pl.col("pair_id").is_in(list(wanted)))
    known: dict[str, list[Row]] = {}
    for row in near.to_dicts():
        known.setdefault(row["pair_id"], []).append({**row, "facts": json.loads(row["facts"])})
    good, faults, blank = bulk.check(rows, known, by, now)
    with (store.reading if dry_run else store.writing)(folder) as connection:
        new, again, empty = log.settle(log.known_of(connection, good), good)
        batch = log.add(connection, new, now) if new and not dry_run and connection is not None else None
    nothing = {"column": "verdict", "value": "withdrawn", "message": "no judgement stands that could be withdrawn."}
    faults += [{"line": row["line"], **nothing, "next_step": f"Look at `deeptier judgements {row['pair_id']}`."} for row in empty]
    return {
        "file": file.name, "dry_run": dry_run, "rows": len(rows) + len(refused), "recorded": len(new), "again": len(again), "blank": blank,
        "of_bidders": sum(row["kind"] == "bidder" for row in new),
        "refused": sorted([*refused, *faults], key=lambda fault: fault["line"] or 0), "batch": batch,
    }


def history(folder: Path, pair: Row | None = None, limit: int | None = None) -> list[Row]:
    """Judgements, oldest first: of one pair, or the newest `limit`. Each with its facts, and whether it stands for those facts."""
    with store.reading(folder) as connection:
        key = judgements.pair_key(pair["kind"], pair["left_key"], pair["right_key"]) if pair else None
        rows = list(log.history(connection, key, limit))
        stands = set(judgements.standing(log.every(connection))["judgement_id"])
    return [{**row, "stands": row["judgement_id"] in stands} for row in rows]


def export(rows: list[Row], out: Path) -> int:
    """Writes pairs of `matches` to `out` (.csv or .xlsx) as a work list to fill in and give to `judge_file`; how many. Never a formula."""
    lines = [[safe_cell(cell) for cell in _cells(row)] for row in rows]
    if out.suffix.lower() == ".xlsx":
        content = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        with xlsxwriter.Workbook(content, options) as book:
            book.set_properties({"created": dt.datetime(2000, 1, 1)})  # a fixed day keeps the bytes the same
            bold, sheet = book.add_format({"bold": True}), book.add_worksheet("pairs")
            sheet.freeze_panes(1, 1)
            sheet.write_row(0, 0, SHOWN, bold)
            for line, cells in enumerate(lines, 1):
                sheet.write_row(line, 0, cells)
            sheet.autofit()
        write_atomically(out.absolute(), content.getvalue())
        return len(rows)
    texts = [[None if cell is None else str(cell) for cell in cells] for cells in lines]
    frame = pl.DataFrame(texts, schema=dict.fromkeys(SHOWN, pl.String), orient="row")
    write_atomically(out.absolute(), b"\xef\xbb\xbf" + frame.write_csv().encode())  # the mark makes spreadsheets read UTF-8
    return len(rows)


def _cells(row: Row) -> list[Any]:
    earlier = {f"earlier_{name}": row[name] for name in ("by", "at", "why")}
    sides = {f"{end}_facts": _said(row["facts"][end]) for end in ("left", "right")}
    whole = {**row, **earlier, **sides, "agrees": ", ".join(row["agrees"]), "differs": ", ".join(row["differs"])}
    whole |= dict.fromkeys(FILLED)
    numbers = {name: None if row[name] is None else round(row[name], 4) for name in ("priority", "confidence")}
    values = [(whole | numbers)[name] for name in SHOWN]
    return [value.isoformat(timespec="seconds") if isinstance(value, dt.datetime) else value for value in values]


def _said(side: Row) -> str:
    """The facts of one side in a cell: what is known of it, field by field."""
    parts = [f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in side.items() if value]
    return "; ".join(part for part in parts if not part.startswith("schema: organisation"))


def record(folder: Path, screening: Screening) -> None:
    """Keeps a screening with all its results."""
    reviews.record(folder, screening)


def audit(folder: Path, first: dt.date, last: dt.date, form: str, out: Path | None, stream: BinaryIO) -> dict[str, int]:
    """Writes the audit export of the days `first` to `last` (UTC, both included): how many entries of each type.

    jsonl: to the file `out`, or to `stream` without one. csv: to the folder `out`, which must be new or empty, or into one .zip file.
    """
    auditing.days(first, last)
    found = auditing.entries(folder, first, last)
    if out is None:
        return auditing.write_lines(found, first, last, stream)
    if form == "csv" and out.suffix.lower() != ".zip":
        with new_folder(out.absolute()) as target:
            return auditing.write_tables(found, target)
    with tempfile.TemporaryDirectory(dir=out.absolute().parent, prefix=".audit-") as name:
        part = Path(name) / "audit"
        if form == "csv":
            part.mkdir()
            counts = auditing.write_tables(found, part)
            write_atomically(out.absolute(), auditing.zipped(part))
            return counts
        with part.open("wb") as file:
            counts = auditing.write_lines(found, first, last, file)
        part.replace(out.absolute())
    return counts

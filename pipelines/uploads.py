"""Imports a user's file into a workspace: a batch folder with the file as received, the rows loaded, and the rows refused.

inbox/<table>/<batch>-<stem>/ holds the original file, staged.parquet, quarantine.parquet and batch.json, and appears whole or not at all.
Does not belong here: reading (reading.py), matching headings (mapping.py), converting values (conversion.py).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from data import model
from pipelines import conversion, derive, quarantine, reading, upload_links
from pipelines.mapping import Plan, match, read_mapping
from pipelines.normalise import fold
from pipelines.refusal import Refused
from pipelines.workspace import Workspace, new_folder

_ALIASES = {"suppliers": "party", "supplier": "party", "links": "supply_link", "agencies": "recruitment_agency", "orders": "purchase_order"}
_UNFINISHED = (".part", ".tmp", ".crdownload", ".partial", "~")


@dataclass(frozen=True)
class ImportReport:
    """What became of a file. rows_read = rows_loaded + rows_quarantined + rows_identical + rows_blank + rows_passed_over.

    `reasons`: reason -> count (a row may have several reasons), examples (messages) and next_step. `mapping`: heading -> column.
    `ignored`: headings not used. `extra`: reports of the further tables that a mapping file fills, by table and batch.
    """

    table: str
    file: str
    batch: int
    sha256: str
    imported_on: str
    kind: str
    encoding: str | None
    delimiter: str | None
    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    rows_identical: int
    rows_blank: int
    rows_passed_over: int
    small_cells: int
    reasons: dict[str, dict[str, Any]]
    mapping: dict[str, str]
    ignored: list[str]
    warnings: list[str]
    mapping_sha256: str = ""
    folder: str = ""
    as_of: str | None = None
    extra: dict[str, ImportReport] = field(default_factory=dict)
    already_imported: bool = False

    @property
    def staged_path(self) -> Path:
        return Path(self.folder) / "staged.parquet"

    @property
    def quarantine_path(self) -> Path:
        return Path(self.folder) / "quarantine.parquet"


def table_named(text: str) -> str:
    """The upload table that `text` names: its name, its title in English or French, or a common plural. Raises Refused."""
    known = {fold(name.replace("_", " ")): name for name in model.contracts("upload")}
    for name, contract in model.contracts("upload").items():
        known |= {fold(title): name for title in contract.title.values()}
    known |= _ALIASES
    key = fold(text.replace("_", " ").replace("-", " "))
    if found := known.get(key) or known.get(key.removesuffix("s")):
        return found
    raise Refused(text, "table_unknown", "no such table.", f"Tables: {', '.join(model.contracts('upload'))}.")


def import_file(
    workspace: Workspace, table: str, path: Path, mapping: Path | None = None, as_of: dt.date | None = None, dry_run: bool = False
) -> ImportReport:
    """Imports `path` into `table`, or into the tables that the mapping file declares under `tables:` (the others are in `extra`).

    `as_of` is the date at which rows without one were known; `dry_run` keeps nothing. A file imported before with the same mapping is
    recognised and not loaded again. Raises Refused, with nothing loaded, when the file as a whole cannot be understood.
    """
    table = table_named(table)
    if not path.is_file():
        raise Refused(str(path), "file_absent", "there is no such file.", "Check the name.")
    stated = read_mapping(mapping)
    targets = upload_links.targets(stated, table, path.name)
    mapped = hashlib.sha256(mapping.read_bytes()).hexdigest() if mapping else ""
    with tempfile.TemporaryDirectory(dir=workspace.inbox, prefix=".import-") as name:
        work = Path(name)
        original = work / "original"
        digest = _copy(path, original, workspace.settings.max_file_bytes)
        if earlier := _earlier(workspace, digest, mapped, [t for t, _ in targets]):
            return earlier
        raw = reading.read(
            original, work, file=path.name, sheet=stated.sheet or table, limits=workspace.settings.limits,
            encoding=stated.encoding, delimiter=stated.delimiter,
        )
        # All plans first, so that an error in one of them leaves nothing behind.
        plans = [match(target, path.name, raw.headings, rule) for target, rule in targets]
        done = [_load(workspace, raw, plan, original, (digest, mapped), as_of, work if dry_run else None) for plan in plans]
    return dataclasses.replace(done[0], extra={f"{report.table} ({report.batch})": report for report in done[1:]})


def _earlier(workspace: Workspace, digest: str, mapped: str, tables: list[str]) -> ImportReport | None:
    """The report of an import of the same file with the same mapping into the same tables."""
    found = [r for r in reports(workspace) if (r.sha256, r.mapping_sha256) == (digest, mapped) and r.table in tables]
    if {report.table for report in found} != set(tables):
        return None
    note = f"The same file was imported before (batch {found[-1].batch}); nothing was loaded again."
    return dataclasses.replace(found[-1], already_imported=True, warnings=[note, *found[-1].warnings])


def _load(
    workspace: Workspace, raw: reading.Raw, plan: Plan, original: Path, marks: tuple[str, str], as_of: dt.date | None, dry: Path | None
) -> ImportReport:
    """Converts and stores one table; into the folder `dry`, which is thrown away, for a dry run."""
    if dry is not None:
        return _report(raw, plan, 0, conversion.convert(raw, plan, dry, 0, as_of), marks, dry, as_of)
    batch = workspace.next_batch(table=plan.table, files=[raw.file])
    stem = re.sub(r"[^\w.\-]+", "-", Path(raw.file).name.split(".")[0]).strip("-.")[:60] or "file"
    target = workspace.inbox / plan.table / f"{batch}-{stem}"
    with new_folder(target) as folder:
        report = _report(raw, plan, batch, conversion.convert(raw, plan, folder, batch, as_of), marks, folder, as_of)
        report = dataclasses.replace(report, folder=str(target))
        shutil.copyfile(original, folder / _free_name(raw.file))
        _settles(raw, folder)
        about = json.dumps(dataclasses.asdict(report), ensure_ascii=False, indent=1)
        (folder / "batch.json").write_text(about, encoding="utf-8")
    return report


def _free_name(file: str) -> str:
    return f"original-{file}" if file in ("staged.parquet", "quarantine.parquet", "settles.parquet", "batch.json") else file


def _report(
    raw: reading.Raw, plan: Plan, batch: int, outcome: conversion.Outcome, marks: tuple[str, str], folder: Path, as_of: dt.date | None
) -> ImportReport:
    kept = pl.scan_parquet(folder / "quarantine.parquet", glob=False).group_by("reason").agg(
        examples=pl.col("message").head(3), next_step=pl.col("next_step").unique(maintain_order=True).head(3).str.join(" ")
    )
    about = {row["reason"]: row for row in kept.collect().to_dicts()}
    reasons = {
        reason: {"count": count, "examples": about[reason]["examples"], "next_step": about[reason]["next_step"]}
        for reason, count in sorted(outcome.reasons.items())
    }
    return ImportReport(
        table=plan.table, file=raw.file, batch=batch, sha256=marks[0], imported_on=dt.date.today().isoformat(), kind=raw.kind,
        encoding=raw.encoding, delimiter=raw.delimiter, rows_read=outcome.read, rows_loaded=outcome.loaded,
        rows_quarantined=outcome.quarantined, rows_identical=outcome.identical, rows_blank=outcome.blank,
        rows_passed_over=outcome.passed_over, small_cells=outcome.small_cells, reasons=reasons,
        mapping={heading: column for column, heading in {**plan.templates, **plan.headings}.items()}, ignored=plan.ignored,
        warnings=[*raw.warnings, *plan.warnings, *outcome.warnings], mapping_sha256=marks[1], folder=str(folder),
        as_of=as_of.isoformat() if as_of else None,
    )


def _copy(path: Path, target: Path, most: int) -> str:
    """Copies the file, so that it cannot change while it is read; gives its sha256."""
    if path.stat().st_size > most:
        raise reading.too_large(path.name, path.stat().st_size, reading.Limits(file_bytes=most))
    digest = hashlib.sha256()
    with path.open("rb") as source, target.open("wb") as out:
        while block := source.read(1 << 22):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _settles(raw: reading.Raw, folder: Path) -> None:
    """Notes which quarantine entries a corrected export answers, from its columns _batch and _line."""
    if not {"_batch", "_line"} <= set(raw.headings):
        return
    names = {f"c{raw.headings.index(name)}": name[1:] for name in ("_batch", "_line")}
    cells = [f"c{i}" for i, heading in enumerate(raw.headings) if heading and not heading.startswith("_")]
    # A row whose cells are all blank answers nothing: its text stands in _text and was not parted yet.
    is_given = pl.any_horizontal(pl.col(cells).str.strip_chars() != "") if cells else pl.lit(False)
    pieces = (piece.filter(is_given).select(list(names)) for piece in raw.pieces(conversion.PIECE, [*names, *cells]))
    answered = pl.concat(pieces).rename(names)
    answered = answered.with_columns(pl.col("batch", "line").cast(pl.Int64, strict=False)).drop_nulls().unique()
    answered.select("batch", "line").write_parquet(folder / "settles.parquet")


def _batch_folders(workspace: Workspace, table: str | None = None) -> list[tuple[int, Path]]:
    """(batch, folder) of finished batches, oldest first."""
    found = []
    for file in workspace.inbox.glob(f"{table or '*'}/*/batch.json"):
        number = file.parent.name.split("-", 1)[0]
        if number.isdigit():
            found.append((int(number), file.parent))
    return sorted(found)


def reports(workspace: Workspace, table: str | None = None) -> Iterator[ImportReport]:
    """Reports of all batches of `table` (or of all tables), oldest first."""
    for _, folder in _batch_folders(workspace, table):
        entry: dict[str, Any] = json.loads((folder / "batch.json").read_text(encoding="utf-8"))
        yield ImportReport(**{**entry, "folder": str(folder), "extra": {}})


def batches(workspace: Workspace) -> list[dict[str, Any]]:
    """batch.json of every batch, oldest first: batch, table, file, sha256, imported_on and the rest of ImportReport."""
    return [dataclasses.asdict(report) for report in reports(workspace)]


def staged(workspace: Workspace, table: str, until: int | None = None) -> pl.LazyFrame:
    """All rows of `table` (contract columns and row_id); where a key was imported again, the newest batch wins, and a row that was
    exported from quarantine, corrected and imported again is left out.

    `until` leaves out batches above it, to see the table as a past run saw it.
    """
    key = list(model.contract(table).key)
    folders = [folder for batch, folder in _batch_folders(workspace, table) if until is None or batch <= until]
    scans = [derive.conform(table, pl.scan_parquet(folder / "staged.parquet", glob=False)) for folder in folders]
    kept = [
        scan.join(pl.concat(later.select(key) for later in scans[i + 1 :]), on=key, how="anti") if i + 1 < len(scans) else scan
        for i, scan in enumerate(scans)
    ]
    if not kept:
        return pl.LazyFrame(schema=derive.schema(table))
    # A row that was exported, corrected and imported again stands aside for its correction, whatever key that has.
    return pl.concat(kept).join(quarantine.answered(workspace).lazy(), on="row_id", how="anti", maintain_order="left")


def import_inbox(workspace: Workspace) -> tuple[list[ImportReport], list[Refused]]:
    """Imports the files that were put into inbox/<table>/ by hand; a file taken in is moved into its batch, a refused one stays.

    Files still being copied (by their name) and hidden files are left alone. A mapping lies beside its file as <file>.map.yml.
    """
    done, refused = [], []
    _sweep(workspace)
    for table in model.contracts("upload"):
        for path in sorted((workspace.inbox / table).glob("*")):
            if not path.is_file() or path.name.startswith((".", "~")) or path.name.endswith((*_UNFINISHED, ".map.yml")):
                continue
            rule = path.with_name(path.name + ".map.yml")
            try:
                done.append(import_file(workspace, table, path, rule if rule.exists() else None))
                path.unlink()
                rule.unlink(missing_ok=True)
            except Refused as error:
                refused.append(error)
    return done, refused


def _sweep(workspace: Workspace) -> None:
    """Removes what imports that were killed left behind more than a day ago; it was never read."""
    for folder in (*workspace.inbox.glob(".*"), *workspace.inbox.glob("*/.*")):
        if folder.is_dir() and time.time() - folder.stat().st_mtime > 86_400:
            shutil.rmtree(folder, ignore_errors=True)

"""A file read and a plan for its columns -> staged rows in the contract's types, and quarantine entries for the rest.

Two passes in pieces, so that memory stays small: the first decides what numbers and dates of a column look like, the second converts.
Several reasons of one row are all kept. Does not belong here: where the results are put (uploads.py).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data import model
from pipelines import checks, columns, derive, quarantine, refusal
from pipelines.mapping import GENERATED, Plan
from pipelines.normalise import by_distinct, fold
from pipelines.numerals import UnclearColumn
from pipelines.reading import Raw
from pipelines.refusal import NOTES, Refused

PIECE = 500_000
SMALL_CELL = 10  # counts below it could point to single workers


@dataclass
class Outcome:
    """Counts of a conversion. `read` = loaded + quarantined + identical + blank + passed_over."""

    read: int = 0
    loaded: int = 0
    quarantined: int = 0
    identical: int = 0
    blank: int = 0
    passed_over: int = 0
    small_cells: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)


class _Writer:
    """A Parquet file written piece by piece; it exists even when no piece has rows."""

    def __init__(self, path: Path, schema: dict[str, pl.DataType], coded: list[str]) -> None:
        self.arrow = pl.DataFrame(schema=schema).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        # Speed over size: identifiers, names and addresses gain nothing from a dictionary.
        self.writer = pq.ParquetWriter(path, self.arrow, compression="lz4", use_dictionary=coded)

    def write(self, frame: pl.DataFrame) -> None:
        if frame.is_empty():
            return
        table: pa.Table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
        self.writer.write_table(table.cast(self.arrow))

    def close(self) -> None:
        self.writer.close()


def convert(raw: Raw, plan: Plan, folder: Path, batch: int, as_of: dt.date | None = None) -> Outcome:
    """Writes staged.parquet (contract columns and row_id) and quarantine.parquet into `folder`.

    `as_of` fills a blank date of knowledge (the contract's known_on). Raises Refused when a whole column cannot be understood.
    """
    return _Conversion(raw, plan, folder, batch, as_of).run()


class _Conversion:
    def __init__(self, raw: Raw, plan: Plan, folder: Path, batch: int, as_of: dt.date | None) -> None:
        self.raw, self.plan, self.folder, self.batch, self.as_of = raw, plan, folder, batch, as_of
        self.contract = model.contract(plan.table)
        # Countries come before the regions that lie in them.
        self.names = sorted(plan.expressions, key=lambda n: "subdivision" in n)
        self.styles = self._styles()
        self.outcome = Outcome(read=len(raw.lines) + len(raw.rejects))
        self.hashes: list[pl.DataFrame] = []

    def _heading(self, name: str) -> str:
        return self.plan.headings.get(name, name)

    def _styles(self) -> dict[str, columns.Style]:
        """What is decided per column, from all its cells; raises Refused if nothing decides."""
        asked = [name for name in self.names if self.contract.columns[name].type in ("number", "integer", "date")]
        roots = sorted({root for name in asked for root in self.plan.expressions[name].meta.root_names()})
        if not roots:
            return {name: columns.Style() for name in self.names}
        cells = pl.concat(self.raw.pieces(PIECE, roots), rechunk=False)
        made = {name: columns.Style() for name in self.names}
        for name in asked:
            texts = cells.select(self.plan.expressions[name].str.strip_chars().alias(name)).to_series()
            try:
                made[name] = columns.style(self.contract.columns[name], texts, self.plan.decimal, self.plan.date_order)
            except UnclearColumn as unclear:
                line = int(self.raw.lines[(texts == unclear.value).arg_max() or 0])
                raise Refused(
                    self.raw.file, "column_unclear", unclear.message, unclear.next_step,
                    line=line, column=self._heading(name), value=unclear.value,
                ) from unclear
        return made

    def run(self) -> Outcome:
        coded = [n for n, c in self.contract.columns.items() if c.vocabulary or c.format in ("country", "currency", "subdivision")]
        staged = _Writer(self.folder / "staged.parquet", derive.schema(self.plan.table), coded)
        worded = ["table", "source", "file", "column", "reason", "next_step"]
        refused = _Writer(self.folder / "quarantine.parquet", quarantine.SCHEMA, worded)
        try:
            refused.write(self._entries(self.raw.rejects.drop("raw"), self.raw.rejects.select("line", "raw").unique("line"), None))
            for piece in self.raw.pieces(PIECE):
                good, entries = self._piece(piece)
                staged.write(good)
                refused.write(entries)
            staged.close()
            drop, entries = self._duplicates()
            refused.write(entries)
        finally:
            staged.close()
            refused.close()
        if len(drop):
            self._without(drop)
        if not self.outcome.read:
            self.outcome.warnings.append("The file has headings and no rows.")
        if small := self.outcome.small_cells:
            note = f"{small} counts below {SMALL_CELL} workers were kept as unknown, so that no single worker is shown."
            self.outcome.warnings.append(note)
        return self.outcome

    def _piece(self, chunk: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """(staged rows, quarantine entries) of some rows of the file."""
        if self.plan.skip is not None:
            kept = chunk.filter(~self.plan.skip)
            self.outcome.passed_over += len(chunk) - len(kept)
            chunk = kept
        texts = self._unescaped(chunk).select("line", *(e.alias(n) for n, e in self.plan.expressions.items()))
        texts = columns.clean(texts, self.plan.table, self.names)
        filled = ~pl.all_horizontal(pl.col(n).is_null() for n in self.names if n in self.plan.headings or not self.plan.headings)
        rows = texts.filter(filled)
        self.outcome.blank += len(texts) - len(rows)
        typed = rows.select("line")
        problems: list[pl.DataFrame] = []
        for name in self.names:
            given = self._meant(name, rows[name])
            series, found = columns.read(
                self.contract.columns[name], typed.with_columns(given), self.styles[name], self.raw.file, self._heading(name)
            )
            typed, problems = typed.with_columns(series), [*problems, *found]
        typed = self._completed(typed)
        problems += checks.across(self.plan.table, typed, self.raw.file, self.plan.headings)
        if self.plan.table == "assessment":
            typed, found = checks.answers(typed, self.raw.file, self.plan.headings)
            problems += found
        return self._parted(chunk, self._masked(typed), problems)

    def _unescaped(self, chunk: pl.DataFrame) -> pl.DataFrame:
        """In a corrected export, the apostrophes that data.text.safe_cell put before formulas are taken off again."""
        if "_batch" not in self.raw.headings:
            return chunk
        return chunk.with_columns(pl.exclude("line").str.replace(r"^'([=+\-@\t\r])", "$1"))

    def _meant(self, name: str, texts: pl.Series) -> pl.Series:
        """`texts` after the mapping's table of values."""
        if not (pairs := self.plan.values.get(name)):
            return texts
        meant = {fold(written): value for written, value in pairs.items()}
        return by_distinct(texts, lambda text: meant.get(fold(text), text) or None)

    def _completed(self, typed: pl.DataFrame) -> pl.DataFrame:
        """All columns of the contract, defaults and made keys filled in; `line` stays."""
        table, key = self.plan.table, self.contract.key[0]
        rows = typed.with_columns(row_id=pl.col("line") + self.batch * 2**32)
        full = derive.conform(table, rows.lazy()).collect().with_columns(typed["line"])
        if self.as_of and self.contract.known_on:
            full = full.with_columns(pl.col(self.contract.known_on).fill_null(self.as_of))
        if parts := self.contract.columns[key].derived_from:
            made = pl.concat_str([pl.col(part).cast(pl.String).fill_null("") for part in parts], separator="|")
            full = full.with_columns(pl.col(key).fill_null(made))
        if self.plan.generates:
            full = full.with_columns(_made_key(full, GENERATED[table]).alias(key))
        return full

    def _masked(self, typed: pl.DataFrame) -> pl.DataFrame:
        small = [name for name, column in self.contract.columns.items() if column.small_cell and name in self.plan.expressions]
        for name in small:
            is_small = pl.col(name).is_between(1, SMALL_CELL - 1).fill_null(False)
            self.outcome.small_cells += int(typed.select(is_small.sum()).item())
            typed = typed.with_columns(pl.when(~is_small).then(name).alias(name))
        return typed

    def _parted(self, chunk: pl.DataFrame, typed: pl.DataFrame, problems: list[pl.DataFrame]) -> tuple[pl.DataFrame, pl.DataFrame]:
        key = pl.concat_str([pl.col(name).cast(pl.String) for name in self.contract.key], separator="|")
        found = pl.concat([refusal.no_problems(), *problems])
        barred = found.filter(~pl.col("reason").is_in(NOTES))["line"].unique()
        good = typed.filter(~pl.col("line").is_in(barred.implode())) if len(barred) else typed
        self.outcome.loaded += len(good)
        self.hashes.append(good.select("row_id", h=key.hash()))
        touched = found["line"].unique()
        keys = typed.filter(pl.col("line").is_in(touched.implode())).select("line", key=key) if len(touched) else None
        return good.drop("line"), self._entries(found, self._raws(chunk, touched), keys)

    def _raws(self, chunk: pl.DataFrame, lines: pl.Series) -> pl.DataFrame:
        """line and raw (JSON by original heading) of the rows named; counts below ten in sensitive columns are masked."""
        hidden = {self.plan.positions[n] for n, c in self.contract.columns.items() if c.small_cell and n in self.plan.positions}
        cells = []
        for i, heading in enumerate(self.raw.headings):
            cell = pl.col(f"c{i}")
            if i in hidden:
                cell = pl.when(cell.str.contains(r"^\s*[1-9](\.0*)?\s*$")).then(pl.lit(f"<{SMALL_CELL}")).otherwise(cell)
            cells.append(cell.alias(heading or f"column {i + 1}"))
        rows = chunk.filter(pl.col("line").is_in(lines.implode()))
        if not cells:
            return rows.select("line", raw=pl.lit("{}"))
        return rows.select("line", raw=pl.struct(cells).struct.json_encode())

    def _entries(self, problems: pl.DataFrame, raws: pl.DataFrame, keys: pl.DataFrame | None) -> pl.DataFrame:
        """Rows of quarantine.SCHEMA, in the order of the file; also counts them."""
        barred = problems.filter(~pl.col("reason").is_in(NOTES))
        self.outcome.quarantined += barred["line"].n_unique()
        self.outcome.reasons.update(dict(problems["reason"].value_counts().rows()))
        keys = keys if keys is not None else pl.DataFrame(schema={"line": pl.Int64, "key": pl.String})
        joined = problems.join(raws, on="line", how="left", maintain_order="left").join(keys, on="line", how="left", maintain_order="left")
        return joined.sort("line", maintain_order=True).select(
            table=pl.lit(self.plan.table), source=pl.lit("upload"), file=pl.lit(self.raw.file), line="line", column="column", value="value",
            reason="reason", message="message", next_step="next_step", raw="raw", batch=pl.lit(self.batch, dtype=pl.Int64),
            quarantined_on=pl.lit(dt.date.today()), key="key",
        )

    def _duplicates(self) -> tuple[pl.Series, pl.DataFrame]:
        """row_ids of all copies after the first of a key, and the entries for those that differ from the first."""
        none = self._entries(refusal.no_problems(), pl.DataFrame(schema={"line": pl.Int64, "raw": pl.String}), None)
        hashes = pl.concat(self.hashes) if self.hashes else pl.DataFrame(schema={"row_id": pl.Int64, "h": pl.UInt64})
        self.hashes.clear()
        suspects = hashes.filter(pl.col("h").is_duplicated())["row_id"]
        if suspects.is_empty():
            return suspects, none
        key = list(self.contract.key)
        staged = pl.scan_parquet(self.folder / "staged.parquet", glob=False)
        rows = staged.filter(pl.col("row_id").is_in(suspects.implode())).collect().sort("row_id")
        content = [name for name in rows.columns if name != "row_id"]
        rows = rows.with_columns(first=pl.col("row_id").first().over(key), content=pl.struct(content).hash())
        later = rows.filter(pl.col("row_id") != pl.col("first")).join(
            rows.select(first="row_id", first_content="content"), on="first", how="left", maintain_order="left"
        )
        differ = later.filter(pl.col("content") != pl.col("first_content"))
        self.outcome.identical += len(later) - len(differ)
        self.outcome.loaded -= len(later)
        if len(later) > len(differ):
            self.outcome.warnings.append(f"{len(later) - len(differ)} rows repeat an earlier row exactly and were counted once.")
        listed = differ.select(
            line=pl.col("row_id") - self.batch * 2**32, value=pl.concat_str(key, separator="|"),
            other=(pl.col("first") - self.batch * 2**32).cast(pl.String),
        )
        found = refusal.problems(listed, "duplicate_key", self.raw.file, self._heading(key[0]))
        wanted = listed["line"].implode()
        chunk = pl.concat(piece.filter(pl.col("line").is_in(wanted)) for piece in self.raw.pieces(PIECE))
        entries = self._entries(found, self._raws(chunk, listed["line"]), listed.select("line", key="value"))
        return later["row_id"], entries

    def _without(self, drop: pl.Series) -> None:
        staged, kept = self.folder / "staged.parquet", self.folder / "staged.kept.parquet"
        pl.scan_parquet(staged, glob=False).filter(~pl.col("row_id").is_in(drop.implode())).sink_parquet(kept, compression="lz4")
        kept.replace(staged)


def _made_key(frame: pl.DataFrame, parts: tuple[str, ...]) -> pl.Series:
    """Identifiers from the content: the same content gives the same one on any machine and at any time."""
    content = frame.select(c=pl.concat_str([pl.col(p).fill_null("").str.to_lowercase() for p in parts], separator="\x1f"))
    with duckdb.connect() as db:
        db.register("content", content.to_arrow())
        made: Any = db.sql("SELECT 'made-' || left(md5(c), 16) AS k FROM content").to_arrow_table()
    return pl.Series("key", made.column("k"), dtype=pl.String)

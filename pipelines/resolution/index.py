"""Listed names ready to be searched, kept on disk so that the next search begins warm.

Every name and alias of an entry is a row. A search compares all names of a query with all names that may be meant and keeps, per entry, the
pair of names that is surest: another alias can add a match and never take one away.

Belongs here: building, keeping and searching the index. Does not belong here: which runs of letters make a candidate (candidates.py), how
sure a pair is (probability.py), and what a match means for a party (listings.py).
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.resolution import candidates, identifiers, names, probability
from pipelines.resolution.lookup import Lookup, Places, combined, spread

# What a result keeps of both sides: what probability.explained reads.
SHOWN = ("name", "core", "n_sound", "n_legal", "country", "place", "address", "identifiers")
FACTS = ("country", "place", "address", "identifiers")
ENTRY = ("listing_id", "entity_type", *FACTS)
SCHEMAS = ("organisation", "person", "vessel")
MOST_BEARERS = 1_000  # entries of one equal name that are compared; those of the query's own country come first
MOST_ALIKE = 100  # entries of one name that is only alike
SHORTEST_BARE = 6  # characters of an identifier that is compared without its scheme
SECOND_LOOK = 0.05  # from here on all names of a query are compared with all names of the entry
PAIRS_AT_ONCE = 100_000
NAMES_AT_ONCE = 20_000
KEPT = 4  # indexes kept in a folder, the last used
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Index:
    """`entries` one row per listing; `names` one per name of an entry, sorted by schema and core; `grams` of the unique cores by schema."""

    entries: pl.DataFrame
    names: pl.DataFrame
    grams: dict[str, candidates.Grams]
    first: dict[str, Places]  # by schema: where the names of each core begin; the last is where they end
    exact: dict[str, Lookup]
    keys: Lookup
    names_of: tuple[Places, Places, Places]  # names by entry: rows, begin, number


def _rows(listing: pl.DataFrame) -> pl.DataFrame:
    """What the index is made of, in an order of its own, so that the order of the list is nothing."""
    return listing.select(*ENTRY, "name", "aliases").sort("listing_id", "name").unique("listing_id", keep="first", maintain_order=True)


@cache
def recipe() -> str:
    """Hash of everything that decides how names are prepared and compared."""
    here, total = Path(__file__).parent, hashlib.sha256(pl.__version__.encode())
    for path in sorted(p for p in here.rglob("*") if p.suffix in (".py", ".yml", ".csv", ".json")):
        total.update(str(path.relative_to(here)).encode() + path.read_bytes())
    return total.hexdigest()


def key(listing: pl.DataFrame) -> str:
    """What an index of `listing` is called: its rows and the recipe."""
    buffer = io.BytesIO()
    _rows(listing).rechunk().write_ipc(buffer, compat_level=pl.CompatLevel.oldest())
    return hashlib.sha256(recipe().encode() + buffer.getbuffer()).hexdigest()[:32]


def named(frame: pl.DataFrame, number: str, *kept: str) -> pl.DataFrame:
    """One row per name and alias of `frame` (name, aliases, schema), prepared. Names of which nothing is left are dropped, but a first one
    stays, so that an identifier can still be compared."""
    every = pl.concat_list(pl.concat_list("name"), pl.col("aliases").fill_null(pl.lit([], dtype=pl.List(pl.String))))
    rows = frame.select(number, *kept, "schema", name=every).explode("name", empty_as_null=True).with_columns(pl.col("name").fill_null(""))
    rows = rows.unique([number, "name"], keep="first", maintain_order=True)
    return names.prepared(rows).filter(pl.col("exact").is_not_null() | (pl.int_range(pl.len()).over(number) == 0))


def _with_keys(frame: pl.DataFrame, number: str) -> pl.DataFrame:
    """`frame` with its identifiers under one scheme and spelling; what no scheme can read stays as it is."""
    each = frame.select(number, "country", identifier="identifiers").explode("identifier", empty_as_null=True).drop_nulls("identifier")
    if each.is_empty():
        return frame
    known = identifiers.keys(each).select(number, identifiers=pl.coalesce("key", "identifier"))
    lists = known.group_by(number).agg(pl.col("identifiers").unique().sort())
    return frame.drop("identifiers").join(lists, on=number, how="left", maintain_order="left")


def _keys(frame: pl.DataFrame, number: str) -> pl.DataFrame:
    """`number`, key: the identifiers of each row, and long ones without scheme too, since a file may name the scheme or not."""
    known = frame.select(number, key="identifiers").explode("key", empty_as_null=True).drop_nulls("key")
    bare = known.with_columns(key=pl.col("key").str.replace(r"^[^:]*:", "")).filter(pl.col("key").str.len_chars() >= SHORTEST_BARE)
    return pl.concat([known, bare])


def _assembled(entries: pl.DataFrame, listed: pl.DataFrame, grams: dict[str, candidates.Grams]) -> Index:
    first, exact = {}, {}
    entry = listed["entry"].to_numpy().astype(np.int64)
    for schema in grams:
        here = listed.with_row_index("row").filter((pl.col("schema") == schema) & pl.col("core").is_not_null())
        rows = here["row"].to_numpy().astype(np.int64)
        begins = here.select(pl.col("core").ne_missing(pl.col("core").shift(1))).to_series().to_numpy()
        first[schema] = np.append(rows[begins], rows.max(initial=-1) + 1)
        exact[schema] = Lookup.of(here["exact"], rows)
    order = np.argsort(entry, kind="stable")
    begin = np.searchsorted(entry[order], np.arange(entries.height))
    number = np.diff(np.append(begin, order.size))
    known = _keys(entries, "entry")
    keys = Lookup.of(known["key"], known["entry"].to_numpy().astype(np.int64))
    return Index(entries, listed, grams, first, exact, keys, (order, begin, number))


def build(listing: pl.DataFrame) -> Index:
    """The index of rows of the contract `listing`."""
    entries = _with_keys(_rows(listing).with_row_index("entry"), "entry")
    listed = named(entries.rename({"entity_type": "schema"}), "entry").sort("schema", "core", "exact", "entry", "name")
    cores = {schema: listed.filter(pl.col("schema") == schema)["core"].drop_nulls().unique().sort() for schema in SCHEMAS}
    grams = {schema: candidates.build(found) for schema, found in cores.items() if found.len()}
    return _assembled(entries.drop("name", "aliases"), listed.rechunk(), grams)


def _save(index: Index, folder: Path) -> None:
    index.entries.write_ipc(folder / "entries.arrow")
    index.names.write_ipc(folder / "names.arrow")
    for schema, grams in index.grams.items():
        candidates.save(grams, folder / "grams" / schema)


def _load(folder: Path) -> Index:
    entries, listed = (pl.read_ipc(folder / f"{name}.arrow") for name in ("entries", "names"))
    schemas = [schema for schema in SCHEMAS if (folder / "grams" / schema).is_dir()]
    return _assembled(entries, listed, {schema: candidates.load(folder / "grams" / schema) for schema in schemas})


def opened(listing: pl.DataFrame, folder: Path) -> Index:
    """The index of `listing`, kept in `folder` under its key: read where it stands, else built and put there in one step.

    A copy that cannot be read is built anew. A folder that cannot be written (OSError) is told in the log and costs only time.
    """
    target = folder / key(listing)
    try:
        found = _load(target)
        os.utime(target)
        return found
    except (OSError, ValueError, pl.exceptions.PolarsError):
        index = build(listing)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".index-", dir=folder))
        try:
            _save(index, made)
            shutil.rmtree(target, ignore_errors=True)
            made.rename(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
        for old in sorted((p for p in folder.iterdir() if not p.name.startswith(".")), key=lambda p: -p.stat().st_mtime)[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        LOG.warning("the index of listed names could not be kept in %s (%s); the next search builds it again", folder, error)
    return index


def _equal(index: Index, asked: pl.DataFrame, here: Places, schema: str) -> tuple[Places, Places]:
    """Names that are equal: all of them, or MOST_BEARERS and as many of the query's own country."""
    lookup = index.exact[schema]
    begin, number = lookup.ranges(asked["exact"].gather(here))
    of, places = spread(begin, np.minimum(number, MOST_BEARERS))
    ours, theirs = [here[of]], [lookup.rows[places]]
    for crowded in np.flatnonzero(number > MOST_BEARERS):
        others = lookup.rows[begin[crowded] + MOST_BEARERS : begin[crowded] + number[crowded]]
        countries = index.entries["country"].gather(index.names["entry"].gather(others))
        own = others[(countries == asked["country"][int(here[crowded])]).fill_null(False).to_numpy()][:MOST_BEARERS]
        LOG.warning("%s entries bear the name %r; %s of them are not compared", number[crowded], asked["name"][int(here[crowded])],
                    others.size - own.size)  # fmt: skip
        ours.append(np.full(own.size, here[crowded]))
        theirs.append(own)
    return np.concatenate(ours), np.concatenate(theirs)


def _by_name(index: Index, asked: pl.DataFrame) -> tuple[Places, Places]:
    """Rows of `asked` and of the index's names that are equal or alike."""
    ours, theirs = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for schema, grams in index.grams.items():
        here = np.flatnonzero((asked["schema"] == schema).to_numpy() & asked["core"].is_not_null().to_numpy())
        near = candidates.nearest(grams, asked["core"].gather(here))
        found = near["found"].to_numpy().astype(np.int64)
        begin = index.first[schema][found]
        of, rows = spread(begin, np.minimum(index.first[schema][found + 1] - begin, MOST_ALIKE))
        alike = here[near["query"].to_numpy()][of], rows
        for one, other in (alike, _equal(index, asked, here, schema)):
            ours.append(one)
            theirs.append(other)
    return np.concatenate(ours), np.concatenate(theirs)


def _all_names(index: Index, asked: pl.DataFrame, queries: Places, entries: Places) -> tuple[Places, Places]:
    """All names of each query with all names of the entry beside it. `asked` is sorted by query."""
    number = asked["query"].to_numpy()
    begin, end = np.searchsorted(number, queries, "left"), np.searchsorted(number, queries, "right")
    order, begins, numbers = index.names_of
    ours, theirs = combined(begin, end - begin, begins[entries], numbers[entries])
    return ours, order[theirs]


def _by_identifier(index: Index, queries: pl.DataFrame) -> pl.DataFrame:
    """query, entry: those that share an identifier, whatever kind they are taken for: a sole trader bids under a company number."""
    if queries["identifiers"].null_count() == queries.height:
        return pl.DataFrame(schema={"query": pl.Int64, "entry": pl.Int64})
    known = _keys(queries, "query")
    of, places = spread(*index.keys.ranges(known["key"]))
    asked, entries = known["query"].gather(of), index.keys.rows[places]
    return pl.DataFrame({"query": asked.cast(pl.Int64), "entry": entries.astype(np.int64)}).unique().sort("query", "entry")


def _with_other_names(index: Index, asked: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Pairs of query and entry that may be one, of which more names can be compared than one with one."""
    pairs = found.select(pl.col("query", "entry").cast(pl.Int64)).unique()
    number = np.bincount(asked["query"].to_numpy())[pairs["query"].to_numpy()] * index.names_of[2][pairs["entry"].to_numpy()]
    return pairs.filter(pl.Series(number > 1, dtype=pl.Boolean))


def _compared(index: Index, queries: pl.DataFrame, asked: pl.DataFrame, ours: Places, theirs: Places, floor: float) -> pl.DataFrame:
    """The pairs with their probability, where it reaches `floor` or a number is shared; in slices, so that memory stays bounded."""
    pairs = pl.DataFrame({"row_1": ours, "row_2": theirs}).unique().sort("row_1", "row_2")
    parts = []
    for start in range(0, max(pairs.height, 1), PAIRS_AT_ONCE):
        part = pairs.slice(start, PAIRS_AT_ONCE)
        left, right = asked[part["row_1"]], index.names[part["row_2"]]
        both = pl.concat(
            [
                left.drop("query", "country").select(pl.all().name.suffix("_1")),
                right.drop("entry").select(pl.all().name.suffix("_2")),
                queries[left["query"]].select(pl.col(FACTS).name.suffix("_1")),
                index.entries[right["entry"]].select(pl.col(FACTS).name.suffix("_2")),
                pl.DataFrame({"query": left["query"], "entry": right["entry"]}),
            ],
            how="horizontal",
        )
        parts.append(probability.probabilities(both).filter((pl.col("probability") >= floor) | (pl.col("basis") == "identifier")))
    return pl.concat(parts)


def search(index: Index, queries: pl.DataFrame, floor: float, limit: int | None = None) -> pl.DataFrame:
    """One row per query and entry at or above `floor`, or with a number in common: the surest pair of their names.

    `queries`: key, schema, name, aliases, country, place, address, identifiers. Result: query_key, listing_id, our_name, listed_name,
    probability (not capped), basis, c_* and what `probability.explained` reads; the surest first, at most `limit` per query.
    """
    numbered = _with_keys(queries.with_row_index("query"), "query")
    asked = named(numbered, "query", "country")
    parts = []
    by_identifier = _by_identifier(index, numbered)
    for start in range(0, max(asked.height, 1), NAMES_AT_ONCE):
        ours, theirs = _by_name(index, asked.slice(start, NAMES_AT_ONCE))
        parts.append(_compared(index, numbered, asked, ours + start, theirs, min(floor, SECOND_LOOK)))
    first = pl.concat(parts)
    again = pl.concat([_with_other_names(index, asked, first), by_identifier]).unique()
    every = first.filter((pl.col("probability") >= floor) | (pl.col("basis") == "identifier"))
    if again.height:
        pairs = _all_names(index, asked, again["query"].to_numpy(), again["entry"].to_numpy())
        every = pl.concat([every, _compared(index, numbered, asked, *pairs, floor)])
    best = every.sort("query", "probability", "entry", "name_1", "name_2", descending=[False, True, False, False, False])
    best = best.unique(["query", "entry"], keep="first", maintain_order=True)
    if limit is not None:
        best = best.filter(pl.int_range(pl.len()).over("query") < limit)
    shown = [f"{name}_{side}" for side in (1, 2) for name in SHOWN]
    return best.select(
        pl.Series("query_key", queries["key"].gather(best["query"])),
        pl.Series("listing_id", index.entries["listing_id"].gather(best["entry"])),
        pl.col("name_1").alias("our_name"), pl.col("name_2").alias("listed_name"), "probability", "basis",
        *probability.CONTRIBUTIONS, *shown,
    )  # fmt: skip

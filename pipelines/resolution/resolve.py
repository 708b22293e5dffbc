"""Which rows of parties are one party: each row links to a master that came before it, or becomes one.

Rows are taken in the order they were loaded, and a name that is only alike is held against masters alone, so that nothing grows by chains
and a row that is added later never changes what stands. An equal identifier, or an equal name with country and place, joins for certain. A
name that is alike joins from the threshold merge_from on, where it is one spelling and place or address agree; less sure pairs are for a
person to judge. Rows whose numbers of one scheme differ, and sites of one company at two addresses, are never one.

Belongs here: linking, and what forbids it. Does not belong here: how sure a pair is (probability.py), what people judged (reviews).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from pipelines.resolution import addresses, identifiers, names, probability
from pipelines.resolution.thresholds import threshold

# Columns with a number, and the scheme that one without a scheme of its own has; TAX is read by the country.
IDENTIFIERS = {"lei": "LEI:", "duns": "DUNS:", "tax_id": "TAX:", "registry_id": ""}
COMPANY_NUMBERS = ("lei", "duns", "tax_id")  # say which company, not which of its sites
SITES = ("facility", "farm", "mine", "vessel")  # a company may have several, each with people of its own
EARLIER = 20  # rows of one key, the first loaded, that later ones are held against
LONGEST_MARK = 3  # letters of a word that may tell two sites apart (A, 2B, Ulu)
MOST_SLIPS, SLIPS_PER_LETTER = 2, 0.15  # letters written otherwise in one name
PAIRS_AT_ONCE = 200_000
_ORDER = {"judged_same": 0, "identifier": 1, "name_place": 2, "name_alike": 3}
REVIEW = {
    "party_id": pl.String, "other_id": pl.String, "our_name": pl.String, "other_name": pl.String, "match_basis": pl.String,
    "match_confidence": pl.Float64, "is_confirmed": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True)
class Resolved:
    """`alias`: party_id, master_id, basis, probability for each row of a party. `to_review`: pairs of masters that may be one (REVIEW)."""

    alias: pl.DataFrame
    to_review: pl.DataFrame


def plain(text: pl.Expr) -> pl.Expr:
    """Lower-case letters and digits without accents, one space between words; null where nothing is left."""
    bare = text.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    bare = bare.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return pl.when(bare.str.len_chars() > 0).then(bare)


def written(column: str) -> pl.Expr:
    """The number of a column of a party as SCHEME:ID."""
    has_scheme = pl.col(column).str.contains(":", literal=True)
    return pl.when(has_scheme).then(pl.col(column)).otherwise(pl.lit(IDENTIFIERS[column]) + pl.col(column))


def _numbers(rows: pl.DataFrame) -> pl.DataFrame:
    """node, column, key, scheme, value of every number that can be compared and whose check digit is not wrong."""
    each = [rows.select("node", "country", column=pl.lit(name), identifier=written(name)).drop_nulls("identifier") for name in IDENTIFIERS]
    known = identifiers.keys(pl.concat(each)).drop_nulls("key").filter(pl.col("is_valid").fill_null(True))
    return known.select("node", "column", "key", scheme=pl.col("key").str.extract(r"^([^:]*)"), value=pl.coalesce("owner", "key"))


def _earlier(keyed: pl.DataFrame) -> pl.DataFrame:
    """a, b: each row (b) with the first EARLIER rows of its `key` that were loaded before it. Depends on nothing that comes later."""
    rows = keyed.drop_nulls("key").unique(["key", "node"]).sort("key", "node").filter(pl.len().over("key") > 1)
    first = rows.filter(pl.int_range(pl.len()).over("key") < EARLIER)
    pairs = first.join(rows, on="key", suffix="_b").filter(pl.col("node") < pl.col("node_b"))
    return pairs.select(pl.exclude("key", "node", "node_b"), a="node", b="node_b")


def _alike(rows: pl.DataFrame) -> pl.DataFrame:
    """a, b: rows of one country whose names have the same numbers and all words but one, or sound alike, or differ in spaces alone."""
    words = pl.col("core").str.split(" ").list.sort()
    block = pl.format("{}|{}|", "country", pl.col("core").str.extract_all(r"\d+").list.sort().list.join(","))
    base = rows.drop_nulls(["country", "core"]).select("node", "place_key", "n_core", "n_sound", block=block, words=words)
    size = pl.col("words").list.len()
    less = (
        base.filter((size > 1) & (size < 12))
        .with_columns(left_out=pl.int_ranges(size))
        .explode("left_out", empty_as_null=True)
        .with_columns(rest=pl.concat_list(pl.col("words").list.head("left_out"), pl.col("words").list.slice(pl.col("left_out") + 1)))
    )
    keys = [
        base.select("node", "place_key", key=pl.col("block") + pl.col("words").list.join(" ")),
        base.select("node", "place_key", key=pl.col("block") + "=" + pl.col("n_core")),
        base.filter(pl.col("n_sound").str.len_bytes() > 3).select("node", "place_key", key=pl.col("block") + "~" + pl.col("n_sound")),
        less.select("node", "place_key", key=pl.col("block") + "-" + pl.col("rest").list.join(" ")),
    ]
    every = pl.concat(keys)
    here = every.select("node", key=pl.col("key") + "@" + pl.col("place_key"))  # null without a place
    return pl.concat([_earlier(every.select("node", "key")), _earlier(here)]).unique()


def _options(rows: pl.DataFrame, numbers: pl.DataFrame, judged: pl.DataFrame | None) -> pl.DataFrame:
    """a, b, rule, is_company (the number that joins says only which company): pairs of rows that may be one, by the surest rule."""
    company = pl.col("column").is_in(COMPANY_NUMBERS).all().over("key")
    by_number = _earlier(numbers.with_columns(is_company=company)).select("a", "b", "is_company", rule=pl.lit("identifier"))
    place = pl.coalesce("address_key", "place_key")
    by_place = _earlier(rows.select("node", key=pl.concat_str(["exact", "country", place], separator="|")))
    parts = [by_number, *(
        frame.select("a", "b", is_company=pl.lit(False), rule=pl.lit(rule))
        for frame, rule in ((by_place, "name_place"), (_alike(rows), "name_alike"))
    )]  # fmt: skip
    if judged is not None:
        node = rows.select("party_id", "node")
        same = judged.filter(pl.col("verdict") == "same").join(node, on="party_id").join(node, left_on="other_id", right_on="party_id")
        parts.append(
            same.select(
                a=pl.min_horizontal("node", "node_right"), b=pl.max_horizontal("node", "node_right"), is_company=pl.lit(False),
                rule=pl.lit("judged_same"),
            ).filter(pl.col("a") < pl.col("b"))
        )  # fmt: skip
    order = pl.col("rule").replace_strict(_ORDER, return_dtype=pl.Int8)
    return pl.concat(parts).with_columns(order=order).sort("a", "b", "order", "is_company").unique(["a", "b"], keep="first")


def one_spelling(pairs: pl.DataFrame) -> pl.Series:
    """Whether two names are one but for a slip or two: Unit A and Unit B, Mill 2A and Mill 2B, or a word more are never a slip."""
    words = [pl.col(f"core_{side}").fill_null("").str.split(" ").list.sort() for side in (1, 2)]
    short = (pl.element().str.len_bytes() <= LONGEST_MARK) | pl.element().str.contains(r"\d")
    marks = [each.list.filter(short).list.join(" ") for each in words]
    whole = [pl.col(f"core_{side}").str.replace_all(" ", "", literal=True) for side in (1, 2)]
    texts = pairs.select(a=words[0].list.join(""), b=words[1].list.join(""), marks=marks[0] == marks[1], joined=whole[0] == whole[1])
    slips = process.cpdist(texts["a"].to_list(), texts["b"].to_list(), scorer=OSA.distance, score_cutoff=MOST_SLIPS, dtype=np.int32)
    length = pl.min_horizontal(pl.col("a", "b").str.len_bytes())
    few = (pl.col("slips") <= MOST_SLIPS) & (pl.col("slips") <= SLIPS_PER_LETTER * length)
    known = texts.with_columns(slips=pl.Series(slips, dtype=pl.Int32))
    return known.select((few & pl.col("marks")) | pl.col("joined").fill_null(False)).to_series()


def _weighed(rows: pl.DataFrame, options: pl.DataFrame) -> pl.DataFrame:
    """`options` with `probability` and `fits`: whether address, place and kind allow the two to be one."""
    parts = []
    for part in options.iter_slices(PAIRS_AT_ONCE) if options.height else [options]:
        sides = [rows[part["a"]], rows[part["b"]]]
        both = pl.concat([part, *(side.select(pl.all().name.suffix(f"_{n}")) for n, side in enumerate(sides, 1))], how="horizontal")
        weighed = probability.probabilities(both).with_columns(
            near=addresses.likeness(both["address_1"], both["address_2"]), isone_spelling=one_spelling(both)
        )
        parts.append(weighed)
    is_site = pl.col("party_kind_1").is_in(SITES) | pl.col("party_kind_2").is_in(SITES)
    place = pl.col("place_key_1") == pl.col("place_key_2")
    at_one = pl.when(pl.col("near").is_not_null()).then(pl.col("near") >= threshold("same_address")).otherwise(place)  # null: not known
    alike = at_one.fill_null(False) & ((pl.col("party_kind_1") == pl.col("party_kind_2")) | pl.col("near").is_not_null() | ~is_site)
    fits = (
        pl.when(pl.col("rule") == "identifier").then(~(pl.col("is_company") & is_site) | at_one.fill_null(True))
        .when(pl.col("rule") == "name_alike").then(alike & pl.col("isone_spelling") & (pl.col("probability") >= threshold("merge_from")))
        .otherwise(True)
    )  # fmt: skip
    return pl.concat(parts).with_columns(fits=fits)


@dataclass
class _Links:
    """The state of linking: master by row, and by master its members and its numbers by scheme."""

    master: dict[int, int] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[int, dict[str, set[str]]] = field(default_factory=dict)
    found: dict[int, tuple[str, float]] = field(default_factory=dict)

    def differ(self, master: int, row: int) -> bool:
        """Whether a scheme has numbers for both and none in common."""
        known, own = self.numbers.get(master, {}), self.numbers.get(row, {})
        return any(scheme in known and not known[scheme] & values for scheme, values in own.items())

    def join(self, row: int, master: int, basis: str, sure: float) -> None:
        self.master[row] = master
        self.members[master].append(row)
        self.found[row] = (basis, sure)
        known = self.numbers.setdefault(master, {})
        for scheme, values in self.numbers.get(row, {}).items():
            known[scheme] = known.get(scheme, set()) | values


def _linked(options: pl.DataFrame, numbers: pl.DataFrame, apart: set[tuple[int, int]]) -> _Links:
    links = _Links()
    for node, scheme, value in numbers.select("node", "scheme", "value").iter_rows():
        links.numbers.setdefault(node, {}).setdefault(scheme, set()).add(value)
    ordered = options.filter("fits").sort("b", "order", "probability", "a", descending=[False, False, True, False])
    for a, b, basis, sure in ordered.select("a", "b", "rule", "probability").iter_rows():
        master = links.master.get(a, a)
        if b in links.master or (basis == "name_alike" and master != a):
            continue
        judged = basis == "judged_same"
        if not judged and (links.differ(master, b) or any((min(m, b), max(m, b)) in apart for m in (master, *links.members[master]))):
            continue
        links.join(b, master, basis, 1.0 if judged else sure)
    return links


def _apart(rows: pl.DataFrame, judged: pl.DataFrame | None) -> set[tuple[int, int]]:
    if judged is None:
        return set()
    node = rows.select("party_id", "node")
    different = judged.filter(pl.col("verdict") == "different").join(node, on="party_id")
    different = different.join(node, left_on="other_id", right_on="party_id")
    return {(min(pair), max(pair)) for pair in different.select("node", "node_right").iter_rows()}


def _known_from_registers(rows: pl.DataFrame, links: _Links) -> list[int]:
    """Masters of which no row is anybody's own: pipelines/ownership made them from registers, which have told them apart by number."""
    made = rows.select((pl.col("party_kind") == "owner") & ~pl.col("is_own_chain") & (pl.col("registry_id") == pl.col("party_id")))
    only = made.to_series().fill_null(False).to_list()
    return [node for node in rows["node"] if node not in links.master and all(only[row] for row in (node, *links.members.get(node, [])))]


def _to_review(rows: pl.DataFrame, options: pl.DataFrame, links: _Links, apart: set[tuple[int, int]]) -> pl.DataFrame:
    """Pairs of masters of which some rows may be one, the surest pair of rows of each; never two that only registers know."""
    to_master = {"old": list(links.master), "new": list(links.master.values())}
    waiting = options.filter((pl.col("probability") >= threshold("review_from")) | (pl.col("rule") != "name_alike"))
    ends = [waiting[name].replace(to_master["old"], to_master["new"]).cast(pl.Int64) for name in ("a", "b")]
    pairs = waiting.with_columns(left=pl.min_horizontal(*ends), right=pl.max_horizontal(*ends)).filter(pl.col("left") != pl.col("right"))
    registered = pl.Series(_known_from_registers(rows, links), dtype=pl.Int64).implode()
    pairs = pairs.filter(~(pl.col("left").is_in(registered) & pl.col("right").is_in(registered)))
    judged = pl.DataFrame(sorted(apart), schema={"left": pl.Int64, "right": pl.Int64}, orient="row")
    pairs = pairs.join(judged, on=["left", "right"], how="anti")
    best = pairs.sort("probability", "a", "b", descending=[True, False, False]).unique(["left", "right"], keep="first", maintain_order=True)
    basis = pl.col("basis")
    return best.select(
        party_id=rows["party_id"].gather(best["left"]), other_id=rows["party_id"].gather(best["right"]),
        our_name="name_1", other_name="name_2", match_basis=basis,
        match_confidence=probability.capped(pl.col("probability"), basis), is_confirmed=pl.lit(False),
    ).cast(REVIEW)  # type: ignore[arg-type]  # fmt: skip


def resolve(party: pl.LazyFrame, judged: pl.DataFrame | None = None) -> Resolved:
    """Links rows of the contract `party` (with row_id) to masters; basis `own` marks a master.

    `judged`: party_id, other_id, verdict (same, different, unsure) of rows that people compared; what they say goes before any rule.
    """
    columns = ["party_id", "row_id", "name", "party_kind", "country", "place", "address", "is_own_chain", *IDENTIFIERS]
    rows = party.select(columns).sort("row_id").collect().with_row_index("node").with_columns(pl.col("node").cast(pl.Int64))
    schema = pl.when(pl.col("party_kind") == "vessel").then(pl.lit("vessel")).otherwise(pl.lit("organisation"))
    rows = names.prepared(rows.with_columns(schema=schema))
    rows = rows.with_columns(
        place_key=plain(pl.col("place")), address_key=plain(pl.col("address")),
        identifiers=pl.concat_list([written(name) for name in IDENTIFIERS]).list.drop_nulls(),
    )  # fmt: skip
    numbers, apart = _numbers(rows), _apart(rows, judged)
    options = _weighed(rows, _options(rows, numbers, judged))
    links = _linked(options, numbers, apart)
    linked = pl.DataFrame(
        [(row, master, *links.found[row]) for row, master in links.master.items()],
        schema={"node": pl.Int64, "master": pl.Int64, "basis": pl.String, "probability": pl.Float64}, orient="row",
    )  # fmt: skip
    alias = rows.select("node", "party_id").join(linked, on="node", how="left", maintain_order="left")
    alias = alias.with_columns(master=pl.coalesce("master", "node"))
    alias = alias.select(
        "party_id", master_id=rows["party_id"].gather(alias["master"]), basis=pl.col("basis").fill_null("own"), probability="probability"
    )
    return Resolved(alias, _to_review(rows, options, links, apart))

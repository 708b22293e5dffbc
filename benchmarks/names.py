"""Names a second, memory and recall of the search for listed names, on made-up names, and suppliers against the shipped lists.

    python -m benchmarks.names [LISTED:ASKED ...]        (without sizes: 50000:10000 50000:100000 500000:10000 500000:100000)

The names are put together from syllables, trade words, places and legal forms of eight regions, partly in Cyrillic, Greek, Arabic and
Chinese script; nine in ten queries are a listed name written otherwise (a slip, another order, script dropped, a word or form left out),
the rest are listed nowhere. Each size runs in a process of its own. Figures are printed, never asserted: machines differ and are shared.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

SIZES = ("50000:10000", "50000:100000", "500000:10000", "500000:100000")
SHIPPED = "shipped:100000"
ONE_BY_ONE = 200
STEMS = 20_000
FLOOR = 0.5
# share of the names, syllables, trade words, legal forms, places
REGIONS = {
    "zh": (0.30, "zhong hua da guang xin jin hong sheng long fei tai yuan hai shan he xing fu jia ming bao wei li dong "
           "nan bei tian rui cheng",
           "trading textile electronics import export industrial technology garment plastic machinery metal chemical "
           "knitting toys hardware group",
           "Co., Ltd.|Co Ltd|Limited|Company Limited|(Group) Co., Ltd", "ningbo shanghai shenzhen guangzhou hangzhou "
           "dongguan xinjiang qingdao"),
    "en": (0.15, "nor wes ton ham ford ber mar wel cor lan dale stan brook mill har grove well ash field den ley wick ring ster burn",
           "services holdings trading international group logistics foods engineering industries management solutions "
           "supplies energy marine",
           "Ltd|Limited|LLC|Inc.|PLC|", "london texas ohio bristol pacific atlantic"),
    "es": (0.13, "san ta mar ra do ver sol cam po ri co mon te al va rez gui lla for le za no bel qui",
           "comercial industrial transportes servicios inversiones agropecuaria constructora distribuidora minera "
           "textiles alimentos agricola",
           "S.A.|S.A. de C.V.|Ltda|S.L.|", "mexico bogota lima santiago parana goias"),
    "ru": (0.10, "mos vo sib ural nef te gaz prom stroy mash met vol ga kras no yar sk tek av to trans bel dor",
           "zavod kombinat holding invest torgovy dom stroitelnaya kompaniya neft energo servis logistika agro promyshlennaya",
           "OOO|LLC|JSC|ZAO|OAO", "moskva ural sibir kazan volga don"),
    "ar": (0.08, "al ra shid na ser ma jid ha mad kha lil sa lam bad ri fa ris ja mal nou zay",
           "trading contracting general establishment exchange investment group import export shipping foodstuff", "LLC|FZE|Co.|W.L.L.|",
           "dubai sharjah gulf doha cairo amman"),
    "in": (0.10, "shri lak shmi ga ne sh vi na yak bha rat ja ya de kri sh pra ka su dha an and mo han",
           "textiles exports industries garments spinning mills enterprises overseas fashions steels impex apparels creations",
           "Pvt Ltd|Private Limited|Ltd|& Sons|LLP", "tirupur mumbai delhi dhaka lahore karachi"),
    "id": (0.08, "in do ma ju se ti me ga su bur nu san ta ra ka rya ja ya mas per da la wi",
           "jaya sejahtera abadi makmur sawit perkebunan agro lestari utama garment palma plantation mandiri", "PT|Sdn. Bhd.|Tbk|",
           "jakarta johor sarawak riau penang medan"),
    "de": (0.06, "ber ger stein hof mann wald rich ter schmi dt bau er kra mer hart wig neu burg lin den",
           "handels maschinenbau technik verwaltung logistik bau industrie transport beteiligungs vertriebs", "GmbH|GmbH & Co. KG|AG|e.K.",
           "hamburg berlin rhein nord sued bayern"),
}  # fmt: skip
SCRIPTS = {
    "ru": (0.3, str.maketrans("abvgdezijklmnoprstufhcy", "абвгдезийклмнопрстуфхцы")),
    "ar": (0.2, str.maketrans("abtjhdrzsfqklmnwyieou", "ابتجحدرزسفقكلمنويياوو")),
    "en": (0.02, str.maketrans("abgdezhiklmnoprstufx", "αβγδεζηικλμνοπρστυφξ")),
}
HAN = "中华大广新金鸿盛龙飞泰远海山和兴富嘉明宝伟利东南北天瑞诚康联纺织贸易电子科技"


def made_up(n: int, seed: int = 7) -> list[str]:
    """`n` made-up names of organisations."""
    random = np.random.default_rng(seed)
    share = np.array([region[0] for region in REGIONS.values()])
    region = random.choice(len(REGIONS), n, p=share / share.sum())
    names: list[str] = [""] * n
    for number, (code, (_, syllables, words, forms, places)) in enumerate(REGIONS.items()):
        at = np.flatnonzero(region == number)
        fixed = np.random.default_rng(number)  # the same stems in every run, whatever the seed
        sounds, trade, legal, towns = syllables.split(), words.split(), forms.split("|"), places.split()
        stems = ["".join(fixed.choice(sounds, size)) for size in fixed.integers(2, 5, STEMS)]
        frequent = (1 / np.arange(1, len(trade) + 1)) / (1 / np.arange(1, len(trade) + 1)).sum()
        common = np.minimum(random.zipf(1.3, at.size) - 1, STEMS - 1)
        first = np.where(random.random(at.size) < 0.1, common, random.integers(0, STEMS, at.size))
        second, town, form = (random.integers(0, size, at.size) for size in (STEMS, len(towns), len(legal)))
        trades = random.choice(len(trade), (2, at.size), p=frequent)
        chance = random.random((4, at.size))
        written, table = SCRIPTS.get(code, (0.0, {}))
        for k, place in enumerate(at):
            parts = [towns[town[k]]] if chance[0, k] < 0.5 else []
            parts += [stems[first[k]], *([stems[second[k]]] if chance[1, k] < 0.5 else []), trade[trades[0, k]]]
            parts += [trade[trades[1, k]]] if chance[2, k] < 0.4 else []
            name = " ".join([*parts, legal[form[k]]]).strip()
            if chance[3, k] < written:
                name = name.lower().translate(table)
            if code == "zh" and chance[3, k] < 0.1:
                name = "".join(random.choice(list(HAN), 6)) + "有限公司"
            names[place] = name.title() if name.isascii() else name
    return names


def written_otherwise(names: list[str], seed: int = 3) -> list[str]:
    """Each name with one change: a letter lost, doubled or swapped, words turned, the last left out, or capitals."""
    random = np.random.default_rng(seed)
    changed = []
    for name, kind, where in zip(names, random.integers(0, 6, len(names)), random.random(len(names)), strict=True):
        at, words = 1 + int(where * max(len(name) - 3, 1)), name.split()
        ways = (
            name[:at] + name[at + 1 :], name[:at] + name[at : at + 1] + name[at:], name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
            " ".join(words[1:] + words[:1]), " ".join(words[:-1]) if len(words) > 2 else name, name.upper(),
        )  # fmt: skip
        changed.append(ways[kind])
    return changed


def listing(names: list[str]) -> pl.DataFrame:
    """Rows of the contract `listing` for names."""
    from pipelines.derive import conform

    rows = pl.DataFrame({"listing_id": [f"L{number}" for number in range(len(names))], "name": names, "entity_type": "organisation"})
    return conform("listing", rows.lazy()).collect()


def asked(names: list[str]) -> pl.DataFrame:
    """Queries of index.search for names; the key of the first is Q0."""
    facts = ("country", "subdivision", "place", "address")
    return pl.DataFrame({"key": [f"Q{number}" for number in range(len(names))], "name": names}).with_columns(
        *(pl.lit(None, dtype=pl.String).alias(name) for name in facts), schema=pl.lit("organisation"),
        aliases=pl.lit(None, dtype=pl.List(pl.String)), identifiers=pl.lit(None, dtype=pl.List(pl.String)),
    )  # fmt: skip


def shipped() -> pl.DataFrame:
    """The listings that come with the project; those that are fetched (OFAC, UN and others) are larger and not at hand everywhere."""
    from data import model
    from pipelines.derive import conform

    parts = []
    for path in sorted((model.HERE / "reference").glob("*_listings.csv")):
        texts = pl.read_csv(path, infer_schema=False).select("listing_id", "list_id", "name", "aliases", "entity_type", "country", "place")
        parts.append(texts.with_columns(aliases=pl.col("aliases").str.split(";").list.eval(pl.element().str.strip_chars())))
    return conform("listing", pl.concat(parts).lazy()).collect()


def measure(known: str, number: int) -> dict[str, Any]:
    """Seconds, memory and recall for `number` queries against `known` made-up names, or the shipped lists."""
    from pipelines.resolution import index

    base = shipped() if known == "shipped" else listing(made_up(int(known)))
    names = base["name"].to_list()
    planted = min(len(names), number * 9 // 10)
    queries = asked(written_otherwise(names[:planted]) + made_up(number - planted, seed=99))
    with tempfile.TemporaryDirectory(prefix="deeptier-names-") as folder:
        index.search(index.build(base.head(10)), queries.head(10), FLOOR)  # compiles what is compiled
        begun = time.perf_counter()
        found = index.opened(base, Path(folder))
        built = time.perf_counter() - begun
        del found
        begun = time.perf_counter()
        found = index.opened(base, Path(folder))
        loaded = time.perf_counter() - begun
    begun = time.perf_counter()
    cpu = time.process_time()
    matches = index.search(found, queries, FLOOR)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    truth = pl.DataFrame({"query_key": queries["key"].head(planted), "listing_id": base["listing_id"].head(planted)})
    one = []
    for place in range(ONE_BY_ONE):
        begun = time.perf_counter()
        index.search(found, queries.slice(place * (number // ONE_BY_ONE), 1), FLOOR)
        one.append((time.perf_counter() - begun) * 1000)
    return {
        "listed": base.height, "asked": number, "index built, s": built, "index loaded, s": loaded, "search, s": seconds,
        "search, CPU s": cpu, "names a second": number / seconds, "peak memory, MB": peak,
        "planted names found, %": 100 * matches.join(truth, on=["query_key", "listing_id"], how="semi").height / max(planted, 1),
        "rows a query": matches.height / number, "one query, ms, median": statistics.median(one),
        "one query, ms, p95": sorted(one)[int(0.95 * ONE_BY_ONE)],
    }  # fmt: skip


def main(sizes: list[str]) -> None:
    """Prints one table: a row per figure, a column per size."""
    found = []
    for size in sizes:
        done = subprocess.run(  # noqa: S603  (our own module in our own interpreter)
            [sys.executable, "-m", "benchmarks.names", "--one", size], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{size} failed:\n{done.stdout}\n{done.stderr}")
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
        print(f"{size}: {found[-1]['search, s']:.1f} s, {found[-1]['peak memory, MB']:,.0f} MB at the peak", flush=True)
    print()
    for name in found[0]:
        places = 0 if max(float(entry[name]) for entry in found) >= 1000 else 2
        print(f"{name:<26}" + "".join(f"{entry[name]:>14,.{places}f}" for entry in found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        known, number = sys.argv[2].split(":")
        print(json.dumps(measure(known, int(number))))
    else:
        main(sys.argv[1:] or [*SIZES, SHIPPED])

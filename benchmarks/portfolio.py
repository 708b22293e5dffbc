"""Seconds and peak memory per stage on made-up portfolios, and how they grow.

    python -m benchmarks.portfolio [10000 100000 1000000]

A portfolio of n parties has 10 n supply links (every party ten), 5 n recruitment payments, and the shipped reference facts. Each size runs
in a process of its own. Figures are printed, never asserted: machines differ and are shared.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

SIZES = (10_000, 100_000, 1_000_000)
COUNTRIES = (
    "MYS",
    "IDN",
    "CHN",
    "IND",
    "BGD",
    "VNM",
    "THA",
    "TUR",
    "CIV",
    "GHA",
    "BRA",
    "MEX",
    "DEU",
    "FRA",
    "USA",
    "COD",
    "PAK",
    "TKM",
    "JOR",
    "MUS",
)
GOODS = (
    "180100",
    "151110",
    "520100",
    "520512",
    "611020",
    "620342",
    "030617",
    "854231",
    "850760",
    "260500",
    "401519",
    "090111",
    "847130",
    "940360",
)
SECTORS = ("agriculture", "textiles", "garments", "fishing", "electronics", "mining", "chemicals", "office_services", "food_processing")


def portfolio(n: int, seed: int = 7) -> dict[str, pl.DataFrame]:
    """The tables of a made-up portfolio of `n` parties: party 0 is the buyer; each buys from higher numbers, a few in cycles."""
    random = np.random.default_rng(seed)
    ids = pl.Series([f"P{number:07d}" for number in range(n)])
    party = pl.DataFrame(
        {
            "party_id": ids,
            "name": "Made-up party " + ids,
            "party_kind": ["buyer"] + ["supplier"] * (n - 1),
            "country": random.choice(COUNTRIES, n),
            "sector": random.choice(SECTORS, n),
            "commodity_hs": random.choice(GOODS, n),
            "worker_count": random.integers(10, 5000, n),
        }
    )
    buyer = np.repeat(np.arange(n), 10)
    reach = np.minimum(buyer + 1 + random.geometric(10 / n, buyer.size), n - 1)
    back = random.random(buyer.size) < 0.001
    supplier = np.where(back, random.integers(0, n, buyer.size), reach)
    link = (
        pl.DataFrame(
            {
                "buyer_id": ids.gather(buyer),
                "supplier_id": ids.gather(supplier),
                "commodity_hs": random.choice(GOODS, buyer.size),
                "share": np.where(random.random(buyer.size) < 0.7, random.random(buyer.size) * 0.08, np.nan),
                "custody": random.choice(("unknown", "mass_balance", "segregated", "declared"), buyer.size),
            }
        )
        .filter(pl.col("buyer_id") != pl.col("supplier_id"))
        .with_row_index("link_id")
        .with_columns(pl.col("link_id").cast(pl.String), share=pl.col("share").fill_nan(None))
    )
    employer = np.repeat(np.arange(n), 5)
    payment = (
        pl.DataFrame(
            {
                "party_id": ids.gather(employer),
                "cohort_id": pl.Series(employer).cast(pl.String),
                "origin_country": random.choice(("NPL", "BGD", "IND", "IDN", "PHL", "VNM"), employer.size),
                "cost_item": random.choice(("fee", "medical", "travel_lodging", "admin", "training"), employer.size),
                "payer": random.choice(("worker", "employer"), employer.size, p=(0.3, 0.7)),
                "amount": random.lognormal(5, 1, employer.size).round(2),
                "monthly_wage": 350.0,
                "worker_count": random.integers(10, 200, employer.size),
                "workers_asked": 200,
                "source_type": random.choice(("worker_survey", "supplier_saq", "audit_announced"), employer.size),
            }
        )
        .with_row_index("payment_id")
        .with_columns(pl.col("payment_id").cast(pl.String), currency=pl.lit("USD"), paid_on=pl.lit("2026-01-15").str.to_date())
    )
    return {"party": party, "supply_link": link, "recruitment_payment": payment}


def measure(n: int) -> dict[str, object]:
    """Imports, runs and publishes a portfolio of `n` parties; seconds per stage and peak memory in MB."""
    from dagster_project import operations

    with tempfile.TemporaryDirectory(prefix="deeptier-bench-") as folder:
        root = Path(folder)
        tables = portfolio(n)
        for name, frame in tables.items():
            frame.write_parquet(root / f"{name}.parquet")
        del tables
        workspace = root / "workspace"
        operations.init(workspace)
        settings = workspace / "deeptier.yml"
        settings.write_text(settings.read_text(encoding="utf-8").replace("buyers: []", "buyers: [P0000000]"), encoding="utf-8")
        begun = time.perf_counter()
        for name in ("party", "supply_link", "recruitment_payment"):
            report = operations.import_file(workspace, name, root / f"{name}.parquet")
            if report.rows_quarantined:
                raise SystemExit(f"the benchmark's own {name} rows were refused: {report.reasons}")
        imported = time.perf_counter() - begun
        result = operations.run(workspace)
        if result.status != "published":
            raise SystemExit("\n".join(result.problems))
        ledger = json.loads((workspace / "ledger" / f"{result.run_id}.json").read_text(encoding="utf-8"))
        stages: dict[str, float] = {"import": imported}
        for step, seconds in ledger["seconds"].items():
            name = "findings" if step.startswith("finding_") else step
            stages[name] = stages.get(name, 0.0) + seconds
        stages["run, all stages"] = result.seconds
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "n": n,
            "stages": stages,
            "peak_mb": peak,
            "warehouse_mb": result.warehouse.stat().st_size / 2**20 if result.warehouse else 0,
        }


def main(sizes: list[int]) -> None:
    """Prints one table: a row per stage, a column per size, and the growth from the size before."""
    found = []
    for n in sizes:
        done = subprocess.run(  # noqa: S603  (our own module in our own interpreter)
            [sys.executable, "-m", "benchmarks.portfolio", "--one", str(n)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{n} parties failed:\n{done.stdout}\n{done.stderr}")
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
        print(f"{n:>9,} parties: {found[-1]['stages']['run, all stages']:.1f} s, {found[-1]['peak_mb']:,.0f} MB at the peak", flush=True)
    names = list(dict.fromkeys(name for entry in found for name in entry["stages"]))
    print(f"\n{'seconds':<20}" + "".join(f"{entry['n']:>14,}" for entry in found))
    for name in names:
        values = [entry["stages"].get(name, 0.0) for entry in found]
        growth = "  ".join(f"x{after / before:.1f}" for before, after in zip(values, values[1:], strict=False) if before > 0.05)
        print(f"{name:<20}" + "".join(f"{value:>14.2f}" for value in values) + f"   {growth}")
    print(f"{'peak memory, MB':<20}" + "".join(f"{entry['peak_mb']:>14,.0f}" for entry in found))
    print(f"{'warehouse, MB':<20}" + "".join(f"{entry['warehouse_mb']:>14,.1f}" for entry in found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))

"""Goods made in a territory, or made elsewhere with its material: shared by the rules on state-imposed labour."""

from collections.abc import Sequence

import narwhals as nw

from indicators.expressions import evidence
from indicators.registry import Frame


def goods_of_territory(material_origin: Frame, territories: Sequence[str], intensity: float) -> Frame:
    """Rows of findings, with the territory override, for the parties that material of `territories` stands in or reaches."""
    upstream = nw.concat_str(nw.lit(", in the inputs, links upstream: "), nw.col("depth").cast(nw.String))
    where = nw.when(nw.col("depth") > 0).then(upstream).otherwise(nw.lit(", made there"))
    return material_origin.filter(nw.col("territory").is_in(territories)).select(
        nw.col("party_id").alias("subject_id"), "observed_on", nw.lit(intensity).alias("intensity"), nw.lit(1.0).alias("reliability"),
        nw.lit("K").alias("evidence_class"), nw.lit("TERRITORY_BAN").alias("override"),
        evidence("link_row_id", "ban_row_id").alias("evidence"),
        nw.concat_str(nw.lit("HS "), nw.col("hs").fill_null("not given"), nw.lit(" of "), nw.col("territory"), where).alias("detail"),
    )

"""What a procurement officer has, read: OCDS files, tables of bidders, one bidder by hand; and results written back as OCDS.

Belongs here: filling data.procurement.Reading, and nothing lost on the way. Does not belong here: what is found about a bidder, and what
it means in law (risk/screening).
"""

from __future__ import annotations

from pipelines.procurement.by_hand import one as one
from pipelines.procurement.opening import Bounds as Bounds
from pipelines.procurement.reader import read as read
from pipelines.procurement.tables import bidders as bidders

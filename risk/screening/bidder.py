"""What tells one bidder from another in a search: whether it can be compared at all, and the print of the facts that are compared.

Does not belong here: matching (pipelines/resolution), and the key under which judgements are kept (pipelines/reviews).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata

from data.procurement import Identifier, Organisation
from pipelines.procurement.words import is_missing


def plain(text: str) -> str:
    """`text` without case, accents, punctuation and space."""
    letters = "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))
    return "".join(one for one in letters if one.isalnum())


def is_comparable(organisation: Organisation) -> bool:
    """Whether it has a name or an identifier that a list can be searched for."""
    names = (organisation.name, *organisation.other_names)
    return any(plain(name) and not is_missing(name) for name in names) or any(one.is_valid for one in organisation.identifiers)


def canonical(identifier: Identifier) -> str:
    """SCHEME:ID in capitals without punctuation of the number."""
    return f"{(identifier.scheme or '').upper()}:{re.sub(r'[^A-Z0-9]', '', identifier.id.upper())}"


def fingerprint(organisation: Organisation) -> str:
    """Hash of all that a search compares; the same for two spellings of one record in different order."""
    facts = {
        "schema": organisation.schema_,
        "names": sorted({organisation.name, *organisation.other_names}),
        "identifiers": sorted({canonical(one) for one in organisation.identifiers}),
        "place": [organisation.country, organisation.subdivision, organisation.locality, organisation.address],
    }
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:32]

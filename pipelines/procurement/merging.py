"""Releases of one contracting process into one, by the merging rules of OCDS (ocdsmerge, with the rules written here: nothing is fetched).

Belongs here: which releases belong together, in what order, and repeats. Does not belong here: what a release says.
"""

from __future__ import annotations

import datetime as dt
import warnings
from typing import Any

from ocdsmerge import CompiledRelease
from ocdsmerge.exceptions import DuplicateIdValueWarning, OCDSMergeError

from pipelines.procurement.fields import AT, Node, at_of, canonical
from pipelines.procurement.findings import Findings

Rules = dict[tuple[str, ...], str]
_OMIT, _WHOLE = "omitWhenMerged", "wholeListMerge"
# Release schema of OCDS 1.1 with the lots, bids and requirements extensions: what is left out, and lists that the newest release replaces
# whole. All other lists of objects are merged by id, all lists of texts replaced: ocdsmerge does so by itself.
RULES_1_1: Rules = {
    ("id",): _OMIT, ("date",): _OMIT, ("tag",): _OMIT, ("links",): _OMIT,
    ("parties", "additionalIdentifiers"): _WHOLE,
    ("tender", "items", "additionalClassifications"): _WHOLE,
    ("awards", "items", "additionalClassifications"): _WHOLE,
    ("contracts", "items", "additionalClassifications"): _WHOLE,
    ("tender", "exclusionGrounds", "criteria"): _WHOLE,
}  # fmt: skip
# In 1.0 organisations stand where they act and have no ids: the newest list replaces the one before.
RULES_1_0: Rules = RULES_1_1 | {
    ("tender", "tenderers"): _WHOLE, ("awards", "suppliers"): _WHOLE, ("contracts", "suppliers"): _WHOLE,
    ("buyer", "additionalIdentifiers"): _WHOLE,
}  # fmt: skip
_OLDEST = dt.datetime.min.replace(tzinfo=dt.UTC)


def moment(value: Any) -> dt.datetime | None:
    """The date of a release with its time; midnight UTC where it states none."""
    if not isinstance(value, str):
        return None
    try:
        found = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    try:
        return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except OverflowError:
        return None


def ordered(releases: list[Node], findings: Findings) -> list[Node]:
    """The releases of one process, oldest first, each once; the order does not depend on that of the file."""
    if len(releases) == 1:
        return releases
    contents: dict[str, Node] = {}
    for release in releases:
        content = canonical(release)
        if content in contents:
            findings.count("same_release_again")
        contents.setdefault(content, release)
    kept = sorted(contents.items(), key=lambda item: (moment(item[1].get("date")) or _OLDEST, str(item[1].get("id", "")), item[0]))
    by_id: dict[str, int] = {}
    for _, release in kept if len(kept) > 1 else []:
        if moment(release.get("date")) is None:
            findings.say("release_undated", at_of(release, "date"), release.get("date"))
        key = str(release["id"]) if "id" in release else None
        if key is not None:
            by_id[key] = by_id.get(key, 0) + 1
            if by_id[key] == 2:
                findings.say("release_id_reused", at_of(release, "id"), key)
    return [release for _, release in kept]


def merged(releases: list[Node], findings: Findings, versions: set[str]) -> Node:
    """One release of several, given oldest first, by the rules of 1.0 only if no release is of a newer one of the `versions`.

    Where the structures do not fit, the newest that fit together are read.
    """
    if len(releases) == 1:
        return releases[0]
    rules = RULES_1_0 if versions <= {"1.0"} else RULES_1_1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DuplicateIdValueWarning)  # ids that stand twice have been told apart
        for first in range(len(releases)):
            compiled = CompiledRelease(merge_rules=rules)
            try:
                for release in releases[first:]:
                    compiled.append(release)
                made: Node = compiled.asdict()
            except (OCDSMergeError, TypeError, AttributeError):
                findings.say("releases_do_not_fit", at_of(releases[first]), kept=False, once=at_of(releases[first])[1] + str(first))
                continue
            return made | {AT: at_of(releases[-1])}
    return releases[-1]

"""What bidders declare of themselves in OCDS: answers to criteria of exclusion.

A criterion counts when the tender lists it among its exclusion grounds, or when its code or title says exclusion or self-cleaning (as those
of the European Single Procurement Document do). Answers to other criteria are counted and left out. Does not belong here: what an answer
means in law.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from data.procurement import Declaration, DeclarationState, Place
from pipelines.normalise import fold
from pipelines.procurement.fields import Node, Table, at_of, fetch
from pipelines.procurement.findings import Findings

_MARK = re.compile(r"exclu|self ?clean")
CRITERION: Table = {"id": "text id", "type": "text type", "title": "text title", "text": "text description",
                    "classification": "object classification", "groups": "objects requirementGroups"}  # fmt: skip
RESPONSE: Table = {"value": "flag value", "tenderer": "object relatedTenderer"}
REQUIREMENT: Table = {"id": "text id", "title": "text title", "text": "text description"}


class Grounds:
    """The exclusion criteria of a tender: requirement -> (matter, its text)."""

    def __init__(self, tender: Node | None, findings: Findings) -> None:
        self.findings = findings
        self.matters: dict[str, tuple[str, str | None]] = {}
        if tender is None:
            return
        stated = tender.get("exclusionGrounds")
        if isinstance(stated, dict):
            for criterion in fetch(stated, {"criteria": "objects criteria"}, findings)["criteria"]:
                self._add(criterion, is_ground=True)
        if isinstance(tender.get("criteria"), list):
            for criterion in fetch(tender, {"criteria": "objects criteria"}, findings)["criteria"]:
                self._add(criterion, is_ground=False)

    def _add(self, node: Node, *, is_ground: bool) -> None:
        read = fetch(node, CRITERION, self.findings)
        code = fetch(read["classification"], REQUIREMENT, self.findings)["id"] if read["classification"] else None
        words = [code, read["type"], read["id"], read["title"]]
        matter = next((word for word in words if word), None)
        if matter is None or not (is_ground or any(_MARK.search(fold(word)) for word in words if word)):
            return
        if read["id"]:
            self.matters[read["id"]] = (matter, read["text"] or read["title"])
        for group in read["groups"]:
            for requirement in fetch(group, {"requirements": "objects requirements"}, self.findings)["requirements"]:
                named = fetch(requirement, REQUIREMENT, self.findings)
                if named["id"]:
                    self.matters[named["id"]] = (matter, named["title"] or named["text"] or read["title"])

    def declared(self, responses: list[Node], on: dt.date | None) -> list[tuple[Node | None, Declaration]]:
        """The declarations among `responses` of a bid of the day `on`, each with the tenderer it names, if any."""
        found: list[tuple[Node | None, Declaration]] = []
        for node in responses:
            named = fetch(node, {"requirement": "object requirement"}, self.findings)["requirement"]
            asked = fetch(named, REQUIREMENT, self.findings)["id"] if named else None
            if asked not in self.matters:
                self.findings.count("other_criterion")
                continue
            read: dict[str, Any] = fetch(node, RESPONSE, self.findings)
            if read["value"] is None:
                continue
            matter, text = self.matters[asked]
            line, path = at_of(node)
            state = DeclarationState.YES if read["value"] else DeclarationState.NO
            place = Place(file=self.findings.file, line=line, path=path or None)
            found.append((read["tenderer"], Declaration(matter=matter, answer=state, text=text, declared_on=on, place=place)))
        return found

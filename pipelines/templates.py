"""What a new workspace offers to fill in: CSV and XLSX templates, example mappings, and the data dictionary.

All of it is generated from the contracts and vocabularies, so that it cannot fall behind them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from data import model
from pipelines.batches import write_atomically
from pipelines.workspace import Workspace, write_text

EXAMPLES = Path(__file__).with_name("examples")
_FORMATS = {
    "country": "ISO 3166 code or name, English or French", "subdivision": "ISO 3166-2 code or name", "currency": "ISO 4217 code",
    "hs": "HS code of 2, 4 or 6 digits", "lei": "20 characters, ISO 17442", "indicator": "indicator id",
}
_KINDS = {"upload": "Tables you upload", "source": "Tables filled from public sources", "core": "Resolved tables", "result": "Results"}
_ROWS = 5000  # rows of a sheet that get drop-down lists


def write(workspace: Workspace) -> list[Path]:
    """Writes templates/ and data_dictionary.md of `workspace`; files already there are replaced. Gives the paths."""
    folder = workspace.path / "templates"
    folder.mkdir(exist_ok=True)
    done = []
    for table, contract in model.contracts("upload").items():
        write_text(folder / f"{table}.csv", ",".join(contract.columns) + "\n")
        temporary = folder / f".{table}.part.xlsx"
        _workbook(contract, temporary)
        temporary.replace(folder / f"{table}.xlsx")
        done += [folder / f"{table}.csv", folder / f"{table}.xlsx"]
    for example in sorted(EXAMPLES.glob("*.yml")):
        write_atomically(folder / example.name, example.read_bytes())
        done.append(folder / example.name)
    write_text(workspace.path / "data_dictionary.md", dictionary())
    return [*done, workspace.path / "data_dictionary.md"]


def _allowed(column: model.Column) -> list[str]:
    if column.vocabulary:
        return list(model.vocabulary(column.vocabulary).codes)
    return ["yes", "no"] if column.type == "boolean" else []


def _limits(column: model.Column) -> str:
    """Range or format of a column, in words."""
    bounds = " ".join(f"{word} {bound:g}" for word, bound in (("from", column.minimum), ("to", column.maximum)) if bound is not None)
    return ", ".join(filter(None, (bounds, _FORMATS.get(column.format or ""), column.unit and f"unit: {column.unit}")))


def _workbook(contract: model.Contract, path: Path) -> None:
    """A sheet to fill, one that explains it, and one with the codes for the drop-down lists."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        needed = book.add_format({"bold": True, "bottom": 1, "bg_color": "#FFF2CC"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        formats = {kind: book.add_format({"num_format": shown}) for kind, shown in (("text", "@"), ("date", "yyyy-mm-dd"))}
        data, about, codes = (book.add_worksheet(name) for name in (contract.table[:31], "columns", "codes"))
        data.freeze_panes(1, 0)
        for i, column in enumerate(contract.columns.values()):
            kind = "date" if column.type == "date" else "text" if column.type in ("string", "list") else None
            data.set_column(i, i, max(12, len(column.name) + 2), formats.get(kind or ""))
            data.write_string(0, i, column.name, needed if column.required else head)
            data.write_comment(0, i, column.meaning)
            if allowed := _allowed(column):
                codes.write_column(0, i, [column.name, *allowed])
                letter = xlsxwriter.utility.xl_col_to_name(i)
                source = f"=codes!${letter}$2:${letter}${len(allowed) + 1}"
                # Labels and synonyms are understood too, so that other text is questioned and not barred.
                data.data_validation(1, i, _ROWS, i, {"validate": "list", "source": source, "error_type": "warning"})
        _explain(contract, about, head, wrapped)


def _explain(contract: model.Contract, sheet: Any, head: Any, wrapped: Any) -> None:
    headings = ["column", "meaning", "type", "required / obligatoire", "range, format, unit / plage, format, unité",
                "allowed codes: English / français", "other headings understood / autres intitulés compris"]  # fmt: skip
    sheet.write_row(0, 0, headings, head)
    sheet.freeze_panes(1, 1)
    for i, width in enumerate((24, 60, 10, 14, 32, 60, 50)):
        sheet.set_column(i, i, width)
    for row, column in enumerate(contract.columns.values(), 1):
        entries = model.vocabulary(column.vocabulary).codes.values() if column.vocabulary else []
        allowed = "\n".join(f"{c.code}: {c.en} / {c.fr}" for c in entries) or ", ".join(_allowed(column))
        cells = [column.name, column.meaning, column.type, "yes / oui" if column.required else "", _limits(column), allowed,
                 ", ".join(column.synonyms)]  # fmt: skip
        for i, cell in enumerate(cells):
            sheet.write_string(row, i, cell, wrapped)


def dictionary() -> str:
    """The data dictionary as Markdown: every table by kind, uploads first, then every vocabulary."""
    lines = [
        "# Data dictionary", "",
        "Generated from the contracts. Every row also carries `row_id`: batch number times 2^32 plus the line in its file.", "",
    ]
    for kind, title in _KINDS.items():
        lines += [f"## {title}", ""]
        for contract in model.contracts(kind).values():
            lines += _table(contract)
    lines += ["## Vocabularies", ""]
    for vocabulary in model.vocabularies().values():
        source = [f"Source: {vocabulary.citation}"] if vocabulary.citation else []
        lines += [f"### {vocabulary.name}", "", vocabulary.meaning, *source, "",
                  "| code | English | français | also understood |", "|---|---|---|---|"]  # fmt: skip
        for c in vocabulary.codes.values():
            name = f"`{c.code}`{' (deprecated)' if c.deprecated else ''}"
            lines.append(f"| {name} | {_cell(c.en)} | {_cell(c.fr)} | {_cell(', '.join(map(str, c.synonyms)))} |")
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _table(contract: model.Contract) -> list[str]:
    lines = [f"### {contract.table}: {contract.title['en']} / {contract.title['fr']}", "", contract.meaning, ""]
    lines += [f"Key: {', '.join(contract.key)}.", ""]
    lines += ["| column | type | required | meaning | range, format, unit |", "|---|---|---|---|---|"]
    for column in contract.columns.values():
        meaning = column.meaning + (f" Codes: vocabulary {column.vocabulary}." if column.vocabulary else "")
        meaning += f" Default: {str(column.default).lower()}." if column.default is not None else ""
        meaning += f" Refers to {column.references}." if column.references else ""
        required = "yes" if column.required else ""
        lines.append(f"| `{column.name}` | {column.type} | {required} | {_cell(meaning)} | {_cell(_limits(column))} |")
    return [*lines, ""]

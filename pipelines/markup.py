"""Records of a publisher's XML file, one at a time and without outside entities, so that a large file needs little memory.

Belongs here: reading XML safely. What an element means stands in the folder of each source.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from xml.etree.ElementTree import Element  # types only; defusedxml reads
from xml.etree.ElementTree import ParseError as XmlError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from pipelines.sheets import ParseError


def local(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


def elements(content: bytes, name: str, root: str, tag: str) -> Iterator[tuple[int, Element]]:
    """Each `tag` right under the root element `root`, with its ordinal, namespaces taken off. It is emptied once the next is asked for.

    ParseError when the file is cut short, declares a document type or entities, or has another root.
    """
    depth, ordinal = 0, 0
    try:
        for event, element in ElementTree.iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                depth += 1
                element.tag = local(element.tag)
                if depth == 1:
                    top = element
                    if element.tag != root:
                        raise ParseError(f"{name}: begins with <{element.tag}>, not with <{root}>. This is another file.")
                continue
            depth -= 1
            if depth == 1:
                if element.tag == tag:
                    ordinal += 1
                    yield ordinal, element
                top.clear()
    except (XmlError, DefusedXmlException) as error:
        where = f"after record {ordinal}"
        raise ParseError(f"{name}: not safe or not whole XML {where} ({type(error).__name__}: {error}). Get the file again.") from error
    if not ordinal:
        raise ParseError(f"{name}: no <{tag}> in <{root}>. The file is empty or the publisher's form has changed.")

"""What can go wrong for a user, with the exit code that a script sees. Every message names the cause and the next step."""

from __future__ import annotations

OK, UNEXPECTED, USAGE, NOTHING_YET, QUARANTINED, RUN_FAILED, REFUSED = range(7)

EXIT_CODES = {
    OK: "done",
    UNEXPECTED: "unexpected error",
    USAGE: "usage: an option, a name or a query is wrong",
    NOTHING_YET: "no workspace, or no results yet",
    QUARANTINED: "import or screen: done, but some rows are in quarantine or could not be read",
    RUN_FAILED: "the run failed; the last results stay",
    REFUSED: "refused, nothing changed: newer workspace, locked, a disk that is full or read-only, or a file that cannot be read",
}


# Errors of other packages that already say cause and next step, and after which nothing was changed.
EXPECTED = ("Refused", "ParseError", "ModelError", "IncompleteIndicator", "WorkspaceError", "RegistryError", "FetchError")


class ServiceError(Exception):
    """A message for the user and the exit code that goes with it."""

    exit_code = UNEXPECTED

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        if exit_code is not None:
            self.exit_code = exit_code


class Usage(ServiceError):
    """An option, name or query that means nothing here."""

    exit_code = USAGE


class NothingYet(ServiceError):
    """There is no workspace, or nothing was published in it."""

    exit_code = NOTHING_YET


class Refused(ServiceError):
    """Going on would damage or misread something; nothing was changed."""

    exit_code = REFUSED


# What the system says of a disk, in whichever package it comes up -> cause and next step. Writes are whole or not at all.
DISK = {
    "No space left on device": "the disk is full. Nothing was changed. Next: free some space, then do it again.",
    "Disk quota exceeded": "your share of the disk is used up. Nothing was changed. Next: free some space, then do it again.",
    "Read-only file system": "the disk can only be read. Nothing was changed. Next: name a folder that can be written.",
    "Permission denied": "this account may not read or write there. Nothing was changed. Next: name a folder or file that is yours.",
}


def of_disk(error: BaseException) -> str | None:
    """The message for an error of the disk; None for any other."""
    text = str(error)
    for sign, said in DISK.items():
        if sign in text:
            name = getattr(error, "filename", None)
            return f"{name}: {said}" if name else said[0].upper() + said[1:]
    return None


def exit_code_of(error: BaseException) -> int:
    """The exit code for an error raised anywhere behind the command line, whichever package it comes from."""
    code = getattr(error, "exit_code", None)
    if isinstance(code, int):
        return code
    if type(error).__name__ == "SourceError":
        return USAGE
    return REFUSED if type(error).__name__ in EXPECTED or of_disk(error) else UNEXPECTED

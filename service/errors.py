"""What can go wrong for a user, with the exit code that a script sees. Every message names the cause and the next step."""

from __future__ import annotations

OK, UNEXPECTED, USAGE, NOTHING_YET, QUARANTINED, RUN_FAILED, REFUSED = range(7)

EXIT_CODES = {
    OK: "done",
    UNEXPECTED: "unexpected error",
    USAGE: "usage: an option, a name or a query is wrong",
    NOTHING_YET: "no workspace, or no results yet",
    QUARANTINED: "import: done, but some rows are in quarantine",
    RUN_FAILED: "the run failed; the last results stay",
    REFUSED: "refused, nothing changed: newer workspace, locked, or a file that cannot be read",
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


def exit_code_of(error: BaseException) -> int:
    """The exit code for an error raised anywhere behind the command line, whichever package it comes from."""
    code = getattr(error, "exit_code", None)
    if isinstance(code, int):
        return code
    if type(error).__name__ == "SourceError":
        return USAGE
    return REFUSED if type(error).__name__ in EXPECTED else UNEXPECTED

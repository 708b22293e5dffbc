"""The only HTTP of the project: polite, bounded, and to public https addresses alone.

Belongs here: how a file is asked for. Which file is asked for is told by each source; what is kept of it by snapshot.py.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import ipaddress
import logging
import os
import socket
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import tenacity

AGENT = "deeptier/0.1 (supply-chain due diligence; contact: {contact})"
CONTACT_VARIABLE = "DEEPTIER_CONTACT"
MAX_BYTES = 256 * 2**20
MAX_REDIRECTS = 5
MAX_ATTEMPTS = 4
LONGEST_WAIT = 120.0
TIMEOUT = httpx.Timeout(60.0, connect=20.0)
BY_HAND = "Save the file by hand with a browser and run `deeptier import source {source} FILE`."

for _name in ("httpx", "httpcore"):  # they log whole addresses and headers, and some publishers want the key in the address
    logging.getLogger(_name).setLevel(logging.WARNING)


class FetchError(RuntimeError):
    """A file could not be had. `state` is what the run shows; it is never read as an empty list."""

    state = "error"


class Blocked(FetchError):
    """The publisher refuses this client (403): blocked, not empty."""

    state = "blocked"


class KeyNeeded(FetchError):
    """The publisher wants a key that is not set, or refuses the one that is."""

    state = "key"


class Limited(FetchError):
    """The publisher asks to come back later (429)."""

    state = "limit"


class ByHand(FetchError):
    """The publisher offers no file to fetch: the copy is brought by a person, and that is no failure."""

    state = "by_hand"

    def __init__(self, source: str) -> None:
        super().__init__(f"{source}: the publisher offers no file that can be fetched. {BY_HAND.format(source=source)}")


class _Transient(FetchError):
    def __init__(self, message: str, wait: float | None = None, is_limit: bool = False) -> None:
        super().__init__(message)
        self.wait, self.is_limit = wait, is_limit


@dataclass(frozen=True)
class Fetched:
    """One answer: its bytes, final address and validators. `is_unchanged`: the publisher said 304 and the bytes are the archived ones."""

    content: bytes
    url: str
    etag: str | None = None
    last_modified: str | None = None
    is_unchanged: bool = False


def shown(url: str) -> str:
    """`url` without query or credentials, fit for messages."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{parts.path}"


def _addresses(host: str) -> list[str]:
    return [str(info[4][0]) for info in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]


class Http:
    """Asks for files. `previous` holds, by address, what was archived last, for conditional requests; `log` what was fetched.

    `contact` is the operator's address, sent to every publisher. `transport`, `resolve`, `sleep` are for tests.
    """

    def __init__(
        self,
        contact: str | None = None,
        *,
        previous: Mapping[str, Fetched] | None = None,
        max_bytes: int = MAX_BYTES,
        interval: float = 1.0,
        transport: httpx.BaseTransport | None = None,
        resolve: Callable[[str], list[str]] = _addresses,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.contact = contact or os.environ.get(CONTACT_VARIABLE) or ""
        self.previous, self.max_bytes, self.interval = dict(previous or {}), max_bytes, interval
        self.log: dict[str, Fetched] = {}
        self._resolve, self._sleep, self._asked_at = resolve, sleep, dict[str, float]()
        self._is_proxied = transport is None and "https" in urllib.request.getproxies()
        self._client = httpx.Client(transport=transport, timeout=TIMEOUT, follow_redirects=False)

    def get(
        self, url: str, *, source: str, key_variable: str | None = None, key_parameter: str | None = None, key_header: str | None = None,
        form: Mapping[str, str] | None = None, json: Any = None,
    ) -> Fetched:
        """The file at `url`; FetchError says what went wrong and what to do.

        `key_variable` names the environment variable that holds the publisher's key, sent as query parameter `key_parameter` or as header
        `key_header`. With `form` or `json` the question is sent as the body of a POST.
        """
        if not self.contact:
            raise FetchError(
                f"{source}: no contact set. Write an e-mail address under contact: in deeptier.yml, or set "
                f"{CONTACT_VARIABLE}: publishers are told who asks."
            )
        sent: dict[str, Any] = {name: value for name, value in (("data", form), ("json", json)) if value is not None}
        if key_variable and (key_parameter or key_header):
            key = os.environ.get(key_variable)
            if not key:
                raise KeyNeeded(f"{source}: no key. Get one from the publisher and set the environment variable {key_variable}.")
            sent |= {"params": {key_parameter: key}} if key_parameter else {"headers": {key_header: key}}
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Transient), stop=tenacity.stop_after_attempt(MAX_ATTEMPTS), wait=self._wait,
            sleep=self._sleep, reraise=True,
        )
        try:
            fetched: Fetched = retrying(self._follow, url, sent, source)
        except _Transient as error:
            kind = Limited if error.is_limit else FetchError
            raise kind(f"{source}: {error} after {MAX_ATTEMPTS} attempts. The last good copy is served; try again later.") from error
        self.log[url] = fetched
        return fetched

    @staticmethod
    def _wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, _Transient) and error.wait is not None:
            return min(error.wait, LONGEST_WAIT)
        return float(tenacity.wait_exponential_jitter(multiplier=2, max=60)(state))

    def _follow(self, url: str, sent: dict[str, Any], source: str) -> Fetched:
        address, is_question = url, bool({"data", "json"} & set(sent))
        for _ in range(MAX_REDIRECTS + 1):  # keys and questions go to the address itself, not to where it leads
            answer = self._ask(address, sent if address == url else {}, source, None if is_question else self.previous.get(url))
            if isinstance(answer, Fetched):
                return answer
            address = urljoin(address, answer)
        raise FetchError(f"{source}: more than {MAX_REDIRECTS} redirects from {shown(url)}. Check the address in source.yml.")

    def _pinned(self, url: str, source: str) -> tuple[str, str]:
        """The address to connect to, an IP literal that was checked, and the host name: the name cannot be pointed elsewhere in between."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.port not in (None, 443) or parts.username:
            raise FetchError(f"{source}: {shown(url)} is not a plain https address. Correct source.yml; nothing else is asked.")
        try:
            found = [parts.hostname] if self._is_proxied else self._resolve(parts.hostname)
        except OSError as error:
            raise _Transient(f"{parts.hostname} has no address ({error})") from error
        for address in found:
            try:
                is_public = ipaddress.ip_address(address).is_global
            except ValueError:
                is_public = "." in address and not address.endswith((".local", ".internal", ".localhost"))
            if not is_public:
                raise FetchError(f"{source}: {parts.hostname} is at {address}, which is not a public address. Nothing is asked there.")
        if not found or self._is_proxied:
            return url, parts.hostname
        host = f"[{found[0]}]" if ":" in found[0] else found[0]
        return parts._replace(netloc=host).geturl(), parts.hostname

    def _ask(self, url: str, sent: dict[str, Any], source: str, previous: Fetched | None) -> Fetched | str:
        pinned, host = self._pinned(url, source)
        since = time.monotonic() - self._asked_at.get(host, float("-inf"))
        if since < self.interval:
            self._sleep(self.interval - since)
        self._asked_at[host] = time.monotonic()
        headers = {"Host": host, "User-Agent": AGENT.format(contact=self.contact), "Accept": "*/*", **sent.get("headers", {})}
        if previous and previous.etag:
            headers["If-None-Match"] = previous.etag
        if previous and previous.last_modified:
            headers["If-Modified-Since"] = previous.last_modified
        address = httpx.URL(pinned).copy_merge_params(sent["params"]) if "params" in sent else httpx.URL(pinned)
        body = {name: sent[name] for name in ("data", "json") if name in sent}
        request = self._client.build_request("POST" if body else "GET", address, headers=headers, extensions={"sni_hostname": host}, **body)
        try:
            response = self._client.send(request, stream=True)
            try:
                return self._read(response, url, source, previous)
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise _Transient(f"{shown(url)}: {type(error).__name__}") from error

    def _read(self, response: httpx.Response, url: str, source: str, previous: Fetched | None) -> Fetched | str:
        status, where = response.status_code, shown(url)
        if status == 304 and previous is not None:
            return Fetched(previous.content, url, previous.etag, previous.last_modified, is_unchanged=True)
        if status in (301, 302, 303, 307, 308) and "location" in response.headers:
            return str(response.headers["location"])
        if status == 403:
            raise Blocked(f"{source}: {where} refuses this client (403): blocked, not empty. {BY_HAND.format(source=source)}")
        if status == 401:
            raise KeyNeeded(f"{source}: {where} refuses the key (401). Check the key in the environment.")
        if status == 429 or status >= 500:
            raise _Transient(f"{where} answers {status}", _retry_after(response), status == 429)
        if status != 200:
            by_hand = BY_HAND.format(source=source)
            raise FetchError(f"{source}: {where} answers {status}. The page may have moved: check source.yml. {by_hand}")
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > self.max_bytes:
                raise FetchError(f"{source}: {where} is larger than {self.max_bytes} bytes; stopped. Raise max_bytes if that is right.")
        return Fetched(bytes(content), url, response.headers.get("etag"), response.headers.get("last-modified"))


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    if value.isdigit():
        return float(value)
    try:
        until = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until - dt.datetime.now(dt.UTC)).total_seconds()) if until.tzinfo else None


def one_link(page: Fetched, source: str, *, words: tuple[str, ...], ending: str = "") -> str:
    """The address of the one link of `page` whose text holds one of each comma-separated `words` group; FetchError for none or two.

    A group such as "Withhold|Withold" lists spellings. `ending` is what the address must end with (".csv").
    """
    from bs4 import BeautifulSoup  # slow to import, and only needed here

    found = {}
    for anchor in BeautifulSoup(page.content, "lxml").find_all("a", href=True):
        text, href = anchor.get_text(" ", strip=True).casefold(), urljoin(page.url, str(anchor["href"]))
        has_words = all(any(spelling.casefold() in text for spelling in group.split("|")) for group in words)
        if has_words and urlsplit(href).path.casefold().endswith(ending):
            found[href] = text
    if len(found) != 1:
        raise FetchError(
            f"{source}: {shown(page.url)} has {len(found)} links with {' and '.join(words)} {ending}; one was expected. "
            f"The page has changed: correct source.yml. {BY_HAND.format(source=source)}"
        )
    return next(iter(found))

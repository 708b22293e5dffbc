"""HTTP: polite, bounded, public addresses only. No network: answers come from a mock transport."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from pipelines import fetching
from pipelines.fetching import Blocked, Fetched, FetchError, Http, KeyNeeded, Limited, one_link

PUBLIC = ["93.184.216.34"]
Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler, slept: list[float] | None = None, **options: object) -> Http:
    values = {"contact": "ops@example.org", "interval": 0, "resolve": lambda host: PUBLIC} | options
    return Http(transport=httpx.MockTransport(handler), sleep=(slept if slept is not None else []).append, **values)  # type: ignore[arg-type]


def answers(*responses: httpx.Response) -> tuple[Handler, list[httpx.Request]]:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return responses[min(len(asked), len(responses)) - 1]

    return handler, asked


def test_says_who_asks_and_connects_to_the_checked_address() -> None:
    headers = {"etag": '"1"', "last-modified": "Mon, 01 Jan 2024 00:00:00 GMT"}
    handler, asked = answers(httpx.Response(200, content=b"data", headers=headers))
    http = client(handler)
    fetched = http.get("https://example.org/list.csv", source="x")
    assert (fetched.content, fetched.etag, http.log["https://example.org/list.csv"]) == (b"data", '"1"', fetched)
    assert asked[0].headers["host"] == "example.org"
    assert "deeptier" in asked[0].headers["user-agent"]
    assert "ops@example.org" in asked[0].headers["user-agent"]
    assert asked[0].url.host == PUBLIC[0]
    assert asked[0].extensions["sni_hostname"] == "example.org"


def test_no_contact_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(fetching.CONTACT_VARIABLE, raising=False)
    handler, asked = answers(httpx.Response(200))
    with pytest.raises(FetchError, match="no contact set"):
        client(handler, contact=None).get("https://example.org/", source="x")
    assert asked == []


def test_403_is_blocked_and_names_the_way_by_hand() -> None:
    handler, asked = answers(httpx.Response(403))
    with pytest.raises(Blocked, match=r"blocked, not empty.*deeptier import source us_cbp_wro FILE"):
        client(handler).get("https://example.org/", source="us_cbp_wro")
    assert len(asked) == 1


def test_busy_publishers_are_asked_again_later() -> None:
    slept: list[float] = []
    handler, asked = answers(httpx.Response(429, headers={"retry-after": "7"}), httpx.Response(503), httpx.Response(200, content=b"ok"))
    assert client(handler, slept).get("https://example.org/", source="x").content == b"ok"
    assert len(asked) == 3
    assert slept[0] == 7
    assert 1 <= slept[1] <= 60


@pytest.mark.parametrize(("status", "kind"), [(429, Limited), (500, FetchError)])
def test_gives_up_after_a_few_attempts(status: int, kind: type[FetchError]) -> None:
    handler, asked = answers(httpx.Response(status, headers={"retry-after": "99999"}))
    slept: list[float] = []
    with pytest.raises(kind, match="after 4 attempts"):
        client(handler, slept).get("https://example.org/", source="x")
    assert len(asked) == 4
    assert max(slept) <= fetching.LONGEST_WAIT


def test_dropped_connections_are_tried_again() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    with pytest.raises(FetchError, match="ReadTimeout"):
        client(handler).get("https://example.org/", source="x")


def test_unchanged_files_are_not_sent_again() -> None:
    handler, asked = answers(httpx.Response(304))
    previous = {"https://example.org/": Fetched(b"kept", "https://example.org/", '"1"', "Mon, 01 Jan 2024 00:00:00 GMT")}
    fetched = client(handler, previous=previous).get("https://example.org/", source="x")
    assert (fetched.content, fetched.is_unchanged) == (b"kept", True)
    assert asked[0].headers["if-none-match"] == '"1"'
    assert "if-modified-since" in asked[0].headers


def test_size_is_bounded_while_it_streams() -> None:
    handler, _ = answers(httpx.Response(200, content=b"x" * 2000))
    with pytest.raises(FetchError, match="larger than 1000 bytes"):
        client(handler, max_bytes=1000).get("https://example.org/", source="x")


def test_redirects_are_followed_to_https_only_and_not_for_ever() -> None:
    handler, asked = answers(httpx.Response(302, headers={"location": "https://other.example/b?sig=1"}), httpx.Response(200, content=b"ok"))
    assert client(handler).get("https://example.org/a", source="x").url == "https://other.example/b?sig=1"
    assert asked[1].headers["host"] == "other.example"
    handler, _ = answers(httpx.Response(302, headers={"location": "http://example.org/"}))
    with pytest.raises(FetchError, match="not a plain https address"):
        client(handler).get("https://example.org/", source="x")
    handler, _ = answers(httpx.Response(302, headers={"location": "/again"}))
    with pytest.raises(FetchError, match="more than 5 redirects"):
        client(handler).get("https://example.org/", source="x")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "::1", "fd00::1", "::ffff:127.0.0.1"])
def test_private_addresses_are_never_asked(address: str) -> None:
    handler, asked = answers(httpx.Response(200))
    with pytest.raises(FetchError, match="not a public address"):
        client(handler, resolve=lambda host: [*PUBLIC, address]).get("https://example.org/", source="x")
    assert asked == []


@pytest.mark.parametrize("url", ["http://example.org/", "https://user:pw@example.org/", "https://example.org:8443/", "file:///etc/passwd"])
def test_only_plain_https(url: str) -> None:
    handler, asked = answers(httpx.Response(200))
    with pytest.raises(FetchError):
        client(handler).get(url, source="x")
    assert asked == []


def test_keys_come_from_the_environment_and_are_never_shown(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    handler, asked = answers(httpx.Response(302, headers={"location": "https://other.example/"}), httpx.Response(500))
    options = {"source": "x", "key_variable": "MADE_UP_KEY", "key_parameter": "X-API-KEY"}
    monkeypatch.delenv("MADE_UP_KEY", raising=False)
    with pytest.raises(KeyNeeded, match="MADE_UP_KEY"):
        client(handler).get("https://example.org/", **options)
    monkeypatch.setenv("MADE_UP_KEY", "s3cret")
    with caplog.at_level(0), pytest.raises(FetchError) as caught:
        client(handler).get("https://example.org/", **options)
    assert asked[0].url.params["X-API-KEY"] == "s3cret"
    assert "s3cret" not in str(asked[1].url)
    assert "s3cret" not in str(caught.value) + caplog.text
    handler, _ = answers(httpx.Response(401))
    with pytest.raises(KeyNeeded, match="refuses the key"):
        client(handler).get("https://example.org/", **options)


def test_rate_limit_per_host() -> None:
    slept: list[float] = []
    handler, _ = answers(httpx.Response(200))
    http = client(handler, slept, interval=5)
    for host in ("a", "a", "b"):
        http.get(f"https://{host}.example/", source="x")
    assert len(slept) == 1
    assert 4 < slept[0] <= 5


PAGE = b"""<a href="/f/wro-fy26.csv">Withold Release Orders Dataset</a>
<a href="/f/wro-fy26.csv">Withhold Release Orders Dataset (again)</a>
<a href="/f/other.csv">Other Dataset</a> <a href="/f/wro.pdf">Withhold Release Orders Dataset as PDF</a>"""


def test_the_one_link_is_found_by_its_text() -> None:
    page = Fetched(PAGE, "https://example.org/page")
    assert one_link(page, "x", words=("Withhold|Withold", "Dataset"), ending=".csv") == "https://example.org/f/wro-fy26.csv"
    for words in (("Dataset",), ("Nothing",)):
        with pytest.raises(FetchError, match="one was expected"):
            one_link(page, "x", words=words, ending=".csv")

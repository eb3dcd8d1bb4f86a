"""The client gives up in time whatever a server does, and says why."""

from __future__ import annotations

import socket
import time

import pytest
from loopback import Reply, answering, broken_off, drip, hang, no_http, silent

from dachsadmin.client.web import NoAnswer, Web

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize("behaviour", [hang, drip], ids=lambda behaviour: behaviour.__name__)
def test_an_answer_has_one_deadline_however_it_trickles(behaviour):
    with answering({"/": behaviour}) as root:
        began = time.monotonic()
        with pytest.raises(NoAnswer, match="no answer within 0.3 s") as caught:
            Web(root, timeout=0.3).get("/")
        assert time.monotonic() - began < 1
    assert caught.value.slow


def test_an_address_that_swallows_everything_takes_no_longer_than_the_deadline():
    """A queue of connections that is full drops what comes, as a firewall does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        place = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(place)
        began = time.monotonic()
        with pytest.raises(NoAnswer) as caught:
            Web(f"http://127.0.0.1:{place[1]}", timeout=0.3).get("/")
        assert caught.value.slow and time.monotonic() - began < 1
        for each in waiting:
            each.close()


@pytest.mark.parametrize(("behaviour", "why"), [
    (broken_off, "the answer ends too early"), (no_http, "the answer is no HTTP"),
    (silent, "the connection was closed without an answer")])
def test_what_is_no_whole_answer_is_none(behaviour, why):
    with answering({"/": behaviour}) as root, pytest.raises(NoAnswer, match=why) as caught:
        Web(root, timeout=5).get("/")
    assert not caught.value.slow


def test_where_nothing_listens_that_is_said():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(NoAnswer, match="nothing listens there"):
            Web(f"http://127.0.0.1:{unused.getsockname()[1]}", timeout=5).get("/")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://", "http://127.0.0.1:99999/", "http://[::1", "nothing://"])
def test_what_is_no_address_is_an_answer_that_does_not_come(url):
    with pytest.raises(NoAnswer):
        Web("http://127.0.0.1:1", timeout=1).get(url)


def test_large_answers_are_not_read_to_their_end():
    with answering({"/": Reply(b"x" * 3_000_000)}) as root:
        with pytest.raises(NoAnswer, match="more than 1 MB"):
            Web(root, limit=1_000_000).get("/")
        some = Web(root).get("/", enough=100_000)
    assert 100_000 <= len(some.body) < 200_000 and not some.whole


def test_redirects_are_followed_up_to_a_number():
    routes = {"/a": Reply(status=303, headers=(("Location", "/b"),)), "/b": Reply(b"here"),
              "/round": Reply(status=302, headers=(("Location", "/round"),))}
    with answering(routes) as root:
        answer = Web(root).get("/a")
        assert (answer.body, answer.url) == (b"here", f"{root}/b")
        with pytest.raises(NoAnswer, match="redirects"):
            Web(root).get("/round")


def test_parameters_go_behind_what_is_there():
    asked = []
    with answering({"*": lambda handler: asked.append(handler.path)}, []) as root:
        for path in ("/x", "/x?", "/x?a=1", "/x?a=1&"):
            with pytest.raises(NoAnswer):
                Web(root).get(path, {"b": "2 3"})
    assert asked == ["/x?b=2+3", "/x?b=2+3", "/x?a=1&b=2+3", "/x?a=1&b=2+3"]


def test_no_proxy_stands_before_this_machine(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with answering({"/": Reply(b"here")}) as root:
        assert Web(root).get("/").body == b"here"


def test_what_the_server_announces_is_asked_for_where_it_was_reached():
    web = Web("http://127.0.0.1:8080", announced="https://vo.example.org")
    assert web.here("https://vo.example.org/a/b?c") == "http://127.0.0.1:8080/a/b?c"
    assert web.here("https://vo.example.org.evil/a") == "https://vo.example.org.evil/a"
    assert web.here("http://elsewhere.example/a") == "http://elsewhere.example/a"

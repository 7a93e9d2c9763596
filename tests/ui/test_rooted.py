"""Streamlit's page under every path that has one; a sentence under every other."""

import own_loop
import pytest

from ui.rooted import PAGES, RootedPages

PAGE = b"<html><head><title>Streamlit</title></head></html>"


async def streamlit(scope, receive, send):
    """Give the page for whatever is asked, as Streamlit does."""
    headers = [(b"content-type", b"text/html"), (b"content-length", b"%d" % len(PAGE))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": PAGE})


def ask(path, accept=b"text/html"):
    heard = []

    async def send(message):
        heard.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"accept", accept)]}
    own_loop.run(RootedPages(streamlit)(scope, None, send))
    start, body = heard
    length = dict(start["headers"])[b"content-length"]
    assert int(length) == len(body["body"])
    return start["status"], body["body"].decode()


def test_the_pages_are_those_of_the_navigation():
    assert {"", "overview", "map", "plot-ratio", "parcels", "settings"} <= PAGES
    assert "__init__" not in PAGES


@pytest.mark.parametrize("path", ["/", "/map", "/map/", "/overview"])
def test_a_page_is_told_where_its_server_is(path):
    status, body = ask(path)
    assert status == 200
    assert "BACKEND_BASE_URL" in body


@pytest.mark.parametrize("path", ["/map/x/y", "/nothing", "/map/overview", "/<script>x</script>"])
def test_an_unknown_page_is_a_sentence_in_both_languages(path):
    status, body = ask(path)
    assert status == 404
    assert "没有这个页面" in body
    assert "There is no page" in body
    assert "<script" not in body


@pytest.mark.parametrize("path", ["/assets/leaflet/readme.html", "/component/x/index.html"])
def test_what_is_no_page_of_ours_passes_as_it_is(path):
    assert ask(path) == (200, PAGE.decode())


def test_what_asks_for_no_page_passes_as_it_is():
    assert ask("/map/x/y", accept=b"application/json") == (200, PAGE.decode())

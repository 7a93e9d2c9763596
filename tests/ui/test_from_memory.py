import own_loop
import pytest

from ui.from_memory import FromMemory


class Disk:
    """An application that counts how often each path is asked."""

    def __init__(self, status=200):
        self.asked = []
        self.status = status

    async def __call__(self, scope, _receive, send):
        self.asked.append(scope["path"])
        headers = [(b"content-length", b"4"), (b"cache-control", b"immutable")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"ab", "more_body": True})
        await send({"type": "http.response.body", "body": b"cd"})


def ask(app, path, method="GET", headers=()):
    heard = []

    async def send(message):
        heard.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": list(headers)}
    own_loop.run(app(scope, None, send))
    return heard[0]["status"], b"".join(part.get("body", b"") for part in heard[1:])


def test_a_file_is_read_once_and_given_again_whole():
    disk = Disk()
    app = FromMemory(disk)
    assert [ask(app, "/static/js/a.js") for _ in range(3)] == [(200, b"abcd")] * 3
    assert disk.asked == ["/static/js/a.js"]


@pytest.mark.parametrize("path", ["/map", "/state/codes", "/tiles/base-v1.pmtiles", "/staticx"])
def test_answers_of_the_application_are_never_kept(path):
    disk = Disk()
    app = FromMemory(disk)
    ask(app, path)
    ask(app, path)
    assert disk.asked == [path, path]


@pytest.mark.parametrize("header", [b"range", b"if-none-match", b"if-modified-since"])
def test_parts_and_conditions_are_left_to_the_server(header):
    disk = Disk()
    app = FromMemory(disk)
    ask(app, "/static/a.js")
    ask(app, "/static/a.js", headers=[(header, b"x")])
    assert len(disk.asked) == 2


def test_what_is_not_there_is_asked_again():
    disk = Disk(status=404)
    app = FromMemory(disk)
    assert [ask(app, "/static/gone.js")[0] for _ in range(2)] == [404, 404]
    assert len(disk.asked) == 2


def test_what_does_not_fit_is_not_kept():
    disk = Disk()
    app = FromMemory(disk)
    app.room = 3
    ask(app, "/static/a.js")
    ask(app, "/static/a.js")
    assert len(disk.asked) == 2

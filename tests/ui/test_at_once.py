import asyncio
import socket

import own_loop

from ui.at_once import answer_at_once


async def delay_is_off():
    """Serve from a socket bound as Streamlit binds its own, and look at an accepted connection."""
    served = asyncio.get_running_loop().create_future()

    async def greet(_reader, writer):
        accepted = writer.get_extra_info("socket")
        served.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(greet, sock=listening)
    async with server:
        _, writer = await asyncio.open_connection(*listening.getsockname())
        found = await served
        writer.close()
        await writer.wait_closed()
    return bool(found)


def test_small_answers_do_not_wait_for_an_acknowledgement():
    answer_at_once()
    assert own_loop.run(delay_is_off())

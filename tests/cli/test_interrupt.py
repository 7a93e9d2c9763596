"""Ctrl+C during a long search: noted once, ending the program when pressed again."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from cli_interrupt import until_interrupted


def test_the_first_press_is_noted_and_the_second_ends_the_program():
    before = signal.getsignal(signal.SIGINT)
    with until_interrupted() as pressed:
        assert not pressed()
        os.kill(os.getpid(), signal.SIGINT)
        assert pressed()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before


def test_beside_the_main_thread_nothing_is_listened_for():
    heard = []

    def work():
        with until_interrupted() as pressed:
            heard.append(pressed())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert heard == [False]

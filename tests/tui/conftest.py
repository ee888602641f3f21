"""Fixtures of the terminal tests: relaytui in a tmux of its own, a scripted
daemon, or a real relay (worlds come from the flow tests)."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "flow"))
sys.path.insert(0, os.path.dirname(__file__))

import tuilib  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than a few seconds")
    config.addinivalue_line("markers", "alone: measures time: not beside other tests")


@pytest.fixture
def daemon(tmp_path):
    made = tuilib.FakeDaemon(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def open_tui(tmp_path):
    """open_tui(socket, width, height, ...) -> Screen; all are closed at the end."""
    opened = []

    def open_one(socket, width=80, height=24, **more):
        opened.append(tuilib.Screen(tmp_path, socket, width, height, **more))
        return opened[-1]

    yield open_one
    for screen in opened:
        screen.close()


@pytest.fixture
def world():
    import relaylib
    made = relaylib.World()
    yield made
    made.close(failed=False)

"""Tests of relaycli and of the control socket; worlds come from the flow tests."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "flow"))
sys.path.insert(0, os.path.dirname(__file__))

import commandlib  # noqa: E402
import relaylib  # noqa: E402
import schemalib  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def checked_answers():
    """Every JSON answer that a test of this folder gets is held against its schema."""
    plain = relaylib.Relay.cli

    def cli(self, *args, **options):
        done = plain(self, *args, **options)
        schemalib.check(done.stdout, args)
        return done
    relaylib.Relay.cli = cli
    yield
    relaylib.Relay.cli = plain


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than a few seconds")
    config.addinivalue_line("markers", "alone: measures time: not beside other tests")


@pytest.fixture(scope="module")
def relay():
    """One relay for a file of tests: shop.example may send, *.mail.example is served."""
    made = relaylib.World()
    for name in ("ok", "unknown", "full", "a.full", "b.full", "c.full", "gone.full"):
        made.zone.domain(name + ".mail.example")
    try:
        made.start("unknown.mail.example unknown-user\n*full.mail.example mailbox-full", retry='"1h"')
        yield made
    finally:
        made.close(failed=False)


@pytest.fixture
def world():
    """A private installation that the test starts as it likes."""
    made = relaylib.World()
    yield made
    made.close(failed=False)


@pytest.fixture(scope="module")
def made():
    """A world in which each command has something to do, and what its arguments may be."""
    one = commandlib.make_world()
    try:
        yield one, commandlib.samples(one)
    finally:
        one.close(failed=False)

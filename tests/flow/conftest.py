"""Fixtures of the flow tests. `-m "not slow"` leaves out what takes minutes."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import mtalib  # noqa: E402
import relaylib  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than a few seconds")
    config.addinivalue_line("markers", "alone: measures time: not beside other tests")
    config.addinivalue_line("markers", "postfix: needs Debian's Postfix, unpacked by make deps-test")


def pytest_collection_modifyitems(items):
    reason = mtalib.missing()
    for item in items:
        if reason and item.get_closest_marker("postfix"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when == "call":
        item.flow_failed = report.failed


@pytest.fixture
def world(request):
    """A private installation that the test starts as it likes."""
    for name in ("relayd", "relaycli", "providers"):
        if not os.path.exists(relaylib.program(name)):
            pytest.fail("%s is not built" % relaylib.program(name))
    made = relaylib.World()
    yield made
    made.close(failed=getattr(request.node, "flow_failed", True))


@pytest.fixture
def shop(world):
    """A world where shop.example may send and everybody at *.mail.example accepts."""
    world.zone.domain("ok.mail.example")
    return world.start()

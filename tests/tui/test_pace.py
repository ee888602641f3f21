"""The Throttles and Deferrals screens, keys in a terminal, against the scripted daemon."""

import re


def sent(daemon, method):
    return [request["params"] for request in daemon.requests(method)]


def test_less_is_set_at_once_and_taken_back(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows("● LIVE")
    screen.keys("3")
    screen.shows("Throttles ▸ active (4 of 41)", "nothing goes", re.compile(r"yahoo +msgs/s +18 +18 .* 100% auto ↓ from 60"),
                 "⏎ explain  T set…  C clear override  a all/active  / filter  ? help  q back")
    screen.keys("j", "T")
    screen.shows("Throttle provider:yahoo: msgs/s", "now 18/s (auto), allowed 60/s")
    screen.type("10/s")
    screen.keys("Enter", "Enter", "Enter", "Enter")
    screen.shows("throttled provider:yahoo to 10/s", "U undo", "operator ana")
    asked = sent(daemon, "throttle.set")
    assert asked == [{"scope": "provider:yahoo", "limit": "rate", "value": "10/s", "for_ms": 7200000}]
    screen.keys("U")
    screen.shows("undone: cleared provider:yahoo", "auto ↓ from 60")
    assert sent(daemon, "throttle.clear")[0]["scope"] == "provider:yahoo"


def test_a_clear_is_asked_about_and_esc_changes_nothing(daemon, open_tui):
    screen = open_tui(daemon.socket)
    screen.shows("● LIVE")
    screen.keys("3")
    screen.shows("▶ outlook")
    screen.keys("C")
    screen.shows("Clear provider:outlook pause", "This cannot be undone", "▶[ Cancel ]")
    screen.keys("Escape")
    screen.hides("Clear provider:outlook")
    screen.keys("C", "Enter")  # the focus is on Cancel
    screen.hides("Clear provider:outlook")
    assert not sent(daemon, "throttle.clear")


def test_deferrals_in_plain_words_and_where_they_lead(daemon, open_tui):
    screen = open_tui(daemon.socket, 160, 45)
    screen.shows("● LIVE")
    screen.keys("4")
    screen.shows("Deferrals ▸ grouped by reply   window: 1h   3,689 messages in 3 groups", "─ plain words",
                 "COUNT PER MINUTE (last 60)", "BY SENDING IP", "ONE FULL REPLY, verbatim", "mta5.example",
                 "⏎ messages  o group by  w explain  T throttle  [ ] window  / filter  ? help")
    screen.keys("]", "o")
    screen.shows("grouped by provider   window: 6h")
    screen.keys("o", "o", "o", "[")
    screen.shows("grouped by reply   window: 1h")
    screen.keys("w")
    screen.shows("decided by", "relaycli explain")
    screen.keys("Escape")
    screen.keys("T")
    screen.shows("Throttle provider:yahoo: msgs/s")
    screen.keys("Escape")
    screen.keys("Enter")
    screen.shows("Deferrals ▸ 421", "code:421 category:reputation_block status:waiting", "MATCHES")
    screen.keys("q")
    screen.shows("Deferrals ▸ grouped by reply")
    assert not sent(daemon, "throttle.set")

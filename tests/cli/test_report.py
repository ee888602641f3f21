"""relaycli report: exact figures of a small world, the text at three widths, the page for a manager."""

import copy
import html.parser
import json
import os
import re
import stat
import subprocess

import pytest
import relaylib
from fakelib import FakeDaemon
from test_terminal import Terminal

SENDER = "orders@shop.example"
GOLDEN = os.path.join(os.path.dirname(__file__), "golden")
CHROMIUM = "/usr/bin/chromium"
HOSTILE = "</td><script>alert(1)</script>\"'&\u202e<img src=x onerror=alert(2)>\x1b[31m"


# ---- prepared answers -----------------------------------------------------------

def tally(recipients, bounced, deferred, complained, p50=None, **more):
    expired, suppressed, waiting = (more.get(key, 0) for key in ("expired", "suppressed", "waiting"))
    return {"recipients": recipients, "bytes": recipients * 21000, "bounced": bounced, "expired": expired,
            "delivered": recipients - bounced - suppressed - waiting, "deferred": deferred, "complained": complained,
            "suppressed": suppressed, "cancelled": 0, "waiting": waiting,
            "time_to_delivery_ms": p50 and {"p50": p50, "p90": p50 * 6, "p95": p50 * 12, "p99": p50 * 150}}


def row(name, *numbers, **more):
    return {"name": name, "recipients_before": numbers[0], **tally(*numbers, **more)}


def series():
    days = [(1402, 9), (2950, 31), (3104, 22), (3011, 28), (2988, 35), (2790, 19), (1345, 12), (812, 9)]
    return [{"at": "2026-11-%02dT00:00:00.000Z" % (18 + i), "recipients": n, "delivered": n - bad - (0 if i < 7 else 41),
             "deferred": n // 17, "bounced": bad, "complained": 2} for i, (n, bad) in enumerate(days)]


def report():
    return {
        "schema": "relay.report/1", "host": "mx1.relay.example", "generated_at": "2026-11-25T15:20:01.000Z",
        "since_at": "2026-11-18T15:20:00.000Z", "until_at": "2026-11-25T15:20:00.000Z",
        "before_since_at": "2026-11-11T15:20:00.000Z",
        "coverage": {"log_from": "2026-08-25T00:00:00.000Z", "from": "2026-11-18T15:20:00.000Z",
                     "until": "2026-11-25T15:20:00.000Z", "complete": True, "gaps": [], "scanned": 34802},
        "total": {"messages": 17930, **tally(18402, 165, 1120, 16, 1200, waiting=41, suppressed=88)},
        "before": {"messages": 16011, **tally(16400, 180, 990, 16, 900)},
        "step_ms": 86400000, "series": series(),
        "providers": [row("google", 9120, 40, 210, 9, 800), row("microsoft", 4410, 31, 402, 4, 1900),
                      row("yahoo", 2904, 60, 450, 3, 4200), row("apple", 801, 2, 11, 0, 650),
                      row("mx.very-long-hosting-company-name.mail-cluster-17.example", 610, 11, 31, 0, 1500),
                      row("\u90f5\u4fbf.example", 300, 11, 9, 0, 2600), row("(not tried)", 129, 0, 0, 0, None, waiting=41, suppressed=88),
                      *[row("small-%d.example" % i, 16 - i, 1, 1, 0, 3000) for i in range(8)]],
        "providers_others": {"names": 312, **tally(28, 2, 1, 0, 3000)},
        "credentials": [row("shop-prod", 14200, 120, 890, 4, 1100), row("newsletter", 4202, 45, 230, 12, 1900)],
        "credentials_others": None,
        "domains": [row("shop.example", 18402, 165, 1120, 16, 1200)], "domains_others": None,
        "recipient_domains": [row("gmail.com", 8800, 38, 200, 9, 800), row("outlook.com", 3100, 20, 300, 3, 1900),
                              row("yahoo.com", 2900, 60, 450, 3, 4200)],
        "recipient_domains_others": {"names": 1204, **tally(3602, 47, 170, 1, 1500)},
        "deferrals": 1544,
        "replies": [
            {"provider": "yahoo", "reply": "421 4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred due to "
             "unexpected volume or user complaints - 4.16.55.1; see https://postmaster.example/error-codes",
             "code": 421, "category": "rate_limited", "deferrals": 611, "bounces": 0},
            {"provider": "google", "reply": "550-5.1.1 The email account that you tried to reach does not exist.",
             "code": 550, "category": "mailbox_unknown", "deferrals": 0, "bounces": 38},
            {"provider": "microsoft", "reply": "452 4.2.2 mailbox full", "code": 452, "category": "mailbox_full",
             "deferrals": 12, "bounces": 3}],
    }


def hostile():
    made = copy.deepcopy(report())
    made["host"] = HOSTILE
    for key in ("providers", "credentials", "domains", "recipient_domains"):
        made[key][0]["name"] = HOSTILE
    made["replies"][0]["reply"] = made["replies"][0]["provider"] = HOSTILE
    return made


@pytest.fixture
def fake(tmp_path):
    made = []

    def start(answer):
        made.append(FakeDaemon(tmp_path, {"report.make": answer}))
        return made[-1]
    yield start
    for one in made:
        one.close()


def relaycli(daemon, *args, **environment):
    env = {"PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8", "HOME": "/nonexistent", **environment}
    return subprocess.run([relaylib.program("relaycli"), "--socket", daemon.socket, "report", *args],
                          capture_output=True, env=env, timeout=60 * relaylib.PATIENCE)


# ---- text -------------------------------------------------------------------------

def cells(line):
    wide = sum(1 for c in line if ord(c) >= 0x2e80)
    return len(line) + wide


@pytest.mark.parametrize("columns,locale", [(40, "C.UTF-8"), (80, "C.UTF-8"), (80, "C"), (200, "C.UTF-8")])
def test_text_fits_the_terminal(fake, columns, locale):
    terminal = Terminal("--socket", fake(report()).socket, "report", columns=columns, NO_COLOR="1", LANG=locale)
    assert terminal.wait() == 0
    lines = terminal.seen.split("\n")
    assert max(map(cells, lines)) <= min(columns, 160), max(lines, key=cells)
    assert "\x1b" not in terminal.seen
    assert terminal.seen.isascii() or locale != "C"
    path = os.path.join(GOLDEN, "report_%d%s" % (columns, "_ascii" if locale == "C" else ""))
    if os.environ.get("RELAY_UPDATE"):
        with open(path, "w", encoding="utf-8") as out:
            out.write(terminal.seen)
    with open(path, encoding="utf-8") as golden:
        assert terminal.seen == golden.read()


def test_the_first_sentence_answers(fake):
    first = relaycli(fake(report())).stdout.decode().split("\n")[0]
    assert first == ("Of 18,402 recipients in 7 days 98.4 % were delivered, 0.9 % bounced, 0.1 % complained, "
                     "0.5 % suppressed, 0.2 % still waiting; half within 1.2 s, 95 % within 14 s.")


def test_a_pipe_gets_all_that_a_terminal_may_cut(fake):
    text = relaycli(fake(report()), COLUMNS="40").stdout.decode()
    assert "mx.very-long-hosting-company-name.mail-cluster-17.example" in text
    assert "P99" in text and "postmaster.example/error-codes" in text


def test_bold_only_with_colour(fake):
    daemon = fake(report())
    assert "\x1b[1mPROVIDER" in relaycli(daemon, "--color", "always").stdout.decode()
    assert "\x1b" not in relaycli(daemon).stdout.decode()


def test_what_the_log_has_not_is_said(fake):
    answer = report()
    answer["before"] = None
    answer["coverage"].update(complete=False, log_from="2026-11-20T00:00:00.000Z", gaps=[
        {"from": "2026-11-22T13:00:00.000Z", "until": "2026-11-22T13:04:00.000Z", "why": "nothing could be recorded"}])
    text = relaycli(fake(answer)).stdout.decode()
    assert "There is nothing to compare with: the log does not have the whole of the 7 days before." in text
    assert "The log begins 2026-11-20 00:00:00 UTC: what was before is not counted." in text
    assert "Not counted is 2026-11-22 13:00:00 UTC to 2026-11-22 13:04:00 UTC: nothing could be recorded." in text


def test_hostile_text_reaches_no_terminal(fake):
    text = relaycli(fake(hostile())).stdout.decode()
    assert "\x1b" not in text and "\u202e" not in text


# ---- the page ------------------------------------------------------------------------

class Page(html.parser.HTMLParser):
    VOID = {"meta", "rect", "line", "circle", "path", "img", "link", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def page_of(daemon, path, *args):
    done = relaycli(daemon, "--html", str(path), *args)
    assert done.returncode == 0, done.stderr
    with open(path, encoding="utf-8") as page:
        return page.read()


def test_the_page_is_whole_and_needs_nothing(fake, tmp_path):
    path = tmp_path / "report.html"
    text = page_of(fake(report()), path)
    page = Page(text)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o644
    assert not set(page.tags) & {"script", "img", "link", "iframe", "object", "image"}
    assert page.tags.count("svg") == 3 and page.tags.count("table") == 5
    assert not [one for one in page.attributes if one[1] in ("src", "href", "xlink:href") or one[1].startswith("on")]
    assert "url(" not in text and "@import" not in text
    words = " ".join("".join(page.text).split())
    for wanted in ("Mail report of mx1.relay.example", "2026-11-18 15:20:00 UTC to 2026-11-25 15:20:00 UTC",
                   "Generated 2026-11-25 15:20:01 UTC.", "Of 18,402 recipients in 7 days 98.4 % were delivered",
                   "312 others", "The log has all of it."):
        assert wanted in words, wanted
    assert os.listdir(tmp_path) == ["fake.sock", "report.html"] or set(os.listdir(tmp_path)) == {"fake.sock", "report.html"}


def test_hostile_text_is_only_text_on_the_page(fake, tmp_path):
    text = page_of(fake(hostile()), tmp_path / "report.html")
    page = Page(text)
    assert not set(page.tags) & {"script", "img"}
    assert "<script" not in text and "\u202e" not in text and "\x1b" not in text
    assert "alert(1)" in "".join(page.text) and "\\u{202e}" in "".join(page.text)
    assert not [one for one in page.attributes if one[1].startswith("on")]


def test_a_file_that_is_there_stays_unless_forced(fake, tmp_path):
    daemon, path = fake(report()), tmp_path / "report.html"
    path.write_text("mine")
    done = relaycli(daemon, "--html", str(path))
    assert done.returncode == 2 and b"--force writes over it" in done.stderr
    assert path.read_text() == "mine" and set(os.listdir(tmp_path)) == {"fake.sock", "report.html"}
    assert "</html>" in page_of(daemon, path, "--force")
    done = relaycli(daemon, "--html", str(tmp_path / "no" / "report.html"))
    assert done.returncode == 1 and b"No such file" in done.stderr


def test_a_page_of_nothing_says_so(fake, tmp_path):
    answer = report()
    answer["total"] = {"messages": 0, **tally(0, 0, 0, 0)}
    for key in ("providers", "credentials", "domains", "recipient_domains", "replies"):
        answer[key] = []
    text = page_of(fake(answer), tmp_path / "report.html")
    assert "No mail was accepted in 7 days." in text and "<svg" not in text


def output_folder():
    folder = os.path.join(os.path.dirname(relaylib.program("relaycli")), "report")
    os.makedirs(folder, exist_ok=True)
    return folder


@pytest.mark.skipif(not os.path.exists(CHROMIUM), reason="no /usr/bin/chromium: the page is not looked at")
def test_a_browser_paints_the_page(fake, tmp_path):
    page, picture = os.path.join(output_folder(), "report.html"), os.path.join(output_folder(), "report.png")
    page_of(fake(report()), page, "--force")
    if os.path.exists(picture):
        os.remove(picture)
    subprocess.run([CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1080,2600",
                    "--user-data-dir=" + str(tmp_path / "profile"), "--screenshot=" + picture, "file://" + page],
                   check=True, capture_output=True, timeout=120 * relaylib.PATIENCE)
    with open(picture, "rb") as made:
        assert made.read(8) == b"\x89PNG\r\n\x1a\n"
    assert os.path.getsize(picture) > 50000


# ---- a world -------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def traffic():
    """Six messages: four delivered, one bounced, two put off."""
    made = relaylib.World()
    for name in ("ok", "unknown", "full"):
        made.zone.domain(name + ".mail.example")
    try:
        made.start("unknown.mail.example unknown-user\nfull.mail.example mailbox-full", retry='"1h"')
        for name in ("a@ok", "b@ok", "c@ok", "nobody@unknown", "u@full", "v@full"):
            made.relay.send(made.login, SENDER, name + ".mail.example")
        made.relay.send(made.login, SENDER, ["d@ok.mail.example"])
        for name in "abcd":
            made.relay.wait_status(name + "@ok.mail.example", "delivered")
        made.relay.wait_status("nobody@unknown.mail.example", "bounced")
        for name in "uv":
            made.relay.wait_status(name + "@full.mail.example", "deferred")
        yield made
    finally:
        made.close(failed=False)


def ask(world, *args):
    done = relaylib.run([relaylib.program("relaycli"), "--socket", world.relay.socket, "report", "--json", *args])
    return json.loads(done.stdout)


def figures(one):
    return tuple(one[key] for key in ("recipients", "delivered", "deferred", "bounced", "complained", "suppressed", "waiting"))


def test_the_figures_are_exact(traffic):
    traffic.relay.cli("suppression", "add", "a@ok.mail.example", "--cause", "complaint", "--reason", "told us")
    answer = ask(traffic)
    assert answer["schema"] == "relay.report/1" and answer["total"]["messages"] == 7
    assert figures(answer["total"]) == (7, 4, 2, 1, 1, 0, 2)
    times = answer["total"]["time_to_delivery_ms"]
    assert 0 <= times["p50"] <= times["p90"] <= times["p95"] <= times["p99"] < 60000
    assert [(one["name"], *figures(one)) for one in answer["credentials"]] == [("shop", 7, 4, 2, 1, 1, 0, 2)]
    assert [(one["name"], *figures(one)) for one in answer["domains"]] == [("shop.example", 7, 4, 2, 1, 1, 0, 2)]
    assert [(one["name"], *figures(one)) for one in answer["recipient_domains"]] == [
        ("ok.mail.example", 4, 4, 0, 0, 1, 0, 0), ("full.mail.example", 2, 0, 2, 0, 0, 0, 2),
        ("unknown.mail.example", 1, 0, 0, 1, 0, 0, 0)]
    assert sum(one["recipients"] for one in answer["providers"]) == 7
    assert sum(one["recipients"] for one in answer["series"]) == 7
    assert sorted((one["code"], one["deferrals"], one["bounces"]) for one in answer["replies"]) == [(452, 2, 0), (550, 0, 1)]
    assert answer["deferrals"] == 2
    assert answer["before"] is None and answer["coverage"]["complete"] is True
    assert answer["coverage"]["log_from"] == answer["coverage"]["from"] > answer["since_at"]


def test_a_time_without_mail_and_times_that_make_no_sense(traffic):
    answer = ask(traffic, "--since", "9d", "--until", "8d")
    assert figures(answer["total"]) == (0, 0, 0, 0, 0, 0, 0) and answer["providers"] == []
    assert answer["total"]["time_to_delivery_ms"] is None and answer["step_ms"] == 3600000
    text = traffic.relay.cli("report", "--since", "9d", "--until", "8d").stdout.decode()
    assert text.startswith("No mail was accepted in 1 day.\n")
    for args in (("--since", "1h", "--until", "2h"), ("--since", "soon"), ("--since", "2000-01-01")):
        done = traffic.relay.cli("report", *args, check=False)
        assert done.returncode == 2 and b"since" in done.stderr


def test_rows_for_programs(traffic):
    lines = traffic.relay.cli("report", "--csv", "--fields", "kind,name,recipients,delivered").stdout.decode().splitlines()
    assert lines[:3] == ["kind,name,recipients,delivered", "total,,7,4", lines[2]]
    assert "credential,shop,7,4" in lines and "recipient_domain,ok.mail.example,4,4" in lines
    rows = [json.loads(line) for line in traffic.relay.cli("report", "--jsonl").stdout.splitlines()]
    assert rows[0]["kind"] == "total" and rows[0]["p50"] >= 0
    assert re.search("^Of 7 recipients in 7 days 57.1 % were delivered, 14.3 % bounced", traffic.relay.cli("report").stdout.decode())

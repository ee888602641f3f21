"""What relaycli says without a daemon, compared with golden/NAME. RELAY_UPDATE=1 writes them anew."""

import json
import os
import subprocess

import pytest
import relaylib

GOLDEN = os.path.join(os.path.dirname(__file__), "golden")
ROOT = os.path.join(os.path.dirname(__file__), "..", "..")

# name, arguments, exit code; stdout and stderr are in the golden file
CASES = [
    ("help", ["help"], 0),
    ("help_noun", ["help", "queue"], 0),
    ("help_command", ["credential", "create", "--help"], 0),
    ("help_danger", ["help", "credential", "revoke"], 0),
    ("nothing", [], 2),
    ("no_noun", ["quue", "lst"], 2),
    ("no_verb", ["queue", "lst"], 2),
    ("verb_missing", ["domain"], 2),
    ("no_flag", ["queue", "list", "--sorted", "x"], 2),
    ("argument_missing", ["find"], 2),
    ("argument_too_many", ["status", "now"], 2),
    ("two_forms", ["status", "--csv", "--tsv"], 2),
    ("bad_duration", ["credential", "rotate", "x", "--overlap", "2"], 2),
    ("unreachable", ["--socket", "/nowhere/control.sock", "status"], 5),
    ("unreachable_json", ["--socket", "/nowhere/control.sock", "--json", "status"], 5),
    ("usage_json", ["quue", "--json"], 2),
    ("revoke_asks", ["credential", "revoke", "shop"], 6),
    ("revoke_other_name", ["credential", "revoke", "shop", "--confirm=ship"], 6),
    ("retire_asks", ["credential", "retire", "shop", "k1"], 6),
    ("flush_all_asks", ["queue", "flush", "--match", "*"], 6),
    ("secret_off_a_terminal", ["credential", "create", "shop"], 2),
    ("secret_in_an_old_file", ["credential", "create", "shop", "--secret-out", "/dev/null"], 2),
    ("explain", ["explain", "550 5.1.1 <a@x.example>: Recipient address rejected: User unknown"], 0),
    ("explain_disabled", ["explain", "550 5.2.1 This account has been disabled"], 0),
    ("explain_words", ["explain", "452", "4.2.2", "mailbox", "full"], 0),
    ("explain_json", ["explain", "--json", "421 4.7.0 try again later"], 0),
    ("explain_good_news", ["explain", "250 2.0.0 ok"], 0),
    ("explain_hostile", ["explain", "550 \x1b]52;c;aGk=\x07 \u202e no"], 0),
    ("explain_tsv", ["explain", "--tsv", "550 5.1.1 no such user"], 0),
    ("completion_nouns", ["completion", "words", "--", "c"], 0),
    ("completion_verbs", ["completion", "words", "--", "queue", ""], 0),
    ("completion_flags", ["completion", "words", "--", "queue", "list", "--"], 0),
    ("completion_words", ["completion", "words", "--", "queue", "list", "--sort", ""], 0),
    ("completion_terms", ["completion", "words", "--", "find", "st"], 0),
    ("completion_statuses", ["completion", "words", "--", "find", "status:de"], 0),
]


def relaycli(*args, data=None, **environment):
    env = {"PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8", "HOME": "/nonexistent",
           "RELAY_SOCKET": "/nowhere/default.sock", **environment}
    return subprocess.run([relaylib.program("relaycli"), *args], input=data, capture_output=True, env=env,
                          timeout=60 * relaylib.PATIENCE)


@pytest.mark.parametrize("name,args,code", CASES, ids=[case[0] for case in CASES])
def test_says(name, args, code):
    done = relaycli(*args)
    text = "$ relaycli %s\n%s%s-> %d\n" % (" ".join(args).encode("unicode_escape").decode(), done.stdout.decode(),
                                          done.stderr.decode(), done.returncode)
    path = os.path.join(GOLDEN, name)
    if os.environ.get("RELAY_UPDATE"):
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
    with open(path, encoding="utf-8") as golden:
        assert text == golden.read()
    assert done.returncode == code


def test_explain_reads_one_reply_a_line():
    replies = ["550 5.1.1 no such user", "", "452 4.2.2 mailbox full", "250 ok", "rubbish"]
    done = relaycli("explain", "-", data=("\n".join(replies) + "\n").encode())
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(lines) == len(replies)
    assert all(line["schema"] == "relay.explain.reply/1" for line in lines)
    assert set(lines[0]) >= {"reply", "code", "enhanced", "category", "scope", "permanent", "suppresses", "rule", "text"}
    assert lines[0]["category"] == "mailbox_unknown" and lines[0]["suppresses"] is True
    assert lines[2]["category"] == "mailbox_full" and lines[2]["code"] == 452 and lines[2]["enhanced"] == "4.2.2"
    assert lines[3]["category"] is None


def test_explain_carries_bytes_that_are_no_text():
    done = relaycli("explain", "-", data=b"550 \xfc\xff no\n")
    line = json.loads(done.stdout)
    assert done.stdout.isascii()
    assert line["reply"] == "550 \ufffd\ufffd no" and line["reply_b64"] == "NTUwIPz/IG5v"


def test_explain_reads_lines_of_any_length():
    done = relaycli("explain", "-", data=b"550 5.1.1 no such user " + b"x" * 1000000 + b"\n452 4.2.2 full")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["category"] for line in lines] == ["mailbox_unknown", "mailbox_full"]
    assert len(lines[0]["reply"]) == 64 << 10


def test_explain_tries_an_operator_s_rules(tmp_path):
    rules = tmp_path / "my.rules"
    rules.write_text("rule ours.pod\n\tcategory policy\n\tprovider google\n\tphrase pod bay door\n")
    reply = "550 the Pod Bay door stays shut"
    asked = [[], ["--rules", str(rules)], ["--rules", str(rules), "--provider", "yahoo"]]
    said = [json.loads(relaycli("explain", "--json", *flags, reply).stdout)["rule"] for flags in asked]
    assert said == [None, "ours.pod", None]
    rules.write_text("rule ours.pod\n\tcategory policies\n")
    done = relaycli("explain", "--rules", str(rules), reply)
    assert done.returncode == 2 and b"my.rules:2: there is no category" in done.stderr and done.stdout == b""


def test_a_bad_file_of_rules_is_a_configuration_error(tmp_path):
    conf, rules = tmp_path / "relayd.conf", tmp_path / "my.rules"
    conf.write_text('hostname = "relay.example"\nstate_dir = "%s"\ncontrol_socket = "%s/s"\nrules = {"%s"}\n'
                    'listen "submission" { port = 2587 }\n' % (tmp_path, tmp_path, rules))
    rules.write_text("rule a\n\tcategory policy\n\tphrase pod bay door\n")
    assert relaycli("config", "check", str(conf)).returncode == 0
    rules.write_text("rule a\n\tcategory policy\n\tprovider hal\n\tphrase pod bay door\n")
    done = relaycli("config", "check", str(conf))
    assert done.returncode == 1 and b'my.rules:1: rule "a": there is no provider "hal"' in done.stderr
    rules.unlink()
    done = relaycli("config", "check", str(conf))
    assert done.returncode == 1 and b"my.rules: cannot be read" in done.stderr


def test_shipped_rules_name_shipped_providers():
    def words(path, start):
        with open(os.path.join(ROOT, path), encoding="utf-8") as lines:
            return {word.strip('"') for line in lines if line.startswith(start) for word in line.split("{")[0].split()[1:]}

    assert words("shared/verdict/verdict.rules", "\tprovider ") <= words("relayd/providers.conf", "provider ")


def test_nothing_harmful_reaches_the_terminal():
    done = relaycli("explain", "550 \x1b[2J\x9b\u202e\u200b\x7f")
    printed = done.stdout.decode()
    assert not set(printed) & set("\x1b\x9b\u202e\u200b\x7f")


def test_version_needs_no_daemon():
    done = relaycli("version", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["daemon_version"] is None


def test_config_check_says_which_provider_wins_and_why(tmp_path):
    conf = tmp_path / "relayd.conf"
    conf.write_text('hostname = "relay.example"\nstate_dir = "%s"\ncontrol_socket = "%s/s"\n'
                    'listen "submission" { port = 2587 }\nprovider "google" { max_connections = 9 }\n'
                    'provider "big" { mx = {"*.big.example", "aspmx.*"} rate = "3/s" }\n'
                    'reply_rule "big.slow" { provider = "big" match = "slow" threshold = "2/1h" action = pause for = "5m" }\n'
                    % (tmp_path, tmp_path))

    def check(*args):
        return json.loads(relaycli("--json", "config", "check", str(conf), *args).stdout)
    shipped = check("--mx", "mta5.am0.yahoodns.net")
    assert (shipped["provider"], shipped["from"]) == ("yahoo", "shipped") and "*.yahoodns.net" in shipped["why"]
    assert "yahoo.volume" in [rule["name"] for rule in shipped["rules"]]
    changed = check("--mx", "ASPMX.l.google.com")  # both match: the first of the file wins
    assert (changed["provider"], changed["from"]) == ("google", "%s:5" % conf)
    assert changed["also_match"] == ["big"] and changed["limits"]["max_connections"] == 9
    own = check("--mx", "mx.big.example")
    assert own["limits"]["rate"] == "3/s" and [rule["from"] for rule in own["rules"]] == ["%s:7" % conf]
    none = check("--mx", "mx.small.example")
    assert none["provider"] is None and none["rules"] == [] and "no provider" in none["why"]
    prose = relaycli("config", "check", str(conf), "--mx", "mx.big.example").stdout.decode()
    assert "is right" in prose and "big (%s:6)" % conf in prose and "rule big.slow" in prose
    assert relaycli("config", "check", str(conf), "--mx", "a", "--domain", "b").returncode == 2
    done = relaycli("config", "check", str(conf), "--domain", "no name")
    assert done.returncode == 3 and b"not a domain name" in done.stderr


def test_config_check_needs_no_daemon(tmp_path):
    good, bad = tmp_path / "good.conf", tmp_path / "bad.conf"
    good.write_text('hostname = "relay.example"\nstate_dir = "%s"\ncontrol_socket = "%s/s"\n'
                    'listen "submission" { port = 2587 }\n' % (tmp_path, tmp_path))
    bad.write_text('hostname = "relay.example"\nhostnam = "x"\n')
    assert relaycli("config", "check", str(good)).returncode == 0
    done = relaycli("config", "check", str(bad))
    assert done.returncode == 1 and b"bad.conf:2" in done.stderr
    assert json.loads(relaycli("--json", "config", "check", str(good)).stdout)["ok"] is True


def test_the_completion_script_is_bash(tmp_path):
    script = relaycli("completion", "bash").stdout
    assert subprocess.run(["bash", "-n"], input=script).returncode == 0


def test_usage_errors_print_nothing_on_stdout():
    for args in (["quue"], ["--json", "queue"], ["--json", "find"]):
        done = relaycli(*args)
        assert done.stdout == b"" and done.returncode == 2

#!/usr/bin/python3
"""Hands the demo relay mail the way applications do: several credentials, each
with its own manners, over STARTTLS with AUTH. Ends when told, or after --seconds."""

import argparse
import random
import signal
import smtplib
import ssl
import sys
import threading
import time
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from datetime import datetime, timezone

# how often each recipient domain is written to, out of 100
DOMAINS = [("gmail.com", 38), ("yahoo.com", 16), ("outlook.com", 14), ("icloud.com", 8),
           ("corp.example", 10), ("greylist.example", 5), ("full.example", 2),
           ("gone.example", 2), ("slow.example", 3), ("old.example", 2)]
PEOPLE = ["ana", "b.lee", "c.diaz", "d.roe", "e.kim", "f.ito", "g.moss", "h.ng", "i.petrov", "j.abebe"]
SUBJECTS = ["Your order {n} is on its way", "Reset your password", "Invoice {n}",
            "Welcome to the shop", "Your code is {n}"]

stop = threading.Event()


def message(sender, rng):
    domain = rng.choices([d for d, _ in DOMAINS], [w for _, w in DOMAINS])[0]
    who = rng.choice(PEOPLE)
    if domain == "gone.example":
        who = "nobody%d" % rng.randrange(1000)
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = "%s@%s" % (who, domain)
    mail["Subject"] = rng.choice(SUBJECTS).format(n=rng.randrange(10000, 99999))
    mail["Date"] = format_datetime(datetime.now(timezone.utc))
    mail["Message-ID"] = make_msgid(domain=sender.split("@")[1])
    mail["X-Relay-Tag"] = "demo"
    mail.set_content("Hello %s,\n\nthis is a message of the demo.\n" % who)
    return mail


def connect(args, user, password):
    context = ssl.create_default_context()
    context.check_hostname = False          # the demo relay made its own certificate
    context.verify_mode = ssl.CERT_NONE
    client = smtplib.SMTP("127.0.0.1", args.port, timeout=20)
    client.starttls(context=context)
    client.login(user, password)
    return client


def application(args, user, password, sender, rate, seed):
    rng = random.Random(seed)
    client = None
    while not stop.is_set():
        try:
            client = client or connect(args, user, password)
            client.send_message(message(sender, rng))
        except (OSError, smtplib.SMTPException) as error:
            if not stop.is_set():
                print("traffic: %s: %s" % (user, error), file=sys.stderr)
            client = None
            stop.wait(1)
        stop.wait(rng.expovariate(rate))
    if client is not None:
        try:
            client.quit()
        except (OSError, smtplib.SMTPException):
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=0, help="0: until terminated")
    parser.add_argument("--login", action="append", required=True,
                        metavar="USER,SECRET_FILE,SENDER,RATE", help="one application; may be repeated")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    threads = []
    for seed, login in enumerate(args.login):
        user, secret_file, sender, rate = login.split(",")
        with open(secret_file, encoding="ascii") as file:
            password = file.read().strip()
        threads.append(threading.Thread(target=application, daemon=True,
                                        args=(args, user, password, sender, float(rate), seed)))
    for thread in threads:
        thread.start()
    end = time.monotonic() + args.seconds if args.seconds else float("inf")
    while not stop.is_set() and time.monotonic() < end:
        stop.wait(0.2)
    stop.set()
    for thread in threads:
        thread.join(5)


main()

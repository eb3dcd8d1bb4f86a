"""A client that asks for the rows of ivoa.obscore all the time, for the tests that change it meanwhile."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import psycopg


@contextmanager
def client(cluster):
    """TAP's role in the database, which asks 20 times a second; what came of it is in the list: (seconds, rows or error)."""
    with psycopg.connect(cluster.dsn.replace("user=postgres", "user=untrusted"), autocommit=True) as connection:
        def ask():
            try:
                return connection.execute("SELECT count(*) FROM ivoa.obscore").fetchone()[0]
            except psycopg.Error as error:
                return str(error)

        with asking(ask) as told:
            yield told


@contextmanager
def web_client(server):
    """The same for a user of the TAP service."""
    def ask():
        answer = server.get("/tap/sync?REQUEST=doQuery&LANG=ADQL&FORMAT=csv&QUERY=SELECT+COUNT(*)+AS+n+FROM+ivoa.obscore")
        return int(answer.body.split()[1]) if answer.status == 200 else f"{answer.status}: {answer.body[:500]}"

    with asking(ask) as told:
        yield told


@contextmanager
def asking(ask):
    told, over = [], threading.Event()

    def go_on():
        while not over.is_set():
            begun = time.perf_counter()
            answer = ask()
            told.append((time.perf_counter() - begun, answer))
            over.wait(max(0.0, 0.05 - told[-1][0]))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        time.sleep(0.2)
        yield told
        time.sleep(0.2)
    finally:
        over.set()
        thread.join()

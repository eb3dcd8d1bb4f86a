"""A client that asks ivoa.obscore all the time, for the tests that change it meanwhile."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

import psycopg


@contextmanager
def client(cluster):
    """TAP's user, who asks 20 times a second; what came of it is in the list that this gives: (seconds, rows or error)."""
    told, over = [], threading.Event()

    def ask():
        with psycopg.connect(cluster.dsn.replace("user=postgres", "user=untrusted"), autocommit=True) as connection:
            while not over.is_set():
                begun = time.perf_counter()
                try:
                    found = connection.execute("SELECT count(*) FROM ivoa.obscore").fetchone()[0]
                except psycopg.Error as error:
                    found = str(error)
                told.append((time.perf_counter() - begun, found))
                over.wait(max(0.0, 0.05 - told[-1][0]))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        time.sleep(0.2)
        yield told
        time.sleep(0.2)
    finally:
        over.set()
        asking.join()

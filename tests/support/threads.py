"""Threads that work until they are told to end: each has an event `ends`."""
import contextlib


@contextlib.contextmanager
def running(threads):
    """Starts them, and ends all of them whatever happens meanwhile."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.ends.set()
        for thread in threads:
            thread.join()

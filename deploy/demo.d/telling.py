"""How a story is told on a terminal."""
import sys
import textwrap

from processes import Failed


def heading(text):
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}\n{'-' * len(text)}",
          flush=True)


def tell(text):
    print(textwrap.fill(" ".join(text.split()), 96), flush=True)


def show(done, *reasons):
    """Prints a result, which must give those reasons."""
    for reason in reasons:
        if reason not in done.stdout:
            raise Failed(f"the result does not speak of {reason}:\n{done.stdout}")
    print("\n" + textwrap.indent(done.stdout.strip("\n"), "    ") + "\n", flush=True)

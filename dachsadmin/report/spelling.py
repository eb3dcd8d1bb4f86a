"""How text, paths and URIs from anywhere are spelled in a report, so that nothing in them can break it."""

from __future__ import annotations

import json
import os.path
import re
from functools import lru_cache
from urllib.parse import quote

from dachsadmin.model.run import Run

# Control characters (a terminal obeys them), characters that change the reading direction (code then reads as what it
# is not), what is no character, and lone surrogates, which Python uses for bytes of file names that are not UTF-8.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_BREAK = re.compile(r"[ \t]*[\r\n]\s*")


def plain(text: str) -> str:
    """One line of printable text; what is not printable is shown as `\\xNN` or `\\uNNNN`."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _UNPRINTABLE.sub(_escape, _BREAK.sub(" ", text).replace("\t", " ").strip())


def lines(text: str) -> str:
    """Printable text that may have several lines."""
    return "\n".join(_UNPRINTABLE.sub(_escape, line.replace("\t", "    ").rstrip()) for line in re.split("\r?\n", text))


def exact(text: str) -> str:
    """The text itself; only what UTF-8 cannot hold (lone surrogates) becomes `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")


def as_json(value: object, depth: int) -> str:
    """JSON that is laid out down to a depth, with a line for each thing below: readable, and fast to make.

    No unprintable character stands bare in it, not even in texts that have to be exact.
    """
    return _UNPRINTABLE.sub(lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}",
                            _laid_out(value, depth, "")) + "\n"


def _laid_out(value: object, depth: int, indent: str) -> str:
    deeper = indent + "  "
    if depth and value and isinstance(value, dict):
        items = [f"{deeper}{json.dumps(key)}: {_laid_out(item, depth - 1, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if depth and value and isinstance(value, list):
        return "[\n" + ",\n".join(deeper + _laid_out(item, depth - 1, deeper) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def is_address(file: str) -> bool:
    """Whether a location is a URL, not a file."""
    return "://" in file


def path(file: str, run: Run) -> str:
    """A file as editors and CI services find it: relative to where we were called, else as findings name it."""
    return _seen_from(file, run.tree, run.directory)


def full_path(file: str, run: Run) -> str:
    """Relative to where we were called, else absolute: never relative to the tree alone, if the tree is known."""
    short = path(file, run)
    if not is_address(file) and short == file and file and run.tree and run.tree != run.directory:
        return os.path.normpath(os.path.join(run.tree, file))
    return short


def uri(file: str, run: Run) -> str:
    """A file as URI reference: relative to where we were called, else `file:///...`; bytes are percent-encoded.

    An address is one already.
    """
    if is_address(file):
        return quote(_octets(file), safe=":/?#[]@!$&'()*+,;=%~")
    return _encoded(full_path(file, run) or ".")


@lru_cache(maxsize=4096)
def _seen_from(file: str, tree: str, directory: str) -> str:
    whole = os.path.normpath(os.path.join(tree, file)) if file and tree and not is_address(file) else file
    if directory and whole.startswith(directory.rstrip("/") + "/"):
        return whole[len(directory.rstrip("/")) + 1:]
    return file


@lru_cache(maxsize=4096)
def _encoded(name: str) -> str:
    encoded = quote(_octets(name), safe="/")
    return "file://" + encoded if name.startswith("/") else encoded


def _octets(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")

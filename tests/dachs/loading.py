"""Asks the gavo of the interpreter that runs it: does it load this RD? Needs neither database nor configuration.

Reads JSON lines and answers each with one: {"text": RD} -> {"refused": message or null}; {"names": "built-in"} and
{"names": "templates"} -> {"names": [...]}; {"built-in": "//tap"} and {"template": "scs"} -> {"text": RD}.
Started with the folder of packaged.py.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile


def main() -> None:
    out, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, sys.argv[1])
    import packaged

    sys.path.remove(sys.argv[1])
    with tempfile.TemporaryDirectory() as root:
        packaged.as_packaged(root)
        os.makedirs(os.path.join(root, "inputs", "x"))
        packaged.without_database()
        packaged.without_libraries("h5py")
        for line in iter(sys.stdin.readline, ""):
            out.write(json.dumps(answer(json.loads(line), root)) + "\n")
            out.flush()


def answer(question: dict, root: str) -> dict:
    import gavo

    resources = os.path.join(os.path.dirname(gavo.__file__), "resources")
    if question.get("names") == "built-in":
        return {"names": ["//" + name[:-3] for name in sorted(os.listdir(resources + "/inputs/__system__"))
                          if name.endswith(".rd")]}
    if question.get("names") == "templates":
        return {"names": [name[9:-4] for name in sorted(os.listdir(resources + "/src"))
                          if name.startswith("template-") and name.endswith(".rd_")]}
    if "built-in" in question:
        return {"text": read(f"{resources}/inputs/__system__/{question['built-in'][2:]}.rd")}
    if "template" in question:
        from gavo.user import mkrd

        return {"text": mkrd.MkrdMacroProcessor().expand(read(f"{resources}/src/template-{question['template']}.rd_"))}
    return {"refused": refusal(question["text"], root)}


def read(path: str) -> str:
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def refusal(text: str, root: str) -> str | None:
    """What DaCHS says when it refuses an RD as x/q; None if it loads it."""
    from gavo import base, rscdesc

    try:
        context = rscdesc.RDParseContext(forRD="x/q")
        rd = rscdesc.RD("x/q")
        rd.srcPath = context.srcPath = os.path.join(root, "inputs", "x", "q.rd")
        rd.idmap = context.idmap
        base.parseFromStream(rd, io.BytesIO(text.encode()), context=context)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return None


if __name__ == "__main__":
    main()

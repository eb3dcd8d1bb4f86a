"""Why a contribution does not work, and what mends it."""

from __future__ import annotations

from dachsadmin.model.database import Problem
from dachsadmin.obscore.contributions import Contribution
from dachsadmin.obscore.survey import Survey


def in_words(survey: Survey, part: Contribution, problem: Problem) -> str:
    """What is wrong with a contribution, for the operator."""
    if not survey.has_table(part):
        return f"the table {part.table} contributes to ivoa.obscore, but is not there"
    reason = {"column": "a column that it takes is not there", "relation": "a table that it takes is not there",
              "function": "a function is not there, or not for these types", "type": "a type is not there",
              "privilege": "it may not be read", "syntax": "its SQL is wrong"}.get(problem.kind, "PostgreSQL does not take it")
    return f"the contribution of {part.table} does not work: {reason}: {problem.message}"


def mend(survey: Survey, part: Contribution, problem: Problem) -> str:
    """What to do about it."""
    if not survey.rd_file(part).is_file() and not part.rd.startswith("__system__/"):
        return (f"its RD is gone: run 'dachs drop -f {part.rd}', or bring the RD back")
    if not survey.has_table(part):
        return f"run 'dachs imp {part.rd}' to make it, or 'dachs drop {part.rd}' if it is not wanted"
    if problem.kind == "privilege":
        return f"run 'dachs imp -m {part.rd}', which gives DaCHS's roles what they need"
    if problem.kind in ("column", "relation", "schema"):
        return f"run 'dachs imp {part.rd}', which makes the table as the RD has it, and the contribution anew"
    return f"mend the mixin in {part.rd}, and run 'dachs imp {part.rd}'"

"""Which RDs a change concerns: those that changed, and those that depend on what changed."""

from __future__ import annotations

import os

from dachsadmin.errors import AdminError, EnvironmentFault, TargetError
from dachsadmin.system.host import Host
from dachsadmin.val.layout import Layout
from dachsadmin.val.static import Checked


def affected(checked: list[Checked], host: Host, since: str, layout: Layout) -> list[Checked]:
    """Those of the RDs that are affected by what changed in the tree's git repository since a commit.

    Uncommitted changes and files that git does not track yet count. Raises TargetError if the tree is in no
    repository or there is no such commit.
    """
    changed = changed_files(host, since, layout.inputs)
    if any(os.path.basename(path) in ("userconfig.rd", "defaultmeta.txt", "DACHS_PRUNE") for path in changed):
        return checked
    concerned = set(changed)
    remaining = list(checked)
    while hits := [one for one in remaining if _depends(one, concerned)]:
        concerned |= {os.path.realpath(one.target.path or "") for one in hits}
        remaining = [one for one in remaining if one not in hits]
    return [one for one in checked if one not in remaining]


def changed_files(host: Host, since: str, folder: str) -> set[str]:
    """The real paths of all files below the repository of `folder` that differ from the commit `since`."""
    if host.which("git") is None:
        raise EnvironmentFault("--changed-since needs git", "apt-get install git")
    # The operator's own repository is read, nothing of it is run: no hooks, no external diff, whoever owns it.
    git = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", folder]
    try:
        top = host.run([*git, "rev-parse", "--show-toplevel"]).stdout.rstrip("\n")
    except AdminError:
        raise TargetError(f"{folder} is in no git repository, so nothing is known of its changes",
                          "leave --changed-since away") from None
    try:
        commit = host.run([*git, "rev-parse", "--verify", "--quiet", "--end-of-options", since + "^{commit}"]).stdout.strip()
    except AdminError:
        raise TargetError(f"git knows no commit {since!r} in {top}", "name a branch, a tag or a commit, such as origin/main; "
                          "a shallow clone may lack it") from None
    listed = host.run([*git, "diff", "--no-ext-diff", "--no-textconv", "--name-only", "--no-renames", "-z", commit]).stdout
    listed += host.run([*git, "ls-files", "--others", "--exclude-standard", "--full-name", "-z", top]).stdout
    return {os.path.realpath(os.path.join(top, name)) for name in listed.split("\0") if name}


def _depends(one: Checked, concerned: set[str]) -> bool:
    """Whether an RD is concerned, or asked for something that is: a file, or a folder or pattern that it is below."""
    folders = {os.path.dirname(path) for path in concerned}
    for path in one.files:
        real = os.path.realpath(path)
        if real in concerned or ("*" in path and os.path.dirname(real) in folders):
            return True
    return False

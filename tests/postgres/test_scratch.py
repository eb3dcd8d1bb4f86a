"""Scratch databases come up, are used, and leave nothing behind, whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dachsadmin.errors import EnvironmentFault
from dachsadmin.system import leftovers
from dachsadmin.system.gavorc import GavoRc, read
from dachsadmin.system.host import Host
from dachsadmin.system.scratch import Scratch, find_programs

HERE = Path(__file__).parents[2]
UNTIL_KILLED = """
import pathlib, sys, time
from dachsadmin.system.scratch import Scratch
with Scratch(sys.argv[1], interpreter=None, templates=pathlib.Path(sys.argv[2])) as scratch:
    print(scratch.base, flush=True)
    time.sleep(600)
"""


def servers(base: Path) -> set[int]:
    """The processes that work in a scratch cluster, as /proc tells."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(process / "cwd").startswith(str(base / "home" / "pgdata")):
                found.add(int(process.name))
        except OSError:
            continue
    return found


def killed_run(inputs: Path, templates: Path) -> Path:
    """The base of a run that was ended with kill -9 in the middle."""
    program = subprocess.Popen([sys.executable, "-c", UNTIL_KILLED, str(inputs), str(templates)], text=True,
                               stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(HERE)})
    base = Path(program.stdout.readline().strip())
    program.kill()
    program.wait()
    program.stdout.close()
    return base


def test_a_cluster_is_up_inside_the_with_statement_and_gone_behind_it(tmp_path):
    with Scratch(tmp_path, interpreter=None, templates=tmp_path / "templates") as scratch:
        base = scratch.base
        assert {"pg_sphere", "q3c"} <= set(scratch.database.facts().extensions)
        assert servers(base)
    assert not base.exists() and not servers(base)


def test_the_server_listens_on_no_network_address(cluster, superuser):
    assert superuser.execute("SHOW listen_addresses").fetchone() == ("",)
    assert (cluster.home / ".s.PGSQL.5432").is_socket()
    assert cluster.home.stat().st_mode & 0o077 == 0


def test_the_server_runs_as_the_user_that_rd_code_runs_as_and_never_as_root(cluster):
    owners = set()
    for process in servers(cluster.base):
        with contextlib.suppress(FileNotFoundError):  # a connection of a moment ago
            owners.add(os.stat(f"/proc/{process}").st_uid)
    assert owners == {cluster.home.stat().st_uid} and 0 not in owners


def test_the_second_start_uses_the_template_of_the_first(tmp_path):
    templates = tmp_path / "templates"
    with Scratch(tmp_path, interpreter=None, templates=templates):
        first = [(path, path.stat().st_ino) for path in templates.iterdir()]
    assert len(first) == 1
    with Scratch(tmp_path, interpreter=None, templates=templates) as scratch:
        assert [(path, path.stat().st_ino) for path in templates.iterdir()] == first
        assert not (scratch.home / "postgresql.log").read_text().count("shutting down")


def test_a_broken_template_is_replaced(tmp_path):
    templates = tmp_path / "templates"
    with Scratch(tmp_path, interpreter=None, templates=templates):
        template, = templates.iterdir()
    template.write_bytes(template.read_bytes()[:100_000])
    with Scratch(tmp_path, interpreter=None, templates=templates) as scratch:
        assert scratch.database.facts().role == "gavo"
    assert template.stat().st_size > 100_000


def test_without_a_place_for_templates_it_starts_all_the_same(tmp_path):
    (tmp_path / "file").write_text("")
    with Scratch(tmp_path, interpreter=None, templates=tmp_path / "file" / "templates") as scratch:
        assert scratch.database.facts().role == "gavo"


def test_an_error_inside_removes_everything(tmp_path, cluster):
    with pytest.raises(KeyError), Scratch(tmp_path, interpreter=None, templates=cluster.templates) as scratch:
        base = scratch.base
        raise KeyError
    assert not base.exists() and not servers(base)


def test_an_error_while_starting_removes_everything(tmp_path, cluster, monkeypatch):
    scratch = Scratch(tmp_path, interpreter=None, templates=cluster.templates)
    bases = []
    monkeypatch.setattr(Scratch, "_start", lambda self, programs: bases.append(self.base) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        scratch.__enter__()
    assert len(bases) == 1 and not bases[0].exists()


def test_what_a_killed_run_left_is_gone_after_the_next(tmp_path, cluster):
    base = killed_run(tmp_path, cluster.templates)
    assert base.is_dir() and servers(base)
    with Scratch(tmp_path, interpreter=None, templates=cluster.templates):
        assert not base.exists() and not servers(base)


def test_a_folder_of_a_killed_run_goes_and_what_it_links_to_stays(public, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(public))
    (public / "tree").mkdir()
    (public / "tree" / "q.rd").touch()
    child = os.fork()
    if child == 0:
        with leftovers.folder(switching=True) as folder:
            (folder / "mount").symlink_to(public / "tree")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    left, = public.glob(f"{leftovers.PREFIX}*")
    with leftovers.folder(switching=True) as alive:
        assert left in leftovers.remove_all() and alive.is_dir()
    assert [path.name for path in public.rglob("*")] == ["tree", "q.rd"]


def test_cleaning_up_spares_runs_that_are_alive(tmp_path, cluster):
    base = killed_run(tmp_path, cluster.templates)
    assert base in leftovers.remove_all()
    assert cluster.database.facts().role == "gavo"


def test_cleaning_up_ends_no_process_but_the_servers_of_that_directory(tmp_path, cluster):
    base = killed_run(tmp_path, cluster.templates)
    postmaster = base / "home" / "pgdata" / "postmaster.pid"
    lines = postmaster.read_text().splitlines()
    bystander = subprocess.Popen(["sleep", "600"], cwd=base / "home" / "pgdata")
    try:
        postmaster.write_text("\n".join([str(bystander.pid), *lines[1:]]))
        assert base in leftovers.remove_all()
        assert bystander.poll() is None
        assert not servers(base) - {bystander.pid}
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to another user")
def test_a_directory_of_another_user_is_left_alone():
    base = Path("/tmp") / f"{leftovers.PREFIX}of-nobody"
    base.mkdir()
    try:
        os.chown(base, 65534, 65534)
        leftovers.remove_all()
        assert base.is_dir()
    finally:
        base.rmdir()


def test_a_symlink_with_our_name_is_not_followed(tmp_path):
    (tmp_path / "precious").mkdir()
    link = Path("/tmp") / f"{leftovers.PREFIX}link"
    link.symlink_to(tmp_path / "precious")
    try:
        leftovers.remove_all()
        assert (tmp_path / "precious").is_dir()
    finally:
        link.unlink()


def test_several_runs_at_once_do_not_disturb_each_other(tmp_path):
    templates = tmp_path / "templates"

    def one(number):
        with Scratch(tmp_path, interpreter=None, templates=templates) as scratch:
            database = scratch.database
            role = database.facts().role
            database.close()
            return role, scratch.base

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(one, range(4)))
    assert {role for role, _ in results} == {"gavo"}
    assert len({base for _, base in results}) == 4 and not any(base.exists() for _, base in results)


def test_environment_variables_of_the_caller_do_not_divert_it(tmp_path, cluster, monkeypatch):
    for name, value in {"PGPORT": "5999", "PGHOST": "192.0.2.1", "PGDATA": "/nonexistent", "PGUSER": "nix",
                        "PGDATABASE": "nix", "PGOPTIONS": "-c search_path=nix"}.items():
        monkeypatch.setenv(name, value)
    with Scratch(tmp_path, interpreter=None, templates=tmp_path / "templates") as scratch:
        assert scratch.database.facts().role == "gavo"


def test_a_temporary_directory_with_a_long_name_is_avoided(tmp_path, cluster, monkeypatch):
    long = tmp_path / ("x" * 90)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with Scratch(tmp_path, interpreter=None, templates=cluster.templates) as scratch:
        assert not str(scratch.base).startswith(str(long))


@pytest.mark.parametrize(("installed", "hint"), [
    ([], "apt-get install postgresql postgresql-pgsphere postgresql-q3c"),
    (["lib/15"], "apt-get install postgresql-15-pgsphere postgresql-15-q3c"),
    (["lib/15", "share/15/pg_sphere"], "apt-get install postgresql-15-q3c"),
])
def test_what_is_missing_can_be_pasted(tmp_path, installed, hint):
    lay(tmp_path, installed)
    with pytest.raises(EnvironmentFault) as error:
        find_programs(tmp_path / "lib", tmp_path / "share")
    assert hint in error.value.hint


def test_the_newest_complete_server_is_taken(tmp_path):
    lay(tmp_path, ["lib/9", "lib/13", "lib/15", "lib/17", "share/13/pg_sphere", "share/13/q3c", "share/15/pg_sphere",
                   "share/15/q3c", "share/17/q3c"])
    assert find_programs(tmp_path / "lib", tmp_path / "share").version == 15


def lay(root, installed):
    (root / "lib").mkdir()
    (root / "share").mkdir()
    for name in installed:
        kind, version, *extension = name.split("/")
        folder = root / kind / version / ("extension" if extension else "bin")
        folder.mkdir(parents=True, exist_ok=True)
        for file in ([f"{extension[0]}.control"] if extension else ["initdb", "pg_ctl", "postgres"]):
            (folder / file).write_text("")


def test_dachs_loads_an_rd_and_asks_its_tables(public, cluster, installed_dachs):
    (public / "res").mkdir()
    (public / "res" / "q.rd").write_text('<resource schema="res"><meta name="title">x</meta></resource>')
    config = GavoRc({("ivoa", "authority"): "org.kuckuck", ("web", "adminpasswd"): "geheim",
                     ("web", "nickname"): "50%% off"})
    started = time.monotonic()
    with Scratch(public, config=config, templates=cluster.templates) as scratch:
        seconds = time.monotonic() - started
        told = scratch.host.run([scratch.interpreter, "-m", "gavo.user.cli", "val", "res/q"], user=scratch.user,
                                env=scratch.environment, cwd=str(scratch.home))
        assert told.stdout.strip() == "res/q -- OK"
        private = read(scratch.environment)
        assert private.get("ivoa", "authority") == "org.kuckuck" and private.inputs == public
        assert private.get("web", "nickname") == "50%% off"
        assert "geheim" not in (scratch.base / "gavo.rc").read_text()
        assert scratch.database.published() == []
        assert scratch.database.table("tap_schema.columns").column("column_name")
    assert sorted(path.name for path in public.rglob("*")) == ["q.rd", "res"], "the tree was written to"
    assert seconds < 60


def test_the_site_s_metadata_and_vocabularies_are_taken_over(cluster, tmp_path, installed_dachs):
    for folder in ("etc", "cache", "tree/inputs", "tree/etc"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc" / "defaultmeta.txt").write_text("publisher: the site\n")
    (tmp_path / "etc" / "userconfig.rd").write_text('<resource schema="dc"/>')
    (tmp_path / "tree" / "etc" / "defaultmeta.txt").write_text("publisher: the tree\n")
    (tmp_path / "cache" / "http:=2F=2Fwww.ivoa.net=2Frdf=2Fuat").write_text('{"terms": {}}')
    os.utime(tmp_path / "cache" / "http:=2F=2Fwww.ivoa.net=2Frdf=2Fuat", (1e9, 1e9))
    (tmp_path / "cache" / "unrelated").write_text("")
    with Scratch(tmp_path / "tree" / "inputs", config=GavoRc({("general", "rootdir"): str(tmp_path)}),
                 etc=[tmp_path / "tree" / "etc", tmp_path / "etc"], templates=cluster.templates) as scratch:
        root = scratch.home / "root"
        assert (root / "etc" / "defaultmeta.txt").read_text() == "publisher: the tree\n"
        assert (root / "etc" / "userconfig.rd").read_text() == '<resource schema="dc"/>'
        vocabulary, = (root / "cache").iterdir()
        assert vocabulary.stat().st_mtime == 1e9
        assert {path.stat().st_uid for path in (root / "etc").iterdir()} == {scratch.home.stat().st_uid}


def test_an_interpreter_without_dachs_says_what_to_install(tmp_path):
    with pytest.raises(EnvironmentFault, match="has no DaCHS") as error, \
            Scratch(tmp_path, interpreter="/bin/true") as _:
        pass
    assert "apt-get install python3-gavo" in error.value.hint


def test_a_dachs_that_cannot_start_is_told_with_its_own_words(public, tmp_path, installed_dachs, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(public))
    (public / "gavo").mkdir()
    (public / "gavo" / "__init__.py").write_text("import antigravitation\n")
    (public / "gavodachs-9.9.egg-info").write_text("Metadata-Version: 1.1\nName: gavodachs\nVersion: 9.9\n")
    with pytest.raises(EnvironmentFault, match="DaCHS 9.9 cannot set up .* No module named 'antigravitation'"), \
            Scratch(public, pythonpath=str(public), templates=tmp_path / "templates") as _:
        pass
    assert not list(public.glob(f"{leftovers.PREFIX}*"))


def test_a_dachs_that_makes_no_tables_and_ends_well_is_told_and_never_kept(public, tmp_path, installed_dachs):
    (public / "gavo" / "user").mkdir(parents=True)
    for name in ("__init__", "user/__init__"):
        (public / "gavo" / f"{name}.py").touch()
    (public / "gavo" / "user" / "cli.py").write_text("import sys\nsys.stderr.write('Importing //tap failed\\n')\n")
    (public / "gavodachs-9.9.egg-info").write_text("Metadata-Version: 1.1\nName: gavodachs\nVersion: 9.9\n")
    with pytest.raises(EnvironmentFault, match="DaCHS 9.9 cannot set up .* Importing //tap failed"), \
            Scratch(public, pythonpath=str(public), templates=tmp_path / "templates") as _:
        pass
    assert not (tmp_path / "templates").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("account", ["nobody"])
def test_an_ordinary_user_needs_no_user_gavo(public, account, installed_dachs):
    Host().run(["chown", account, str(public)])
    program = ("import pathlib, sys\nfrom dachsadmin.system.scratch import Scratch\n"
               "with Scratch(sys.argv[1], templates=pathlib.Path(sys.argv[1], 'templates')) as scratch:\n"
               "    print(scratch.user, scratch.group, scratch.database.facts().role)\n")
    told = Host().run([sys.executable, "-c", program, str(public)], user=account, env={"PYTHONPATH": str(HERE)},
                      timeout=120)
    user, _group, role = told.stdout.split()
    assert (user, role) == ("None", "gavo")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_root_without_a_user_gavo_drops_to_nobody(cluster, tmp_path, monkeypatch, installed_dachs):
    import pwd

    real = pwd.getpwnam

    def without_gavo(name):
        if name == "gavo":
            raise KeyError(name)
        return real(name)

    monkeypatch.setattr(pwd, "getpwnam", without_gavo)
    with Scratch(tmp_path, templates=cluster.templates) as scratch:
        assert (scratch.user, scratch.group) == ("nobody", "nogroup")
        text = (scratch.base / "gavo.rc").read_text()
        assert "group: nogroup" in text and "gavoGroup: nogroup" in text and "user: nobody" in text
        told = scratch.host.run([scratch.interpreter, "-m", "gavo.user.cli", "config", "web", "user"],
                                user=scratch.user, env=scratch.environment, cwd=str(scratch.home))
        assert told.stdout.strip() == "nobody"


def test_ctrl_c_while_it_starts_leaves_nothing(public, tmp_path):
    program = subprocess.Popen([sys.executable, "-c", UNTIL_KILLED, str(tmp_path), str(tmp_path / "t")],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env={**os.environ, "PYTHONPATH": str(HERE), "TMPDIR": str(public)})
    until = time.monotonic() + 20
    while not list(public.glob(f"{leftovers.PREFIX}*")) and time.monotonic() < until:
        time.sleep(0.01)
    assert list(public.glob(f"{leftovers.PREFIX}*"))
    program.send_signal(signal.SIGINT)
    program.wait(20)
    program.stdout.close()
    assert not list(public.iterdir())

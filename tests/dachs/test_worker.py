"""Whatever RD code does to the process that validates it: that is a finding of its RD, and the others are checked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import dachsadmin
from dachsadmin.errors import EnvironmentFault, Refused, UsageError
from dachsadmin.system.worker.client import Pool, WorkerSettings

GOOD = '<table id="t"><column name="x" type="text"/></table>'
CORE = """
from gavo import svcs
from gavo.svcs import core
class Core(core.Core):
    inputTableXML = "<inputTable/>"
    outputTableXML = "<outputTable/>"
"""

# What the module of a core does when it is imported -> the family of the message, and what it says.
MISDEEDS = {
    "ends the process": ("import os; os._exit(0)", "crash", "exit status 0"),
    "ends the process with a status": ("import os; os._exit(3)", "crash", "exit status 3"),
    "asks to exit": ("import sys; sys.exit(5)", "load", "SystemExit: 5"),
    "kills itself": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed", "SIGKILL"),
    "breaks the interpreter": ("import ctypes; ctypes.string_at(0)", "crash", "SIGSEGV"),
    "never ends": ("while True: pass", "timeout", "not done after"),
    "sleeps": ("import time; time.sleep(1000)", "timeout", "not done after"),
    "wants 10 GB": ("x = bytearray(10_000_000_000)", "memory", "memory"),
    "wants ever more memory": ("x = []\nwhile True: x.append(bytes(50_000_000))", "memory", "memory"),
    "lets its children take the memory": (
        "import os, time\nfor _ in range(6):\n  if os.fork() == 0:\n    x = b'x' * 350_000_000; time.sleep(60)\n"
        "time.sleep(60)", "memory", "MB"),
    "closes all files": ("import os; os.closerange(0, 5000)", "crash", "process"),
    "closes the line only": (
        "import os, time\nfor i in range(3, 100):\n  try:\n    if os.readlink(f'/proc/self/fd/{i}').startswith('socket'):"
        " os.close(i)\n  except OSError: pass\ntime.sleep(60)", "crash", "broke the validating process"),
    "forks without end": ("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", "timeout", "not done after"),
    "recurses without end": ("def f(): return f()\nf()", "load", "recursion"),
    "fills the disk": ("f = open('x', 'wb')\nwhile True: f.write(bytes(10_000_000))", "load", "too large"),
}
# What goes on unharmed.
NUISANCES = {
    "prints": "import os, sys\nprint('rubbish' * 1000)\nos.write(1, b'{}\\n'); os.write(2, b'x'); sys.stderr.write('x')",
    "writes on every file": "import os\nfor i in range(3, 100):\n  try: os.write(i, b'rubbish\\n{}\\n')\n  except OSError: pass",
    "reads standard input": "import os, sys\nassert sys.stdin.read() == '' and os.read(0, 10) == b''",
    "changes the process": "import os, sys\nos.environ.clear(); os.chdir('/'); sys.path.insert(0, '/x'); sys.stdout = None",
    "leaves a thread": "import threading, time\nthreading.Thread(target=time.sleep, args=(500,), daemon=True).start()",
    "leaves processes": (
        "import os, time\nfor i in range(5):\n  if os.fork() == 0:\n    os.setsid()\n    if os.fork(): os._exit(0)\n"
        "    time.sleep(500); os._exit(0)"),
    "ends the process above": "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
    "stops the process above": "import os, signal; os.kill(os.getppid(), signal.SIGSTOP)",
}


def put(site, code: str) -> None:
    for name in ("good", "also_good"):
        site.rd(f"{name}/q", GOOD)
    site.write(bad__bin__evil_py=code + "\n" + CORE)
    site.rd("bad/q", GOOD + '<customCore id="c" module="bin/evil"/>')


def marked(site) -> set[int]:
    """The processes of a worker for this test, by what is in their environment."""
    mark, found = f"GAVO_INPUTSDIR={site.inputs}".encode(), set()
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if mark in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                found.add(int(name))
        except OSError:
            continue
    return found


def wait_until_gone(processes: set[int]) -> set[int]:
    until = time.monotonic() + 10
    while (left := {pid for pid in processes if os.path.exists(f"/proc/{pid}")
                    and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"}) and time.monotonic() < until:
        time.sleep(0.05)
    return left


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_misdeed_is_a_finding_of_its_rd_only(site, misdeed):
    code, family, said = MISDEEDS[misdeed]
    put(site, code)
    results = site.with_settings(timeout=4 if family == "timeout" else 40).validate("good/q", "bad/q", "also_good/q")
    assert [(message.family, message.severity.label) for message in results["bad/q"].messages] == [(family, "error")]
    assert said in results["bad/q"].messages[0].text
    assert results["bad/q"].verdict in ("crash", "Fail")
    for name in ("good/q", "also_good/q"):
        assert (results[name].verdict, results[name].messages) == ("OK", ())
    assert not wait_until_gone(marked(site))


@pytest.mark.parametrize("nuisance", NUISANCES)
def test_a_nuisance_harms_nobody(site, nuisance):
    put(site, NUISANCES[nuisance])
    results = site.with_settings(timeout=20, processes=1).validate("bad/q", "good/q", "also_good/q")
    for name in ("good/q", "also_good/q"):
        assert (results[name].verdict, results[name].messages) == ("OK", ())
    if "above" not in nuisance:
        assert (results["bad/q"].verdict, results["bad/q"].messages) == ("OK", ())
    assert not wait_until_gone(marked(site))


def test_where_code_hangs_is_told(site):
    put(site, "def dawdle():\n    while True: pass\ndawdle()")
    message = site.with_settings(timeout=2).validate("bad/q")["bad/q"].messages[0]
    assert message.context["python_file"] == str(site.inputs / "bad/bin/evil.py")
    assert (message.context["python_line"], message.context["function"]) == (2, "dawdle")


def test_what_rd_code_prints_is_kept_apart(site):
    put(site, "print('hello from the RD')")
    result = site.validate("bad/q")["bad/q"]
    assert result.output == "hello from the RD\n" and not result.messages


def test_messages_before_a_crash_are_not_lost(site):
    site.rd("a/q", """<table id="t"><column name="x" unit="furlong"/></table>
      <data id="d"><embeddedGrammar><iterator><code>yield {}</code></iterator></embeddedGrammar><make table="t">
        <rowmaker><apply><setup><code>import os; os._exit(1)</code></setup><code>pass</code></apply></rowmaker></make></data>
      <service id="s" allowed="form"><publish render="form" sets="local"/><nullCore/></service>""")
    messages = site.validate("a/q", pre_publication=True)["a/q"].messages
    assert messages[-1].family == "crash" and "rowmakers" in messages[-1].text
    assert "services" in {message.family for message in messages}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to drop")
def test_hostile_code_has_no_privileges(site):
    put(site, """
import json, os, pwd
from gavo import base
told = {"user": pwd.getpwuid(os.getuid()).pw_name, "ids": [os.getuid(), os.geteuid(), os.getgid(), *os.getgroups()],
        "home": os.environ["HOME"], "allowed": []}
for path, mode in (("/root/x", "w"), ("/etc/shadow", "r"), ("/etc/passwd", "a"), ("/etc/x", "w"), (f"/proc/{os.getppid()}/mem", "rb"),
                   (f"/proc/{os.getppid()}/environ", "rb")):
    try:
        open(path, mode).close()
        told["allowed"].append(path)
    except OSError:
        pass
for manager in (base.getTableConn, base.getWritableTableConn, base.getWritableAdminConn):
    for statement in ("COPY (SELECT 1) TO PROGRAM 'true'", "SELECT pg_read_file('/etc/passwd')", "CREATE ROLE evil SUPERUSER"):
        try:
            with manager() as connection:
                connection.execute(statement)
            told["allowed"].append(statement)
        except Exception:
            pass
for call in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.chown("/etc/passwd", 0, 0), lambda: os.kill(1, 0)):
    try:
        call()
        told["allowed"].append("a system call")
    except OSError:
        pass
print(json.dumps(told))
""")
    import json

    result = site.validate("bad/q")["bad/q"]
    assert not result.messages
    told = json.loads(result.output)
    assert told["user"] == site.settings.user and 0 not in told["ids"]
    assert told["allowed"] == [] and not told["home"].startswith("/root")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root could run RD code as another user")
@pytest.mark.parametrize("user", ["root", "postgres", None])
def test_rd_code_never_runs_as_a_mighty_user(user):
    with pytest.raises(Refused, match="RD code is not run as"), Pool(WorkerSettings(user=user)):
        pass


def test_an_interpreter_without_gavo_is_told(tmp_path):
    (tmp_path / "python").write_text("#!/bin/sh\nexec /usr/bin/python3 -I -S \"$@\"\n")
    (tmp_path / "python").chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    user = "nobody" if os.geteuid() == 0 else None
    with Pool(WorkerSettings(interpreter=str(tmp_path / "python"), user=user)) as pool, \
            pytest.raises(EnvironmentFault, match="cannot import gavo: ModuleNotFoundError: No module named 'gavo'"):
        pool.versions()
    with pytest.raises(EnvironmentFault, match="cannot be run"), Pool(WorkerSettings("/no/python", user)):
        pass


def test_the_database_being_away_is_no_fault_of_an_rd(site):
    site.rd("a/q", GOOD)
    site.write(nowhere="database = x\nhost = /nonexistent\nuser = x\npassword = x\n")
    folder = site.inputs / "profiles"
    folder.mkdir(mode=0o755)
    for name in ("trustedquery", "feed", "untrustedquery", "admin"):
        (folder / name).write_text("database = x\nhost = /nonexistent\nuser = x\npassword = x\n")
    rc = Path(site.settings.environment["GAVOSETTINGS"]).read_text()
    custom = site.inputs / "custom.rc"
    custom.write_text("[db]\n" + f"profilePath: {folder}\n")
    assert "profilePath" in rc
    away = site.with_settings(environment={"GAVOCUSTOM": str(custom)})
    try:
        result = away.validate("a/q")["a/q"]
    except EnvironmentFault as fault:  # DaCHS 2.13 connects while it is imported
        assert "cannot import gavo" in fault.message and "/nonexistent" in fault.message
        return
    assert [(message.family, message.untested) for message in result.messages] == [("database", True)]
    assert "/nonexistent" in result.messages[0].text


def test_examples_need_a_dachs_that_knows_them(site):
    version = tuple(int(part) for part in site.dachs.version.split("+")[0].split("."))
    site.rd("a/q", GOOD)
    if version < (2, 12):
        with pytest.raises(UsageError, match=f"DaCHS {site.dachs.version} cannot validate examples"):
            site.validate("a/q", examples=True)
    else:
        assert site.validate("a/q", examples=True)["a/q"].verdict == "OK"


DRIVER = """
import sys, threading
sys.path.insert(0, {package!r})
from dachsadmin.system.worker.client import Pool, WorkerSettings
with Pool(WorkerSettings({interpreter!r}, {user!r}, {environment!r}, processes=2, timeout=100)) as pool:
    pool.versions()
    print("ready", flush=True)
    list(pool.validate(["bad/q", "worse/q"]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["interrupted", "killed"])
def test_no_process_outlives_us(site, number):
    put(site, "import subprocess, time\nsubprocess.Popen(['sleep', '300'], start_new_session=True)\ntime.sleep(300)")
    site.write(worse__bin__evil_py="while True: pass")
    site.rd("worse/q", GOOD + '<customCore id="c" module="bin/evil"/>')
    text = DRIVER.format(package=str(Path(dachsadmin.__file__).parents[1]), interpreter=site.settings.interpreter,
                         user=site.settings.user, environment=dict(site.settings.environment))
    driver = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert driver.stdout.readline() == b"ready\n"
    until = time.monotonic() + 20
    while len(marked(site)) < 4 and time.monotonic() < until:
        time.sleep(0.05)
    started = marked(site)
    assert len(started) >= 4, "keeper, two children and the sleep"
    driver.send_signal(number)
    driver.wait(20)
    assert not wait_until_gone(started)

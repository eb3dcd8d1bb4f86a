"""A verdict knows what it depends on, so that it can be kept just as long as it is true."""

from __future__ import annotations

from dachsadmin.system.worker.client import Pool

TABLE = '<table id="t" onDisk="True"><column id="x" name="x"/></table>'
CORE = """
import helper
from gavo import svcs
from gavo.svcs import core
class Core(core.Core):
    inputTableXML = "<inputTable/>"
    outputTableXML = "<outputTable><outputField name='%s'/></outputTable>" % helper.NAME
"""


def below(site, result) -> set[str]:
    """The files of the tree that a verdict depends on, without those that are absent and with names of RDs."""
    names = {name.removeprefix(f"{site.inputs}/") for name in result.dependencies if name.startswith(f"{site.inputs}/")}
    return {name for name in names if (site.inputs / name).is_file()}


def test_an_rd_depends_on_those_that_it_names_also_when_dachs_has_loaded_them_before(site):
    site.rd("base/q", TABLE)
    site.rd("middle/q", '<table id="t"><column original="base/q#x"/></table>')
    for name in ("one", "two", "three"):
        site.rd(f"{name}/q", '<table id="t"><column original="middle/q#t.x"/></table>')
    site.rd("alone/q", TABLE)
    with Pool(site.with_settings(processes=1).settings) as pool:
        results = {result.rd_id: result for result in pool.validate(["one/q", "alone/q", "two/q", "base/q", "three/q"])}
    assert {result.verdict for result in results.values()} == {"OK"}
    for name in ("one", "two", "three"):
        assert below(site, results[f"{name}/q"]) == {f"{name}/q.rd", "middle/q.rd", "base/q.rd"}
    assert below(site, results["alone/q"]) == {"alone/q.rd"}
    assert below(site, results["base/q"]) == {"base/q.rd"}


def test_an_rd_that_is_not_there_matters(site):
    site.rd("a/q", '<table id="t"><column original="later/q#x"/></table>')
    result = site.validate("a/q")["a/q"]
    assert result.verdict == "Fail"
    assert str(site.inputs / "later/q.rd") in result.dependencies


def test_a_built_in_rd_could_be_overridden(site):
    site.rd("a/q", '<table id="t" onDisk="True" mixin="//products#table"><column name="x"/></table>')
    assert str(site.inputs / "__system__/products.rd") in site.validate("a/q")["a/q"].dependencies


def test_the_sites_own_files_matter_to_every_rd(site):
    site.rd("a/q", TABLE)
    dependencies = site.validate("a/q")["a/q"].dependencies
    etc = site.scratch.home / "root" / "etc"
    assert {str(etc / "defaultmeta.txt"), str(etc / "userconfig.rd")} <= set(dependencies)
    assert not [name for name in dependencies if name.startswith(("/usr/lib/python3.", "/proc", "/etc/"))]


def test_python_modules_of_the_tree_matter_and_are_not_mixed_up(site):
    for name in ("one", "two"):
        site.write(**{f"{name}__bin__core_py": f"import sys\nsys.path.insert(0, {str(site.inputs / name / 'bin')!r})\n{CORE}",
                      f"{name}__bin__helper_py": f"NAME = 'of_{name}'\n"})
        site.rd(f"{name}/q", f"""<customCore id="c" module="bin/core"/><service id="s" allowed="form" core="c">
          <outputTable><outputField original="of_{name}"/></outputTable></service>""")
    with Pool(site.with_settings(processes=1).settings) as pool:
        results = {result.rd_id: result for result in pool.validate(["one/q", "two/q"])}
    assert [(name, result.messages) for name, result in results.items() if result.messages] == []
    for name in ("one", "two"):
        assert below(site, results[f"{name}/q"]) == {f"{name}/q.rd", f"{name}/bin/core.py", f"{name}/bin/helper.py"}


def test_files_that_macros_or_code_read_matter(site):
    site.write(a__bin__core_py=f"from pathlib import Path\nimport os\nWORDS = Path({str(site.inputs)!r}, 'a', 'words').read_text()\n"
                               f"HERE = os.path.exists({str(site.inputs)!r} + '/a/maybe')\n" + CORE.replace("import helper", "")
                               .replace("helper.NAME", "'x'"))
    (site.inputs / "a" / "words").write_text("x")
    site.rd("a/q", '<customCore id="c" module="bin/core"/>')
    result = site.validate("a/q")["a/q"]
    assert below(site, result) == {"a/q.rd", "a/bin/core.py", "a/words"}
    assert str(site.inputs / "a/maybe") in result.dependencies


def test_only_what_the_database_had_to_say_counts_as_read(site):
    site.rd("quiet/q", TABLE)
    site.rd("published/q", """<service id="s" allowed="form"><meta name="shortName">stars</meta>
      <publish render="form" sets="ivo_managed"/><nullCore/></service>""")
    results = site.validate("quiet/q", "published/q")
    assert {name: result.read_database for name, result in results.items()} == {"quiet/q": False, "published/q": True}


def test_nothing_is_written_in_the_tree(site):
    site.write(a__bin__core_py=CORE.replace("import helper", "").replace("helper.NAME", "'x'"))
    site.rd("a/q", '<customCore id="c" module="bin/core"/>')
    site.inputs.chmod(0o777)
    (site.inputs / "a" / "bin").chmod(0o777)
    before = sorted(site.inputs.rglob("*"))
    assert site.validate("a/q")["a/q"].verdict == "OK"
    assert sorted(site.inputs.rglob("*")) == before

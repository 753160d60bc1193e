import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from kstream_cli.changes.catalogue import KINDS
from kstream_cli.changes.page import page

COUNTING = """
from kstream_cli import StreamsBuilder
config = {{"application.id": "views"}}
builder = StreamsBuilder()
views = builder.stream("views", key=str, value=str){before}
views.group_by_key().count({store}).to_stream().to("counts", key=str, value=int)

"""


def counting(*, before="", store='store="views-per-user"'):
    return COUNTING.format(before=before, store=store)


@pytest.fixture
def kstream(kstream, project):
    """Each command imports the project's modules anew, as a process of its own does."""

    def run(*arguments):
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(str(project)):
                del sys.modules[name]
        return kstream(*arguments)

    return run


@pytest.fixture
def change(kstream, project):
    """Compare two texts of a module; the outcome, and the findings by id."""

    def compare(old, new, *options):
        (project / "old.py").write_text(old)
        (project / "old.json").write_text(kstream("describe", "old.py", "--json").out)
        (project / "new.py").write_text(new)
        outcome = kstream("diff", "old.json", "new.py", "--json", *options)
        found = json.loads(outcome.out)
        return outcome, {each["id"]: each for each in found["findings"]}, found["verdict"]

    return compare


def test_a_topology_compared_with_itself_is_safe(change):
    outcome, findings, verdict = change(counting(), counting())
    assert (outcome.code, findings, verdict) == (0, {}, "safe")


def test_a_store_that_loses_its_name_breaks_and_the_old_name_is_given(change):
    outcome, findings, _ = change(counting(), counting(store=""))
    assert outcome.code == 5
    assert findings["KS101"]["subject"] == "views-per-user"
    assert 'store="views-per-user"' in findings["KS101"]["remedy"]
    assert findings["KS101"]["affects"] == ["topic counts"]


def test_the_remedy_of_a_moved_number_brings_the_store_back(change):
    old = counting(store="")
    outcome, findings, _ = change(old, counting(before=".filter(lambda k, v: v)", store=""))
    assert outcome.code == 5
    name = findings["KS101"]["subject"]
    _, findings, verdict = change(old, counting(before=".filter(lambda k, v: v)", store=f'store="{name}"'))
    assert "KS101" not in findings
    assert verdict == "careful"


TYPED = """
from dataclasses import dataclass, field
from kstream_cli import JsonSerde, Serde, StreamsBuilder
config = {{"application.id": "sales"}}
{types}
builder = StreamsBuilder()
sales = builder.stream("sales", key=str, value=Sale).group_by(lambda k, v: v.item, key={key}, name="by-item")
sales.aggregate(lambda: Sum(), lambda k, v, total: total, store="sums", value={value}).to_stream().to("out", value=str)
"""
TYPES = """
@dataclass
class Part:
    name: str = ""
@dataclass
class Sale:
    item: str
@dataclass
class Sum:
    count: int = 0
    parts: list[Part] = field(default_factory=list)
"""


def typed(*edit, key="str", value="Sum"):
    return TYPED.format(types=TYPES.replace(*edit) if edit else TYPES, key=key, value=value)


@pytest.mark.parametrize(
    ("new", "id", "subject", "level"),
    [
        (typed("count: int = 0", "count: int = 0\n    euros: float = 0.0"), "KS109", "sums", "safe"),
        (typed("count: int = 0", "total: int = 0"), "KS109", "sums", "breaking"),
        (typed("count: int = 0", "count: str = ''"), "KS109", "sums", "breaking"),
        (typed("name: str = ''".replace("'", '"'), "name: list[str]"), "KS109", "sums", "breaking"),
        (typed("    count: int = 0\n", ""), "KS109", "sums", "careful"),
        (typed("count: int = 0", "count: str = ''", value="JsonSerde(Sum, upgrade=str)"), "KS109", "sums", "careful"),
        (typed(value="Serde.of(bytes.hex, bytes.fromhex)"), "KS109", "sums", "breaking"),
        (typed("item: str", "item: str\n    amount: int"), "KS213", "by-item-repartition", "breaking"),
        (typed("item: str", "item: str\n    amount: int"), "KS207", "sales", "careful"),
        (typed(key="int"), "KS213", "by-item-repartition", "breaking"),
    ],
)
def test_a_type_whose_fields_change_is_noticed_wherever_its_json_is_kept(change, new, id, subject, level):
    _, found, _ = change(typed(), new)
    assert (found[id]["subject"], found[id]["level"]) == (subject, level)


def test_a_serde_of_the_user_s_own_whose_code_changes_is_careful(change):
    own = typed(value="Serde.of(lambda value: b'{}', lambda data: Sum())")
    assert change(own, own)[2] == "safe"
    outcome, found, _ = change(own, own.replace("b'{}'", "b'[]'"))
    assert (outcome.code, found["KS109"]["level"]) == (4, "careful")


def test_the_fields_of_a_type_are_saved_with_a_topology(kstream, project):
    (project / "old.py").write_text(typed())
    (project / "running.json").write_text(kstream("describe", "old.py", "--json").out)
    (project / "new.py").write_text(typed("count: int = 0", "total: int = 0"))
    assert kstream("diff", "running.json", "old.py").code == 0
    assert "field count is gone and total is new" in kstream("diff", "running.json", "new.py").out


CALLING = """
from dataclasses import dataclass
from kstream_cli import StreamsBuilder, Windows
from kstream_cli import Window
config = {"application.id": "views"}
LIMIT = 3
@dataclass(frozen=True)
class Fives(Windows):
    grace_ms: int = 0
    @property
    def size_ms(self):
        return 5
    def windows_for(self, timestamp):
        return (Window(timestamp - timestamp % 5, timestamp - timestamp % 5 + 5),)
def is_long(value):
    return len(value) > LIMIT
builder = StreamsBuilder()
views = builder.stream("views", key=str, value=str).filter(lambda key, value: is_long(value))
views.group_by_key().windowed_by(Fives()).count(store="n")
"""


@pytest.mark.parametrize("edit", [("LIMIT = 3", "LIMIT = 4"), ("> LIMIT", ">= LIMIT"), ("+ 5)", "+ 4)")])
def test_what_a_function_calls_and_windows_of_one_s_own_are_code_too(change, edit):
    outcome, found, _ = change(CALLING, CALLING.replace(*edit))
    assert (outcome.code, list(found)) == (4, ["KS401"])


def test_swapped_stores_are_told_apart_by_what_their_functions_do(change):
    text = """
from kstream_cli import StreamsBuilder
config = {{"application.id": "views"}}
builder = StreamsBuilder()
views = builder.stream("views", key=str, value=str)
views.filter(lambda k, v: v == {!r}).group_by_key().count()
views.filter(lambda k, v: v == {!r}).group_by_key().count()

"""
    outcome, findings, _ = change(text.format("a", "b"), text.format("b", "a"))
    assert outcome.code == 5
    assert "KS102" in findings


def test_a_comment_with_a_reason_allows_a_finding_and_one_without_does_not(change):
    new = counting(store="").replace("int)", "int)  # kstream: allow KS101...")
    outcome, findings, _ = change(counting(), new.replace("...", " because it is rebuilt every night"))
    assert outcome.code == 0
    assert findings["KS101"]["allowed"] == "it is rebuilt every night"
    assert change(counting(), new.replace("...", ""))[0].code == 5


def test_fail_on_says_from_which_verdict_on_the_code_is_not_zero(change):
    edited = counting(before=".filter(lambda k, v: v)")
    assert change(counting(), edited)[0].code == 4
    assert change(counting(), edited, "--fail-on", "breaking")[0].code == 0
    assert change(counting(), counting(store=""), "--fail-on", "never")[0].code == 0


def test_the_old_side_may_be_a_revision_and_the_new_one_is_the_project_s_own(kstream, project):
    (project / "topologies").mkdir()
    module = project / "topologies" / "views.py"
    module.write_text(counting())
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=project, check=True)
    assert kstream("diff", "git:HEAD").code == 0
    module.write_text(counting(store=""))
    outcome = kstream("diff", "git:HEAD")
    assert outcome.code == 5
    assert kstream("diff", "git:HEAD", "topologies/views.py").code == 5
    assert "topologies/views.py:6" in outcome.out


def test_parts_of_the_same_name_are_those_of_each_side(kstream, project):
    for side, store in (("old", "seen"), ("new", "views")):
        (project / side).mkdir()
        (project / side / "names.py").write_text(f"STORE = '{store}'")
        (project / side / "app.py").write_text("from names import STORE\n" + counting(store="store=STORE"))
    assert "KS101 seen" in kstream("diff", "old/app.py", "new/app.py").out


def test_java_s_text_is_enough_to_find_a_renamed_store(kstream, project):
    (project / "old.py").write_text(counting())
    (project / "old.txt").write_text(kstream("describe", "old.py", "--format", "java").out)
    (project / "new.py").write_text(counting(store='store="seen"'))
    outcome = kstream("diff", "old.txt", "old.py")
    assert outcome.code == 4
    assert "types, windows, retention, changelogs and functions were not compared" in outcome.out
    assert "breaking KS101 views-per-user" in kstream("diff", "old.txt", "new.py").out


def test_annotations_name_file_and_line_and_escape_what_they_say(kstream, project):
    (project / "old.py").write_text(counting())
    (project / "new.py").write_text(counting(store=""))
    first = kstream("diff", "old.py", "new.py", "--format", "github").out.splitlines()[0]
    assert first.startswith("::error file=new.py,line=6,title=KS101 A store has another name%3A views-per-user::")


def test_junit_counts_what_has_failed(kstream, project):
    (project / "old.py").write_text(counting())
    (project / "new.py").write_text(counting(store=""))
    suite = ElementTree.fromstring(kstream("diff", "old.py", "new.py", "--format", "junit").out.encode())
    assert suite.get("failures") == str(len(suite.findall("testcase/failure"))) == "1"


def test_a_picture_shows_what_is_gone_and_what_is_new(kstream, project):
    (project / "old.py").write_text(counting())
    (project / "new.py").write_text(counting(store='store="<seen>"'.replace("<", "").replace(">", "")))
    kstream("diff", "old.py", "new.py", "--graph", "diff.svg")
    drawn = (project / "diff.svg").read_text()
    assert 'class="node removed"' in drawn
    assert 'class="node added"' in drawn
    assert drawn.count('class="node removed"') == 1, "the store alone: the nodes are the same"
    kstream("diff", "old.py", "new.py", "--graph", "diff.html")
    assert "KS101" in (project / "diff.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["missing.py"], 1, "missing.py"),
        (["app:orders"], 2, "app:views"),
        (["app:"], 2, "app:orders"),
        (["new.py", "app:views"], 2, "is OLD"),
        (["newer.json"], 1, "update kstream"),
        (["new.py", "--graph", "diff.png"], 2, ".svg"),
        (["app:views", "--bootstrap-servers", "127.0.0.1:1"], 1, "no broker answers"),
    ],
)
def test_bad_input_is_refused_by_name(kstream, project, arguments, code, said):
    (project / "new.py").write_text(counting())
    (project / "newer.json").write_text('{"schema": "kstream/topology", "version": 99}')
    given = [*arguments, "new.py"] if len(arguments) == 1 or arguments[1].startswith("-") else arguments
    given = [given[0], given[-1], *given[1:-1]] if given[-1] == "new.py" else given
    outcome = kstream("diff", *given)
    assert (outcome.code, said in outcome.err) == (code, True), outcome.err


def test_ids_that_are_only_the_names_of_two_files_are_careful(change):
    old = counting().replace("config =", "no_config =")
    outcome, found, _ = change(old, old)
    assert (outcome.code, found["KS301"]["level"]) == (4, "careful")


def test_the_page_of_findings_is_the_catalogue_s(pytestconfig):
    assert (pytestconfig.rootpath / "docs/reference/findings.md").read_text() == page()
    assert list(KINDS) == sorted(KINDS)


def test_a_suppress_that_starts_to_emit_on_idle_is_reported(change):
    module = """
from kstream_cli import BufferConfig, StreamsBuilder, Suppressed, TimeWindows
builder = StreamsBuilder()
counts = builder.stream("in", key=str, value=str).group_by_key().windowed_by(TimeWindows.of_size(10)).count(store="n")
counts.suppress(Suppressed.until_window_closes(BufferConfig.unbounded(), name="last"{})).to_stream().to("out")
"""
    _, findings, _ = change(module.format(""), module.format(", emit_on_idle=5_000"))
    assert findings["KS108"]["message"] == (
        "without traffic, results come out by the wall clock after 5000 ms instead of with the next records"
    )

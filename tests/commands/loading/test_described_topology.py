import http.server
import json
import os
import subprocess
import sys
import threading
import time

import pytest

from kstream_cli.commands.loading import web_text
from kstream_cli.commands.loading.described_text import topologies_in
from kstream_cli.commands.loading.described_topology import load_described
from kstream_cli.commands.loading.module_loader import load_module
from kstream_cli.errors import ModuleError

JAVA = """Topologies:
   Sub-topology: 0
    Source: read (topics: [in])
      --> write
    Sink: write (topic: out)
      <-- read

"""

FACTORY = """
from kstream_cli import StreamsBuilder
def make(topic, *, out="out"):
    builder = StreamsBuilder()
    builder.stream(topic, key=str, value=str).to(out)
    return builder
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def topics_of(reference):
    return [topic for each in load_described([reference], None, None).topologies for topic in each.topics()]


def served(answer):
    """Serves on loopback; `answer` is told the handler of each request."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def text_answer(text, status=200):
    def answer(handler):
        handler.send_response(status)
        handler.end_headers()
        handler.wfile.write(text.encode())

    return answer


def test_a_file_is_recognised_by_its_content_and_not_by_its_name(here):
    (here / "a.anything").write_text(JAVA)
    assert topics_of("a.anything") == ["in", "out"]


def test_an_address_gives_what_an_application_serves():
    server = served(text_answer(JAVA))
    assert topics_of(f"http://127.0.0.1:{server.server_port}/topology") == ["in", "out"]
    server.shutdown()


@pytest.mark.parametrize("served_as", [[JAVA], {"topology": JAVA, "name": "app"}, JAVA])
def test_javas_text_within_json_is_found(served_as):
    (found,) = topologies_in(json.dumps(served_as), name="app", source="here")
    assert found.topics() == ("in", "out")


def test_an_address_that_answers_with_something_else_is_refused():
    for answer, said in [
        (text_answer("<html>"), "line 1: '<html>' begins neither"),
        (text_answer("", 404), "answers 404"),
    ]:
        server = served(answer)
        with pytest.raises(ModuleError) as refused:
            topics_of(f"http://127.0.0.1:{server.server_port}/")
        assert said in str(refused.value)
        server.shutdown()


def test_an_address_that_does_not_answer_in_time_is_given_up(monkeypatch):
    monkeypatch.setattr(web_text, "SECONDS", 0.2)
    server = served(lambda handler: time.sleep(2))
    with pytest.raises(ModuleError, match=r"did not answer within 0\.2 seconds"):
        topics_of(f"http://127.0.0.1:{server.server_port}/")


def test_an_address_that_answers_drop_by_drop_is_given_up(monkeypatch):
    monkeypatch.setattr(web_text, "SECONDS", 0.3)

    def drops(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(50):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)

    server = served(drops)
    with pytest.raises(ModuleError, match="did not answer within"):
        topics_of(f"http://127.0.0.1:{server.server_port}/")


@pytest.mark.parametrize("answer", [b"SSH-2.0-x\r\n", b"", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n"])
def test_an_address_where_something_else_than_http_answers_is_refused(answer):
    server = served(lambda handler: handler.wfile.write(answer))
    with pytest.raises(ModuleError, match="cannot be read"):
        topics_of(f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()


@pytest.mark.parametrize("address", ["http://h:port/", "http://[::1/", "http://h/a b", "http://..:1/", "http:///"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ModuleError, match=r"cannot be read|is no address"):
        topics_of(address)


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(ModuleError) as refused:
        topics_of("http://me:secret@127.0.0.1:1/")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "there is nothing in it"), ("hello", "line 1: 'hello' begins neither"), ('{"schema": "x"}', "no topology")],
)
def test_a_text_that_is_no_topology_is_refused_with_its_source(text, said):
    with pytest.raises(ModuleError, match=r"^here\.txt: ") as refused:
        topologies_in(text, name="x", source="here.txt")
    assert said in str(refused.value)


def test_the_only_builder_may_have_any_name(here):
    (here / "one.py").write_text(FACTORY + "pipeline = make('in')\nalias = pipeline\n")
    assert topics_of("one.py") == ["in", "out"]


def test_a_builder_and_what_it_builds_are_one_topology(here):
    (here / "both.py").write_text(FACTORY + "pipeline = make('in')\nbuilt = pipeline.build()\n")
    assert topics_of("both.py") == ["in", "out"]


def test_two_builders_are_named(here):
    (here / "two.py").write_text(FACTORY + "first = make('a')\nsecond = make('b')\n")
    with pytest.raises(ModuleError, match=r"two\.py holds first and second: name one"):
        load_module("two.py")


def test_a_factory_is_called_with_literals(here):
    (here / "some.py").write_text(FACTORY)
    assert topics_of("some.py:make('orders', out='paid')") == ["orders", "paid"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("make(open('x'))", "no call with literals"),
        ("make(**{'topic': 'a'})", "no call with literals"),
        ("make()", "missing a required argument: 'topic'"),
        ("makes('a')", "Did you mean"),
        ("make('a'", "no call with literals"),
    ],
)
def test_a_call_that_cannot_be_made_is_refused(here, call, said):
    (here / "some.py").write_text(FACTORY + "made = make('x')\n")
    with pytest.raises(ModuleError) as refused:
        load_module(f"some.py:{call}")
    assert said in str(refused.value)


def test_several_modules_are_loaded_apart_even_with_parts_of_the_same_names(here):
    for name in ("orders", "billing"):
        (here / name).mkdir()
        (here / name / "names.py").write_text(f"TOPIC = '{name}'\n")
        (here / name / "app.py").write_text("import names\n" + FACTORY + "made = make(names.TOPIC)\n")
    found = load_described(["orders/app.py", "billing/app.py"], None, None).topologies
    assert [each.topics() for each in found] == [("orders", "out"), ("billing", "out")]


def git(folder, *arguments):
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True, env=environment)


@pytest.fixture
def repository(here):
    (here / "pyproject.toml").write_text("")
    (here / "topologies").mkdir()
    module = here / "topologies" / "app.py"
    git(here, "init", "-q")
    for topic in ("before", "after"):
        module.write_text(FACTORY + f"made = make({topic!r})\n")
        git(here, "add", ".")
        git(here, "commit", "-qm", topic)
    return here


@pytest.mark.parametrize(
    "reference", ["git:HEAD~1", "git:HEAD~1:topologies/app.py", "git:HEAD~1:topologies/app.py:made"]
)
def test_a_module_is_loaded_as_of_a_revision(repository, reference):
    assert topics_of(reference) == ["before", "out"]
    assert topics_of("topologies/app.py") == ["after", "out"]
    assert not [name for name in sys.modules if "kstream-" in name]


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("git:mian", "Did you mean git:main?"),
        ("git:--output=x", "names no revision"),
        ("git:HEAD:topologies/ap.py", "no topology module at"),
    ],
)
def test_an_unknown_revision_or_path_is_refused(repository, reference, said):
    with pytest.raises(ModuleError) as refused:
        topics_of(reference)
    assert said in str(refused.value)
    assert "/tmp/kstream-" not in str(refused.value)


def test_javas_texts_are_found_anywhere_in_json():
    document = [{"id": "orders", "streams": {"topology": JAVA}}, {"id": "billing", "streams": {"topology": JAVA}}]
    found = topologies_in(json.dumps(document), name="app", source="actuator")
    assert [each.name for each in found] == ["app 1", "app 2"]
    assert all(list(each.topics()) == ["in", "out"] for each in found)


@pytest.mark.parametrize("text", ["[]", "[1]", '["topology"]', '{"topology": {"text": "none"}}'])
def test_json_without_a_topology_is_refused(text):
    with pytest.raises(ModuleError, match="actuator: this JSON is no topology"):
        topologies_in(text, name="app", source="actuator")

"""`kstream run --http`: where the endpoint is, and to whom it is open."""

import re
import socket

import pytest

from kstream_cli.commands.running.http_serving import HttpServing, check_endpoints, endpoint
from kstream_cli.errors import ConfigError
from kstream_cli.runtime.prometheus import check_metrics_page
from tests.endpoint.running import running


@pytest.mark.parametrize(
    ("text", "host", "port", "address"),
    [
        ("8080", "127.0.0.1", 8080, "127.0.0.1:8080"),
        (":8080", "127.0.0.1", 8080, "127.0.0.1:8080"),
        ("0.0.0.0:0", "0.0.0.0", 0, "0.0.0.0:0"),
        ("[::1]:8080", "::1", 8080, "[::1]:8080"),
        ("localhost:9", "localhost", 9, "localhost:9"),
    ],
)
def test_an_address_is_a_port_with_a_host_or_without(text, host, port, address):
    found = HttpServing.parse(text)
    assert (found.host, found.port, found.address) == (host, port, address)


@pytest.mark.parametrize("text", ["", "x", "localhost", "1.2.3.4:", "65536", "-1", "::1:80", "8080:localhost", "٨٠"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ConfigError, match="--http"):
        HttpServing.parse(text)


@pytest.mark.parametrize("host", ["..", "\u202e", "x" * 64 + ".de"])
def test_a_host_that_cannot_be_one_is_refused(host):
    with pytest.raises(ConfigError, match="cannot be served at"):
        check_endpoints(HttpServing.parse(f"{host}:0", is_open=True), 1)
    with pytest.raises(ConfigError, match="cannot be served at"):
        check_metrics_page(host, 0)


def test_other_instances_are_told_of_the_address_where_it_says_something_to_them():
    assert HttpServing.parse("10.0.0.5:8080").settings == {"application.server": "10.0.0.5:8080"}
    assert HttpServing.parse("0.0.0.0:8080").settings == {}
    assert HttpServing.parse("0").settings == {}


def test_each_of_several_processes_has_the_next_port_and_the_same_guard(tmp_path):
    serving = HttpServing.parse("0.0.0.0:8080", token_file=tmp_path / "token")
    expected = ["--http", "0.0.0.0:8082", "--http-token-file", str(tmp_path / "token")]
    assert serving.of_instance(3).arguments == expected


def test_another_address_than_loopback_needs_a_token_or_leave(tmp_path):
    with pytest.raises(ConfigError, match=r"--http-token-file, or say --http-open"):
        check_endpoints(HttpServing.parse("0.0.0.0:0"), 1)
    check_endpoints(HttpServing.parse("0.0.0.0:0", is_open=True), 1)
    (tmp_path / "token").write_text("s3cret\n")
    check_endpoints(HttpServing.parse("0.0.0.0:0", token_file=tmp_path / "token"), 1)


@pytest.mark.parametrize("content", [None, b"", b" \n", b"a\nb", b"\xff", b"x" * 5000])
def test_a_file_without_a_token_is_refused_and_not_shown(tmp_path, content):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match="token file") as refused:
        HttpServing.parse("0", token_file=file).token()
    assert not content or len(content) < 3 or content.decode("latin-1") not in str(refused.value)


def test_a_taken_port_is_found_before_anything_is_made():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"127.0.0.1:{port}: .*Choose another port"):
            check_endpoints(HttpServing.parse(str(port)), 1)


def test_the_address_is_told_and_the_token_is_not(capsys, tmp_path):
    (tmp_path / "token").write_text("s3cret")
    with running() as (streams, _), endpoint(HttpServing.parse("0", token_file=tmp_path / "token"), streams):
        told = capsys.readouterr().err
    assert re.match(r"endpoint at http://127\.0\.0\.1:\d+ ", told)
    assert "s3cret" not in told


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--http-open"], "--http-open has no effect without --http"),
        (["--http", "80", "--http-open", "--http-token-file", "x"], "exclude one another"),
        (["--http", "65535", "--processes", "2"], "65536"),
        (["--http", "9464", "--metrics-port", "9465", "-P", "2"], "share a port"),
        (["--http", "nonsense"], "[HOST:]PORT"),
    ],
)
def test_options_that_contradict_one_another_are_refused(kstream, arguments, text):
    outcome = kstream("run", "--embedded", *arguments)
    assert outcome.code != 0
    assert text in " ".join(outcome.err.split())

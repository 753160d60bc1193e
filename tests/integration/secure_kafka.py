"""An Apache Kafka broker that asks who you are: by SCRAM (SASL_SSL) or by a certificate (SSL); it has access lists."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from apache_kafka import apache_kafka, fetch_kafka, free_port, unavailable
from cluster import Cluster

PASSWORD = "pa55-of-streams"
STORE_PASSWORD = "pa55-of-keystore"
KEY_PASSWORD = "pa55-of-key"
USERS = ("streams", "limited")
"""The first may do anything; the second what access control lists allow it."""
PROPERTIES = """
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL
ssl.keystore.location={keystore}
ssl.keystore.password={password}
ssl.keystore.type=PKCS12
listener.name.ssl.ssl.client.auth=required
listener.name.ssl.ssl.truststore.type=PEM
listener.name.ssl.ssl.truststore.location={client}
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:streams;User:CN=streams
"""


@dataclass(frozen=True)
class SecureKafka:
    cluster: Cluster
    """Through the plain listener, for the test itself."""
    settings: dict[str, object]
    """Those of a client of the listener that asks for a password, as the user that may do anything."""
    by_certificate: dict[str, object]
    """Those of a client of the listener that asks for a certificate; its user may do anything."""


@contextmanager
def secure_kafka(directory: Path) -> Iterator[SecureKafka]:
    fetch_kafka()
    for tool in ("keytool", "openssl"):
        if shutil.which(tool) is None:
            unavailable(f"{tool} is not installed: it makes a certificate")
    keystore, authority = directory / "broker.p12", directory / "ca.pem"
    ports = {"SASL_SSL": free_port(), "SSL": free_port()}
    store = ["-alias", "broker", "-keystore", str(keystore), "-storetype", "PKCS12", "-storepass", STORE_PASSWORD]
    names = ["-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1", "-ext", "bc=ca:true"]
    _keytool("-genkeypair", "-keyalg", "EC", "-validity", "2", *names, *store)
    _keytool("-exportcert", "-rfc", "-file", str(authority), *store)
    certificate, key = _client_certificate(directory)
    scram = [f"SCRAM-SHA-512=[name={user},password={PASSWORD}]" for user in USERS]
    options = tuple(option for user in scram for option in ("--add-scram", user))
    properties = PROPERTIES.format(keystore=keystore, password=STORE_PASSWORD, client=certificate)
    with apache_kafka(directory, more_listeners=ports, properties=properties, format_options=options) as plain:
        settings: dict[str, object] = {
            "bootstrap.servers": f"127.0.0.1:{ports['SASL_SSL']}",
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": USERS[0],
            "sasl.password": PASSWORD,
            "ssl.ca.location": str(authority),
        }
        by_certificate: dict[str, object] = {
            "bootstrap.servers": f"127.0.0.1:{ports['SSL']}",
            "security.protocol": "SSL",
            "ssl.ca.location": str(authority),
            "ssl.certificate.location": str(certificate),
            "ssl.key.location": str(key),
            "ssl.key.password": KEY_PASSWORD,
        }
        yield SecureKafka(Cluster(plain), settings, by_certificate)


def _client_certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate that has signed itself, and its key, under a password."""
    certificate, key = directory / "client.pem", directory / "client.key"
    form = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=streams", "-days", "2"]
    files = ["-out", str(certificate), "-keyout", str(key), "-passout", f"pass:{KEY_PASSWORD}"]
    subprocess.run(["openssl", "req", *form, *files], check=True, capture_output=True)
    return certificate, key


def _keytool(*arguments: str) -> None:
    subprocess.run(["keytool", *arguments], check=True, capture_output=True)

"""An Apache Kafka broker that asks who you are: a SASL_SSL listener with SCRAM, and access control lists."""

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
USERS = ("streams", "limited")
"""The first may do anything; the second what access control lists allow it."""
PROPERTIES = """
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.location={keystore}
ssl.keystore.password={password}
ssl.keystore.type=PKCS12
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:streams
"""


@dataclass(frozen=True)
class SecureKafka:
    cluster: Cluster
    """Through the plain listener, for the test itself."""
    settings: dict[str, object]
    """Those of a client of the listener that asks, as the user that may do anything."""


@contextmanager
def secure_kafka(directory: Path) -> Iterator[SecureKafka]:
    fetch_kafka()
    if shutil.which("keytool") is None:
        unavailable("keytool is not installed: it makes the broker's certificate")
    keystore, authority, port = directory / "broker.p12", directory / "ca.pem", free_port()
    store = ["-alias", "broker", "-keystore", str(keystore), "-storetype", "PKCS12", "-storepass", STORE_PASSWORD]
    names = ["-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1", "-ext", "bc=ca:true"]
    _keytool("-genkeypair", "-keyalg", "EC", "-validity", "2", *names, *store)
    _keytool("-exportcert", "-rfc", "-file", str(authority), *store)
    scram = [f"SCRAM-SHA-512=[name={user},password={PASSWORD}]" for user in USERS]
    options = tuple(option for user in scram for option in ("--add-scram", user))
    properties = PROPERTIES.format(keystore=keystore, password=STORE_PASSWORD)
    with apache_kafka(directory, secure_port=port, properties=properties, format_options=options) as plain:
        settings: dict[str, object] = {
            "bootstrap.servers": f"127.0.0.1:{port}",
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": USERS[0],
            "sasl.password": PASSWORD,
            "ssl.ca.location": str(authority),
        }
        yield SecureKafka(Cluster(plain), settings)


def _keytool(*arguments: str) -> None:
    subprocess.run(["keytool", *arguments], check=True, capture_output=True)

"""TLS and SASL of a connection, from the settings that librdkafka has for them."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kstream_cli.errors import ConfigError
from kstream_cli.protocol.sasl import Mechanism, mechanism

ONLY_IN_LIBRDKAFKA = (
    *("ssl.keystore.location", "ssl.engine.location", "ssl.engine.id", "ssl.providers"),
    *("ssl.curves.list", "ssl.sigalgs.list", "ssl.ca.certificate.stores"),
)
"""What Python's TLS has no like for."""
KEYSTORE = "give ssl.certificate.location and ssl.key.location (PEM files) in its place"


@dataclass(frozen=True)
class Security:
    """How a connection is protected, and who its client is."""

    tls: ssl.SSLContext | None = None
    login: Mechanism | None = None


def security_of(settings: Mapping[str, Any]) -> Security:
    """From a client's settings, by librdkafka's names. Raises ConfigError, naming what is not to be had."""
    protocol = str(settings.get("security.protocol", "PLAINTEXT")).upper()
    return Security(
        tls=_tls(settings) if protocol in ("SSL", "SASL_SSL") else None,
        login=mechanism(settings) if protocol.startswith("SASL_") else None,
    )


def _tls(settings: Mapping[str, Any]) -> ssl.SSLContext:
    given = [name for name in ONLY_IN_LIBRDKAFKA if settings.get(name)]
    if given:
        remedy = f"{KEYSTORE}, or use" if given[0] == "ssl.keystore.location" else "use"
        raise ConfigError(f"{given[0]} has no effect with group.protocol=streams: {remedy} group.protocol=classic")
    try:
        return _context(settings)
    except (OSError, ValueError) as error:
        files = [str(settings[name]) for name in sorted(settings) if _is_missing_file(name, settings[name])]
        missing = f": there is no file for {', '.join(files)}" if files else ""
        raise ConfigError(f"TLS cannot be set up{missing}: {error}") from error


def _context(settings: Mapping[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    place, text = settings.get("ssl.ca.location"), settings.get("ssl.ca.pem")
    if place and place != "probe":
        is_folder = os.path.isdir(place)
        context = ssl.create_default_context(cafile=None if is_folder else place, capath=place if is_folder else None)
    elif text:
        context = ssl.create_default_context(cadata=str(text))
    if settings.get("ssl.crl.location"):
        context.load_verify_locations(settings["ssl.crl.location"])
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    if settings.get("ssl.cipher.suites"):
        context.set_ciphers(str(settings["ssl.cipher.suites"]))
    _load_own_certificate(context, settings)
    if str(settings.get("ssl.endpoint.identification.algorithm", "https")).lower() == "none":
        context.check_hostname = False
    if str(settings.get("enable.ssl.certificate.verification", True)).lower() == "false":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _load_own_certificate(context: ssl.SSLContext, settings: Mapping[str, Any]) -> None:
    password = settings.get("ssl.key.password")
    certificate, key = settings.get("ssl.certificate.location"), settings.get("ssl.key.location")
    if certificate:
        context.load_cert_chain(certificate, key, password)
    elif settings.get("ssl.certificate.pem"):
        # Python takes them from files only; this one is its owner's alone, and gone at once.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(f"{settings['ssl.certificate.pem']}\n{settings.get('ssl.key.pem', '')}\n")
            file.flush()
            context.load_cert_chain(file.name, password=password)


def _is_missing_file(name: str, value: Any) -> bool:
    return name.startswith("ssl.") and name.endswith(".location") and not os.path.exists(str(value))

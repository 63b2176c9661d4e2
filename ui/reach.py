"""The address under which others reach this app."""

import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

LOCAL = ("localhost", "")
NOWHERE = ("192.0.2.1", 9)  # an address that is nobody's, kept for examples (RFC 5737)


class Reach(NamedTuple):
    """An address, and whether others reach the app there."""

    address: str
    now: bool  # False: only once the app is started for others too


def reach(url: str, bound: str | None, machine: str) -> Reach:
    """Where others find the app.

    Args:
        url: of the page, as this person's browser has it.
        bound: the address that the app was started for; None: all of the machine's.
        machine: this machine's address in its network.
    """
    parts = urlsplit(url)
    path = parts.path.rpartition("/")[0] + "/"
    if not _only_here(parts.hostname or ""):
        return Reach(f"{parts.scheme}://{parts.netloc}{path}", True)
    port = f":{parts.port}" if parts.port else ""
    return Reach(f"{parts.scheme or 'http'}://{machine}{port}{path}", not _only_here(bound or "0.0.0.0"))


def machine_address() -> str:
    """This machine's address in its network: the one that it would send from. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(NOWHERE)
        except OSError:  # it is in no network
            return "127.0.0.1"
        return probe.getsockname()[0]


def _only_here(host: str) -> bool:
    """Whether a name or an address means the machine that asks."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in LOCAL

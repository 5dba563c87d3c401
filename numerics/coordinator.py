"""The address at which the processes of a cluster meet, tried out before the runtime does.

The native runtime aborts where a coordinator does not answer, and where its port is taken it fails or, one time in
three, crashes (jaxlib 0.10.2). What can be found out beforehand is therefore found out here, and raised.
"""

import socket
import time
from dataclasses import dataclass
from typing import final


@final
class ClusterError(RuntimeError):
    """The processes cannot work together: one line that says why."""


@final
@dataclass(frozen=True, slots=True)
class Address:
    """Host and port of a coordinator."""

    host: str
    port: int

    @staticmethod
    def parse(text: str) -> "Address":
        """Read `HOST:PORT`, where a host that is an IPv6 address stands in brackets.

        **Raises:** `ClusterError` for anything else.
        """
        host, _, port = text.rpartition(":")
        if not (host and port.isdecimal() and 0 < int(port) < 2**16):
            raise ClusterError(f"coordinator {text!r}: want HOST:PORT with a port from 1 to 65535")
        return Address(host.strip("[]"), int(port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def require_free_port(address: Address) -> None:
    """Refuse a port on which something of this host listens already.

    **Raises:** `ClusterError` naming the address.
    """
    family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
    with socket.socket(family) as probe:
        # As the runtime does: what an earlier run has left in the port's waiting state is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", address.port))
        except OSError as error:
            reason = error.strerror or error
            raise ClusterError(f"coordinator {address}: cannot listen on this port: {reason}") from error


def await_coordinator(address: Address, deadline: float) -> None:
    """Wait until process 0 listens, until `deadline` on the monotonic clock at most.

    **Raises:** `ClusterError` naming the address and the time waited.
    """
    begun = time.monotonic()
    while True:
        try:
            socket.create_connection(
                (address.host, address.port), timeout=max(0.1, deadline - time.monotonic())
            ).close()
        except OSError as error:
            if time.monotonic() >= deadline:
                waited = f"{deadline - begun:.0f} s"
                reason = error.strerror or error
                raise ClusterError(f"no coordinator at {address} after {waited}: {reason}") from error
            time.sleep(0.1)
        else:
            return

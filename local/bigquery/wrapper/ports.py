"""Refuses a taken port before anything is started."""

from __future__ import annotations

import socket


class PortTaken(Exception):
    """A port that this server wants is in use; the message names it, its option and the remedy."""


def require_free_port(port: int, option: str) -> None:
    """Raises PortTaken unless 127.0.0.1:port can be bound now; the port is released again."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortTaken(
                f"port {port} ({option}) of 127.0.0.1 cannot be used: {error.strerror}. "
                f"Stop the process that listens there or choose another port."
            ) from None

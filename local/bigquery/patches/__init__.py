"""Patches of bqemulator 1.4.0: one file per fault, each with what stock does wrong and what BigQuery does."""

from __future__ import annotations

import importlib
import pkgutil


def install() -> None:
    """Installs every patch, in the order of their names; call it once, before the server starts."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        patch = importlib.import_module(module.name)
        # the others are helpers of external_tables
        if hasattr(patch, "install"):
            patch.install()

"""The one place that knows how Loadstone comes by Ray: loaded on use, connected once a process."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from optimizer.errors import EngineUnavailableError

#: Whoever connects to a cluster it did not start names its jobs so.
NAMESPACE = "loadstone"


def connected_ray(address: str | None = None) -> Any:
    """The ``ray`` module, connected to the cluster at ``address``; None: one of this machine's own, started now (seconds).

    Raises:
        EngineUnavailableError: Ray is not installed, or no cluster answers there.
    """
    try:
        ray = import_module("ray")
    except ImportError as error:
        raise EngineUnavailableError("ray", "it is not installed; pip install 'loadstone[ray]'") from error
    if not ray.is_initialized():
        try:
            ray.init(address=address, namespace=NAMESPACE, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise EngineUnavailableError("ray", f"no cluster at {address or 'this machine'}: {error}") from error
    return ray


def cpu_counts(ray: Any) -> list[int]:
    """CPUs of each node that is up, at least one each."""
    return [max(1, int(node["Resources"].get("CPU", 0))) for node in ray.nodes() if node["Alive"]] or [1]

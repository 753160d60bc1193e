"""A topology as JSON, for scripts: the view's own fields, with the cluster's facts when one was asked."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from kstream_cli.render.view import ClusterView, NodeView, StoreView, TopologyView


def json_of(view: TopologyView, cluster: ClusterView | None = None) -> str:
    return json.dumps(document(view, cluster), indent=2, ensure_ascii=False)


def document(view: TopologyView, cluster: ClusterView | None = None) -> dict[str, Any]:
    """The same as plain dicts and lists."""
    found: dict[str, Any] = {
        "topology": view.name,
        "application_id": view.application_id,
        "subtopologies": [
            {
                "id": part.id,
                "source_topics": list(part.source_topics),
                "nodes": [_filled(node) for node in part.nodes],
                "stores": [_filled(store) for store in part.stores],
            }
            for part in view.subtopologies
        ],
        "global_stores": [
            {
                "id": part.id,
                "source": _filled(part.source),
                "processor": _filled(part.processor),
                "store": _filled(part.store),
            }
            for part in view.global_stores
        ],
        "internal_topics": sorted(view.internal_topics),
    }
    if cluster is not None:
        for part, entry in zip(view.subtopologies, found["subtopologies"], strict=True):
            entry["tasks"] = cluster.tasks(part)
        found["cluster"] = {
            "bootstrap_servers": cluster.bootstrap_servers,
            "partitions": dict(sorted(cluster.partitions.items())),
            "missing": sorted(cluster.missing()),
        }
    return found


def _filled(part: NodeView | StoreView) -> dict[str, Any]:
    """Fields that have something to say."""
    return {name: value for name, value in asdict(part).items() if value not in (None, ())}

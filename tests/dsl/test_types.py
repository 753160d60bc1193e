"""What mypy infers through a chain of operations."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")

PROGRAM = """
from dataclasses import dataclass
from kstream_cli import SessionWindows, StreamsBuilder, TimeWindows

@dataclass
class Order:
    item: str
    amount: int

builder = StreamsBuilder()
orders = builder.stream("orders", key=str, value=Order)
reveal_type(orders)
reveal_type(orders.map(lambda key, order: (order.item, order.amount)))
reveal_type(orders.map_values(lambda order: order.amount))
reveal_type(orders.map_values(lambda key, order: key + order.item, with_key=True))
reveal_type(orders.flat_map_values(lambda order: [order.amount]))
reveal_type(orders.select_key(lambda key, order: order.amount))
reveal_type(orders.group_by(lambda key, order: order.item).count())
reveal_type(orders.group_by_key().aggregate(float, lambda key, order, total: total + order.amount))
reveal_type(orders.group_by_key().windowed_by(TimeWindows.of_size(minutes=1)).count().to_stream())
sessions = orders.group_by_key().windowed_by(SessionWindows.of_inactivity_gap(1))
reveal_type(sessions.count().to_stream(lambda windowed, count: windowed.key))
table = orders.map_values(lambda order: order.amount).to_table()
reveal_type(table.filter(lambda key, amount: amount > 1).map_values(str))
reveal_type(table.group_by(lambda key, amount: (amount, key)).count())
reveal_type(builder.stream("anything"))
reveal_type(builder.table("t", key=int, value=str))
"""

WINDOWED = "tuple[str, int, int, fallback=Windowed[str]]"

INFERRED = [
    "KStream[str, Order]",
    "KStream[str, int]",
    "KStream[str, int]",
    "KStream[str, str]",
    "KStream[str, int]",
    "KStream[int, Order]",
    "KTable[str, int]",
    "KTable[str, float]",
    f"KStream[{WINDOWED}, int]",
    "KStream[str, int]",
    "KTable[str, str]",
    "KTable[int, int]",
    "KStream[Any, Any]",
    "KTable[int, str]",
]


def test_types_are_inferred_through_a_chain_of_operations(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    report, _, _ = api.run(["--strict", "--python-version", "3.11", str(program)])
    revealed = re.findall(r'Revealed type is "(.*)"', report)
    assert [re.sub(r"[a-z_]+\.(?=\w)", "", text.replace("builtins.", "")) for text in revealed] == INFERRED, report
    assert "Success" in report, report

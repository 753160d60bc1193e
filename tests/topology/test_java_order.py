"""The orders of Java's sets, compared with what Java printed."""

from __future__ import annotations

from kstream_cli.topology.java_order import TreeSet, hash_order


def test_names_come_in_the_order_of_their_hash_buckets():
    assert hash_order(["z", "a"]) == ["a", "z"]
    assert hash_order(["gj-Buffer", "vt"]) == ["gj-Buffer", "vt"]


def test_names_in_one_bucket_come_as_they_were_added():
    assert hash_order(["Aa", "BB"]) == ["Aa", "BB"]
    assert hash_order(["BB", "Aa"]) == ["BB", "Aa"]
    assert hash_order(["zz", "aa"]) == ["zz", "aa"]


def test_a_large_set_has_more_buckets():
    names = [f"name-{number}" for number in range(100)]
    assert sorted(hash_order(names)) == sorted(names)
    assert hash_order(names) == hash_order(names, copied=True)


def test_a_tree_set_lists_its_items_in_order_without_duplicates():
    tree = TreeSet[int](lambda one, other: one - other)
    for item in [5, 3, 8, 1, 4, 7, 9, 2, 6, 5, 3]:
        tree.add(item)
    assert list(tree) == [1, 2, 3, 4, 5, 6, 7, 8, 9]

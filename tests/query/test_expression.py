"""The tree is plain data: equal trees are equal, whatever was compiled into them."""

from __future__ import annotations

import pickle

from inspector.query.expression import QueryError
from inspector.query.filter import compile_filter
from inspector.query.parser import parse
from tests.query.fields import KNOWN


def test_trees_compare_and_hash() -> None:
    assert parse("tcp.port == 80 and ip") == parse("tcp.port == 80 and ip")
    assert hash(parse("tcp.port in {1..2}")) == hash(parse("tcp.port in {1..2}"))
    text = 'http.host matches "a"'
    assert compile_filter(text, KNOWN).expression == compile_filter(text, KNOWN).expression


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(QueryError("a ==", 5, "the expression ends")))
    assert str(error) == "column 5: the expression ends"
    assert error.text == "a =="

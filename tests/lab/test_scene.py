"""The scene that most scenarios play in: nothing is built, and the capture process needs no help."""

from __future__ import annotations

from inspector.lab.registry import all_scenarios
from inspector.lab.scene import Scene, loopback


def test_loopback_is_captured_as_it_is() -> None:
    with loopback() as scene:
        assert scene == Scene("lo", ())


def test_only_the_two_hosts_build_anything() -> None:
    assert [name for name, scenario in all_scenarios().items() if scenario.scene is not loopback] == ["arp-and-ping"]

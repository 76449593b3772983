"""What is remembered of steps is what pytest-bdd finds."""

from dataclasses import dataclass

from pytest_bdd import scenario

from gwjwt.running.step_memory import remembered_steps, remembering


@dataclass(frozen=True)
class Step:
    type: str
    name: str


@dataclass(frozen=True)
class Node:
    parent: str


class Finder:
    """Tells where it was asked for what, and gives what nobody can read twice."""

    def __init__(self):
        self.asked = []

    def __call__(self, step, fixturemanager, node):
        self.asked.append((node.parent, step.type, step.name))
        return iter([f"{node.parent}: {step.type} {step.name}"])


def test_a_step_is_looked_for_once_in_each_module():
    finder = Finder()
    find = remembering(finder)
    for step in [
        Step("given", "a door"),
        Step("given", "a door"),
        Step("when", "a door"),
        Step("given", "a key"),
    ]:
        for module in ("one", "two"):
            assert list(find(step=step, fixturemanager=None, node=Node(module))) == [
                f"{module}: {step.type} {step.name}"
            ]
    assert len(finder.asked) == len(set(finder.asked)) == 6


def test_pytest_bdd_forgets_at_the_end():
    module = scenario.__globals__
    before = module["find_fixturedefs_for_step"]
    with remembered_steps():
        assert module["find_fixturedefs_for_step"] is not before
    assert module["find_fixturedefs_for_step"] is before

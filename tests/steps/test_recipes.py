"""The bundled recipes can be listed and read."""

from __future__ import annotations

import tomllib

import pytest

from curate.errors import UsageError
from curate.steps.recipes import recipes


def test_all_recipes_or_one_come_as_toml():
    every = recipes()
    assert "default" in every
    assert recipes("default") == {"default": every["default"]}
    read = [tomllib.loads(text) for text in every.values()]
    assert all(recipe["step"] and len(recipe["description"]) > 20 for recipe in read)


def test_a_recipe_that_is_not_there_is_told():
    with pytest.raises(UsageError, match="unknown recipe 'nothing'"):
        recipes("nothing")

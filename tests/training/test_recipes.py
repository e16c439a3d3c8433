"""Recipes are read strictly: a slip of the pen is an error, not a silently ignored line."""

import pytest

from napari_dentlm.core.errors import TrainingError
from training.recipe import load_recipe


@pytest.mark.parametrize(("name", "landmarks"), [("ceph19", ()), ("gonion-paper", ("Go",))])
def test_shipped_recipes_load(name, landmarks):
    assert load_recipe(name).landmarks == landmarks


def test_unknown_recipe_names_the_known_ones():
    with pytest.raises(
        TrainingError,
        match="ceph19, face-resnet18, face-small-cnn, face-xception, face-xception-50, face68, gonion-paper",
    ):
        load_recipe("ceph20")


def test_a_misspelt_key_is_refused(tmp_path):
    from importlib import resources

    text = (resources.files("training") / "recipes" / "ceph19.toml").read_text()
    (tmp_path / "mine.toml").write_text(text.replace("learning_rate", "lerning_rate", 1))
    with pytest.raises(TrainingError, match="lerning_rate"):
        load_recipe(tmp_path / "mine.toml")


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(TrainingError, match=r"nowhere\.toml"):
        load_recipe(tmp_path / "nowhere.toml")

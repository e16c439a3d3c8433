"""Recipes are read strictly: a slip of the pen is an error, not a silently ignored line."""

import pytest

from napari_dentlm.core.errors import TrainingError
from training.recipe import PhotoRecipe, load_recipe


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


@pytest.mark.parametrize(
    ("name", "family", "network"),
    [
        ("face68", "photo", ""),
        ("face-xception", "photo-regression", "xception"),
        ("face-small-cnn", "photo-regression", "small-cnn"),
    ],
)
def test_recipes_for_photographs_load(name, family, network):
    recipe = load_recipe(name)
    assert isinstance(recipe, PhotoRecipe)
    assert (recipe.family, recipe.network, recipe.scheme) == (family, network, "ibug68")


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("face-xception", 'network = "xception"', "", "has coarse and a network"),
        ("face68", "[refine]", "[ignored]", "ignored"),
        ("face-xception", "average = 0.0", "average = 0.9", "best weights cannot be kept"),
        ("face-xception", 'family = "photo-regression"', 'family = "photo"', "coarse and refine"),
    ],
)
def test_recipes_for_photographs_are_read_strictly(tmp_path, name, old, new, reason):
    from importlib import resources

    text = (resources.files("training") / "recipes" / f"{name}.toml").read_text()
    (tmp_path / "mine.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(TrainingError, match=reason):
        load_recipe(tmp_path / "mine.toml")

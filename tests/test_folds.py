"""Folds by hash: the laws that make a split worth its name."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from xrays import folds

groups = st.lists(st.text("abcdef0123456789-", min_size=1, max_size=12), min_size=1, max_size=60, unique=True)


def table(names: list[str], pictures: int = 2) -> pd.DataFrame:
    rows = [(f"{name}/{number}", name, folds.COVID if folds.rank(9, name) % 3 == 0 else folds.NORMAL)
            for name in names for number in range(pictures)]
    return pd.DataFrame(rows, columns=["image", "group", "label"])


def test_the_fold_is_the_published_formula():
    # sha256("0:ieee8023-46") = 0x…; computed with: printf '0:ieee8023-46' | sha256sum
    import hashlib
    assert folds.grouped("ieee8023-46", 0, 5) == int(hashlib.sha256(b"0:ieee8023-46").hexdigest(), 16) % 5


@given(groups, st.integers(0, 2**32 - 1), st.integers(2, 20))
def test_every_patient_is_in_exactly_one_fold_whatever_the_others(names, seed, count):
    alone = {name: folds.grouped(name, seed, count) for name in names}
    assert {name: folds.grouped(name, seed, count) for name in reversed(names)} == alone
    assert all(0 <= fold < count for fold in alone.values())


@given(groups, st.integers(0, 1000))
def test_a_new_patient_moves_nobody(names, seed):
    before = {name: folds.grouped(name, seed, 5) for name in names[1:]}
    after = {name: folds.grouped(name, seed, 5) for name in names}
    assert {name: after[name] for name in before} == before


@given(groups.filter(lambda names: len(names) > 3), st.floats(0.05, 0.5), st.integers(0, 4))
@settings(deadline=None)
def test_inner_parts_hold_whole_patients_of_both_classes_and_never_all_of_one(names, share, fold):
    rows = table(names)
    inner = folds.inner(rows, share, 0, fold)
    assert inner.groupby(rows["group"]).nunique().max() == 1
    for _, of_class in rows.groupby("label"):
        if of_class["group"].nunique() > 1:
            assert inner[of_class.index].any() and not inner[of_class.index].all()


@given(st.permutations(range(24)))
@settings(deadline=None)
def test_inner_parts_do_not_depend_on_the_order_of_rows(order):
    rows = table([f"p{number}" for number in range(12)])
    inner = folds.inner(rows, 0.2, 0, 1)
    shuffled = rows.iloc[order]
    assert set(shuffled["image"][folds.inner(shuffled, 0.2, 0, 1)]) == set(rows["image"][inner])


def test_the_article_split_holds_back_its_shares_of_pictures():
    rows = pd.DataFrame({"image": [f"n{i}" for i in range(1330)] + [f"c{i}" for i in range(69)],
                         "label": [folds.NORMAL] * 1330 + [folds.COVID] * 69})
    fold = folds.article(rows, 0)
    assert rows["label"][fold == 0].value_counts().to_dict() == {folds.NORMAL: 450, folds.COVID: 9}
    assert rows["label"][fold == 1].value_counts().to_dict() == {folds.NORMAL: 880, folds.COVID: 60}

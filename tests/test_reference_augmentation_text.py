"""Edits of tokens, synonyms, particles and slips of the keyboard: invariants, Unicode's own tables, and examples."""

import unicodedata

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import example, given

from autograder.reference import augmentation_text as kernels

pytestmark = pytest.mark.augmentation
generators = st.integers(0, 2**32 - 1).map(np.random.default_rng)
words = st.lists(st.sampled_from(["the", "film", "is", "Not", "not", "good", "Bad", "안"]), min_size=1, max_size=8)
syllables = st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3)
PROTECTED = {"not", "안"}
SYNONYMS = {"film": ["movie", "film"], "good": ["fine", "great"], "bad": ["poor"], "is": ["is"]}


def is_subsequence(short, long):
    rest = iter(long)
    return all(token in rest for token in short)


def kept_ones(tokens):
    return [t for t in tokens if t.lower() in PROTECTED]


@given(words, st.sampled_from([0.0, 0.3, 1.0]), generators)
def test_deletion_keeps_order_protected_words_and_something(tokens, p, rng):
    before = list(tokens)
    found = kernels.delete_tokens(tokens, p, PROTECTED, rng)
    assert tokens == before and is_subsequence(found, tokens) and found
    assert kept_ones(found) == kept_ones(tokens)
    if p == 0:
        assert found == tokens
    if p == 1:
        assert found == (kept_ones(tokens) or found[:1])


def test_deletions_rate_is_p():
    rng, N = np.random.default_rng(0), 100_000
    kept = len(kernels.delete_tokens(["a"] * N, 0.3, (), rng))
    assert abs(kept - 0.7 * N) < 5 * np.sqrt(0.21 * N)


@given(words, generators)
def test_swaps_exchange_two_places_that_are_not_protected(tokens, rng):
    before = list(tokens)
    found = kernels.swap_tokens(tokens, PROTECTED, rng)
    assert tokens == before and sorted(found) == sorted(tokens)
    changed = [i for i, (a, b) in enumerate(zip(tokens, found, strict=True)) if a != b]
    assert len(changed) in (0, 2) and not any(tokens[i].lower() in PROTECTED for i in changed)
    if len({t for t in tokens if t.lower() not in PROTECTED}) == len(tokens) > 1:
        assert len(changed) == 2


def test_all_pairs_are_swapped_equally_often():
    rng, tokens, count = np.random.default_rng(1), list("abNcd"), {}
    for _ in range(6000):
        found = kernels.swap_tokens(tokens, {"n"}, rng)
        pair = tuple(t for t, new in zip(tokens, found, strict=True) if t != new)
        count[pair] = count.get(pair, 0) + 1
    assert len(count) == 6 and all(abs(c - 1000) < 150 for c in count.values())


@given(words, st.integers(0, 9), generators)
def test_synonyms_replace_what_has_one(tokens, n, rng):
    before = list(tokens)
    found = kernels.synonym_replacement(tokens, SYNONYMS, n, rng)
    assert tokens == before and len(found) == len(tokens)
    has_one = [t.lower() in {"film", "good", "bad"} for t in tokens]
    changed = [a != b for a, b in zip(tokens, found, strict=True)]
    assert sum(changed) == min(n, sum(has_one)) and all(h for h, c in zip(has_one, changed, strict=True) if c)
    for a, b in zip(tokens, found, strict=True):
        assert a == b or (b.lower() in SYNONYMS[a.lower()] and a[0].isupper() == b[0].isupper())


@given(words, generators)
def test_insertion_adds_one_synonym(tokens, rng):
    found = kernels.insert_token(tokens, SYNONYMS, rng)
    assert is_subsequence(tokens, found)
    assert len(found) - len(tokens) == any(t.lower() in {"film", "good", "bad"} for t in tokens)


@given(syllables)
def test_letters_are_unicodes(syllable):
    letters = kernels.decompose(syllable)
    assert kernels.compose_syllable(*letters) == syllable
    names = [unicodedata.name(c).split()[-1] for c in unicodedata.normalize("NFD", syllable)]
    assert [unicodedata.name(c).split()[-1] for c in letters if c] == names


@pytest.mark.parametrize("other", ["a", "ㄱ", "\ud7a4", "\uabff", "7"])
def test_what_is_no_syllable_has_no_letters(other):
    with pytest.raises(ValueError, match="no Korean syllable"):
        kernels.decompose(other)


PARTICLES = """
책은 나무는 물은 책이 나무가 물이 책을 나무를 물을 책과 나무와 물과
집으로 나무로 물로 서울로 부산으로 값으로 여덟으로 삶으로 꽃으로 학교로
"""


@pytest.mark.parametrize("phrase", PARTICLES.split())
def test_particles_follow_the_final_consonant(phrase):
    pair = next(p for p in ("으로/로", "은/는", "이/가", "을/를", "과/와") if phrase.endswith(tuple(p.split("/"))))
    word = next(phrase.removesuffix(p) for p in pair.split("/") if phrase.endswith(p))
    assert kernels.attach_josa(word, pair) == phrase


@given(st.text(syllables, max_size=6))
@example("값싼 과자를 닭이 밟아 뒀다 각각 갃아 뷁")
def test_keystrokes_can_be_typed_again(text):
    keys = kernels.keystrokes(text)
    on_keyboard = {*"".join(kernels.ROWS), *kernels.UNSHIFTED}
    assert all(key in on_keyboard for key in keys if key != " ")
    assert kernels.type_keys(keys) == text


def test_typing_shows_what_a_keyboard_shows():
    shown = {"ㄱㅏㄱㅅ": "갃", "ㄱㅏㄱㅅㅏ": "각사", "ㅗㅏ": "ㅘ", "ㅏㄱ": "ㅏㄱ", "ㄱㄱ": "ㄱㄱ"}
    shown |= {"ㄱㅏㄸ": "가ㄸ", "ㄱㅗㅏㄴ1": "관1"}
    for keys, text in shown.items():
        assert kernels.type_keys(list(keys)) == text, keys


def test_neighbours_are_mutual_and_near():
    assert set(kernels.neighbours("ㄹ")) == set("ㅇㅎㄱㅅㅊㅍ")  # F: between D and G, below R and T, above C and V
    assert set(kernels.neighbours("ㅃ")) == set("ㅉㅁ") and kernels.neighbours("a") == []
    for key in "".join(kernels.ROWS):
        assert 2 <= len(kernels.neighbours(key)) <= 6
        assert all(key in kernels.neighbours(other) for other in kernels.neighbours(key))


@given(st.text(syllables, min_size=1, max_size=5), generators)
def test_a_typo_is_one_wrong_key(text, rng):
    found = kernels.keyboard_typo(text, rng)
    before, after = kernels.keystrokes(text), kernels.keystrokes(found)
    wrong = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
    assert len(wrong) == 1 and wrong[0][1] in kernels.neighbours(wrong[0][0]) and found != text
    assert kernels.keyboard_typo("ok 7!", rng) == "ok 7!"

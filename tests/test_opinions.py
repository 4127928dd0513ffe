"""The bilingual set of opinions: what its README promises, and what its edits keep."""

import unicodedata

import numpy as np
import pytest
from tnn import opinions

from autograder.reference import augmentation_text as text

languages = pytest.mark.parametrize("language", opinions.LANGUAGES)


@languages
def test_there_are_150_different_sentences_half_of_them_favourable(language):
    sentences, y = opinions.load(language)
    assert len(sentences) == len(set(sentences)) == len(y) == 150
    assert (y == 1).sum() == (y == 0).sum() == 75


def test_a_language_that_is_not_there_is_said_so():
    with pytest.raises(ValueError, match="en and ko"):
        opinions.load("fr")


@languages
def test_sentences_are_short_clean_and_composed(language):
    for s in opinions.load(language)[0]:
        assert unicodedata.is_normalized("NFC", s) and s == s.strip() and "  " not in s
        assert s[-1] == "." and 3 <= len(s.split()) <= 20
        if language == "ko":
            assert text.type_keys(text.keystrokes(s)) == s  # every syllable can be typed
        else:
            assert s.isascii() and s[0].isupper()


def test_no_sentence_is_a_template_with_another_word_in_it():
    for language in opinions.LANGUAGES:
        words = [frozenset(opinions.tokens(s.lower())) for s in opinions.load(language)[0]]
        for i, a in enumerate(words):
            assert max(len(a & b) / len(a | b) for b in words[:i] + words[i + 1 :]) < 0.6


@languages
def test_negation_stands_on_both_sides(language):
    sentences, y = opinions.load(language)
    negated = np.array([any(map(opinions.is_negation, opinions.tokens(s))) for s in sentences])
    assert min(negated[y == 0].sum(), negated[y == 1].sum()) >= 15


@languages
def test_words_make_the_sentence_again(language):
    for s in opinions.load(language)[0]:
        assert opinions.joined(opinions.tokens(s)) == s


def test_words_that_negate():
    yes = ["not", "never", "don't", "안", "못", "없었어요", "않고", "못했다", "아니에요"]
    no = ["note", "nothingness", "안개", "안심했어요", "못생긴", "아침"]
    assert all(map(opinions.is_negation, yes))
    assert not any(map(opinions.is_negation, no))


@languages
def test_deletion_keeps_every_negation(language):
    sentences, _ = opinions.load(language)
    keep, rng = opinions.protected(sentences), np.random.default_rng(0)
    for s in sentences:
        words = opinions.tokens(s)
        left = text.delete_tokens(words, 0.5, keep, rng)
        assert [w for w in left if opinions.is_negation(w)] == [w for w in words if opinions.is_negation(w)]


def test_a_nouns_particle_agrees_with_the_new_noun():
    assert opinions.synonyms(["가격은", "영화를", "방이", "책으로", "가게"]) == {
        "가격은": ["값은"], "영화를": ["작품을"], "방이": ["객실이"], "책으로": ["도서로"], "가게": ["상점", "매장"],
    }  # fmt: skip
    assert opinions.synonyms(["방식", "길다"]) == {}


def test_an_opposite_stands_in_the_same_place():
    rng = np.random.default_rng(0)
    assert opinions.with_antonym(["Good", "tea"], rng) == ["Bad", "tea"]
    assert opinions.with_antonym(["tea"], rng) is None
    for old, new in opinions.ANTONYMS.items():
        assert old != new and new in opinions.ANTONYMS


@languages
def test_a_slip_changes_one_key(language):
    rng = np.random.default_rng(1)
    for s in opinions.load(language)[0][:40]:
        slipped = opinions.typo(s, rng)
        a, b = text.keystrokes(s), text.keystrokes(slipped)
        assert slipped != s and len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1


def test_a_korean_slip_is_the_kernels():
    for i, s in enumerate(opinions.load("ko")[0][:20]):
        assert opinions.typo(s, np.random.default_rng(i)) == text.keyboard_typo(s, np.random.default_rng(i))


def test_back_translation_returns_what_came_back_different():
    def there(sentences):
        return [s.upper() for s in sentences]

    def back(sentences):
        return ["the tea is nice" if s == "THE TEA IS GOOD" else s.lower() for s in sentences]

    assert opinions.back_translation(["the tea is good", "so be it"], there, back) == ["the tea is nice"]

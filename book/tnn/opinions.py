"""A small bilingual set of opinions, and edits of its sentences; book/tnn/texts/README.md says how it was written.

The edits themselves are the reference kernels of `autograder.reference.augmentation_text`. Here is what they need to
know about these sentences: tokens, words of negation, synonyms, antonyms, particles.
"""

import functools
import re
from pathlib import Path

import numpy as np

from autograder.reference import augmentation_text as text

PATH = Path(__file__).parent / "texts" / "opinions.tsv"
LANGUAGES = ("en", "ko")


def load(language):
    """(sentences, labels): a list of 150 texts and an array of 75 ones and 75 zeros. Raises ValueError."""
    if language not in LANGUAGES:
        raise ValueError(f"there are sentences in {' and '.join(LANGUAGES)}, not in {language!r}")
    rows = [line.split("\t") for line in PATH.read_text(encoding="utf-8").splitlines()]
    return [s for lang, _, s in rows if lang == language], np.array([int(y) for lang, y, _ in rows if lang == language])


def tokens(sentence):
    """Words, with their apostrophes, and punctuation marks; Korean words keep their particles."""
    return re.findall(r"[\w'’]+|[^\w\s]", sentence)


def joined(words):
    """A sentence again: no space before a mark of punctuation."""
    return re.sub(r" ([^\w\s])", r"\1", " ".join(words))


# What must stay ------------------------------------------------------------------------------------------------

NEGATIONS = frozenset({
    "not", "no", "never", "none", "nobody", "nothing", "without", "cannot", "hardly", "can't", "couldn't", "don't",
    "doesn't", "didn't", "isn't", "wasn't", "won't", "wouldn't", "haven't",
})  # fmt: skip


def is_negation(token):
    """Whether a token negates: an English word of negation, 안 or 못, or a Korean word on 없-, 않-, 못하-, 아니-."""
    if re.search(r"[가-힣]", token):
        return token in ("안", "못", "전혀") or bool(re.search(r"[없않]|못[하해했]|아니", token))
    return token.lower() in NEGATIONS


def protected(sentences):
    """The words of negation that occur, in lower case, as the kernels want them."""
    return frozenset(t.lower() for s in sentences for t in tokens(s) if is_negation(t))


# Words for words -----------------------------------------------------------------------------------------------

_OPINION = (
    "good fine", "great superb", "excellent outstanding", "wonderful marvellous", "lovely pretty", "delicious tasty",
    "friendly amiable", "kind gentle", "helpful obliging", "happy glad", "comfortable cosy", "easy simple",
    "quick fast", "perfect flawless", "beautiful gorgeous", "enjoyed liked", "love adore", "loved adored",
    "terrible dreadful", "awful horrible", "boring tedious", "dirty filthy", "rude impolite", "slow sluggish",
    "broken damaged", "useless worthless", "expensive pricey", "poor inferior", "noisy loud", "disappointed frustrated",
    "친절하고 상냥하고", "친절하게 상냥하게", "친절해서 상냥해서", "맛있어요 맛나요", "맛있고 맛나고",
    "맛있어서 맛나서",
    "깨끗하고 깔끔하고", "깨끗해서 깔끔해서", "훌륭해요 뛰어나요", "좋아요 괜찮아요", "좋아서 괜찮아서", "예쁘고 곱고",
    "편하고 편안하고", "편해서 편안해서", "튼튼하고 단단하고", "즐거웠어요 신났어요", "재미있고 흥미롭고",
    "아름다워서 고와서", "지루하고 따분하고", "지루해서 따분해서", "더럽고 지저분하고", "더러워서 지저분해서",
    "시끄럽고 요란하고", "시끄러워서 요란해서", "비싸고 값비싸고", "나빠요 형편없어요", "불편해서 거북해서",
    "불친절하고 퉁명스럽고", "불친절해요 퉁명스러워요", "맛없어요 별로예요", "엉망이라 형편없어서", "느리고 더디고",
)  # fmt: skip
_OTHER = (
    "film movie", "shop store", "children kids", "trip journey", "evening night", "soup broth", "meal dinner",
    "waiter server", "staff personnel", "room chamber", "book volume", "bill check", "garden park", "shoes boots",
    "bus coach", "story tale", "price cost", "money cash", "town city", "bed cot", "town village", "class lesson",
    "quality standard", "road street", "boat ship", "doctor physician", "app program",
    "weekend holiday", "bread loaf", "speech talk", "jacket coat", "phone mobile",
)  # fmt: skip


def _table(groups):
    table = {}
    for group in groups:
        for word in group.split():
            table.setdefault(word, []).extend(w for w in group.split() if w != word)
    return table


SYNONYMS = {"opinion": _table(_OPINION), "other": _table(_OTHER)}  # words on which a label rests, and other words

# Korean nouns: the particle after them follows the new noun's last sound.
NOUNS = {
    "가게": ["상점", "매장"], "식당": ["음식점"], "음식점": ["식당"], "영화": ["작품"], "책": ["도서"],
    "숙소": ["민박"], "동네": ["마을"], "아이": ["어린이"], "직원": ["점원"], "가격": ["값"], "값": ["가격"],
    "길": ["도로"], "이야기": ["줄거리"], "결말": ["마무리"], "물건": ["제품"], "신발": ["운동화"],
    "의자": ["좌석"], "자리": ["좌석"], "방": ["객실"], "노래": ["음악"], "강의": ["수업"], "문장": ["글"],
    "저녁": ["식사"],
}  # fmt: skip
JOSA = {particle: pair for pair in ("은/는", "이/가", "을/를", "과/와", "으로/로") for particle in pair.split("/")}

_OPPOSITES = (
    "good bad", "best worst", "hot cold", "warm cold", "clean dirty", "fresh stale", "quiet noisy",
    "easy difficult", "quick slow", "light heavy", "better worse", "great terrible", "lovely awful",
    "wonderful awful", "helpful useless", "friendly unfriendly", "kind rude", "perfect terrible", "excellent poor",
    "beautiful ugly", "delicious disgusting", "comfortable uncomfortable", "happy disappointed", "love hate",
    "loved hated", "enjoyed hated", "fun boring", "cheap expensive", "small huge", "strong weak", "clear unclear",
    "친절하게 불친절하게", "친절하고 불친절하고", "친절하시고 불친절하시고", "친절해서 불친절해서",
    "친절해요 불친절해요", "빠르고 느리고", "깨끗하고 더럽고", "깨끗해서 더러워서", "넓고 좁고", "좋아요 나빠요",
    "좋았어요 나빴어요", "좋은 나쁜", "좋아서 나빠서", "맛있고 맛없고", "맛있어요 맛없어요", "맛있어서 맛없어서",
    "맛있는 맛없는", "맛있었습니다 맛없었습니다", "맛있었어요 맛없었어요", "편하고 불편하고", "편해서 불편해서",
    "편해요 불편해요", "편했어요 불편했어요", "훌륭해요 엉망이에요", "만족해요 실망했어요", "만족했어요 실망했어요",
    "만족합니다 실망했습니다", "재미있어요 재미없어요", "재미있게 재미없게", "재미있고 지루하고", "쉽고 어렵고",
    "튼튼하고 약하고", "튼튼해서 약해서", "부드럽고 질기고", "가볍고 무겁고", "조용하고 시끄럽고",
    "조용해서 시끄러워서", "맑고 탁하고", "밝고 어둡고", "싱싱하고 시들고", "즐거웠다 힘들었다",
    "즐거웠어요 힘들었어요", "즐거운 괴로운", "비싸고 싸고", "비싸요 싸요", "추천합니다 말립니다",
    "추천해요 말려요",
)  # fmt: skip
ANTONYMS = {}
for _pair in _OPPOSITES:
    _a, _b = (_side.replace("_", " ") for _side in _pair.split())
    ANTONYMS.setdefault(_a, _b)
    ANTONYMS.setdefault(_b, _a)


def noun_of(token):
    """The known noun at the token's start, if nothing or a particle that depends on it follows; else None."""
    for noun in sorted(NOUNS, key=len, reverse=True):
        rest = token.removeprefix(noun)
        if rest != token and (not rest or rest in JOSA):
            return noun
    return None


def synonyms(words, kinds=("opinion", "other")):
    """token -> tokens that may stand for it, for the tokens of one sentence in either language.

    kinds: of words, which SYNONYMS names. A Korean noun keeps its particle, in agreement with the new noun.
    """
    found = {w.lower(): SYNONYMS[kind][w.lower()] for kind in kinds for w in words if w.lower() in SYNONYMS[kind]}
    for word in words if "other" in kinds else ():
        noun = noun_of(word)
        if noun:
            rest = word.removeprefix(noun)
            found[word] = [text.attach_josa(other, JOSA[rest]) if rest else other for other in NOUNS[noun]]
    return found


def with_antonym(words, rng):
    """The tokens with one word replaced by its opposite, or None where no word has one."""
    places = [i for i, w in enumerate(words) if w.lower() in ANTONYMS]
    if not places:
        return None
    i = places[rng.integers(len(places))]
    new = ANTONYMS[words[i].lower()]
    return [*words[:i], new.capitalize() if words[i][0].isupper() else new, *words[i + 1 :]]


# Slips of the keyboard -----------------------------------------------------------------------------------------

_QWERTY = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def typo(sentence, rng):
    """One key missed for a neighbour: letters of the two-set keyboard in Korean, QWERTY in English."""
    if re.search(r"[가-힣]", sentence):
        return _korean_typo(sentence, rng)
    places = [i for i, c in enumerate(sentence) if c.isascii() and c.islower()]
    i = places[rng.integers(len(places))]
    row = next(r for r in _QWERTY if sentence[i] in r)
    at = row.index(sentence[i])
    near = [row[k] for k in (at - 1, at + 1) if 0 <= k < len(row)]
    return sentence[:i] + near[rng.integers(len(near))] + sentence[i + 1 :]


_near = functools.cache(text.neighbours)


def _korean_typo(sentence, rng):
    """text.keyboard_typo, which looks up every key's neighbours anew; here each key's are looked up once."""
    keys = text.keystrokes(sentence)
    places = [i for i, key in enumerate(keys) if _near(key)]
    i = places[rng.integers(len(places))]
    near = _near(keys[i])
    return text.type_keys([*keys[:i], near[rng.integers(len(near))], *keys[i + 1 :]])


def back_translation(sentences, there, back):
    """Each sentence through another language and back, where that changed it; `there` and `back` are translators.

    They are functions from a list of sentences to a list of sentences: a model of yours, or a service.
    """
    return [new for old, new in zip(sentences, back(there(sentences)), strict=True) if new != old]

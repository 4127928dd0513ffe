"""attach_josa: Korean particles by the final consonant of the last syllable."""

from autograder.question import Difference, Property, Question, Tolerance
from autograder.reference import augmentation_text as reference

COMMON = ("은/는", "이/가", "을/를", "과/와")
NONE, RIEUL = 0, 8  # numbers of finals


def syllable(rng, final):
    return chr(0xAC00 + (int(rng.integers(19)) * 21 + int(rng.integers(21))) * 28 + final)


def word(rng, final):
    """Three syllables; those before the last one end the other way, with a consonant or without."""
    before = NONE if final else int(rng.choice([1, 4, 16, 21]))
    return "".join(syllable(rng, f) for f in (before, before, final))


def words(rng, finals, pairs):
    return {"words": [[word(rng, final), pair] for final in finals for pair in pairs]}


def plain(rng):
    """Words that end in ㄱ, ㄴ, ㅁ, ㅂ, ㅇ or without a consonant."""
    return words(rng, [NONE, *rng.permutation([1, 4, 16, 17, 21])[:3].tolist()], COMMON)


def all_finals(rng):
    return words(rng, range(28), rng.permutation(COMMON)[:2].tolist())


def direction(rng):
    return words(rng, [NONE, *rng.permutation([1, 4, 16, 17, 21])[:3].tolist()], ["으로/로"])


def rieul(rng):
    """ㄹ itself, and finals of two letters that begin with it."""
    return words(rng, [RIEUL, 9, 10, 11, 15], ["으로/로"])


def probe(answer, inputs):
    """Each word with its particle."""
    return [answer(word, pair) for word, pair in inputs["words"]]


def reference_all(word, pair):
    return reference.attach_josa(word, pair)


def one_by_one(case):
    """A judge: a message says what kind of word failed, never the right particle."""
    output = case.output
    if not isinstance(output, list | tuple) or not all(isinstance(o, str) for o in output):
        return Difference("the result should be a string: the word with its particle")
    for (before, pair), found, expected in zip(case.inputs["words"], output, case.expected, strict=True):
        if found == expected:
            continue
        if not found.startswith(before):
            return Difference("the result should begin with the word as it was")
        if found[len(before) :] not in pair.split("/"):
            return Difference("behind the word there should be one of the two particles of the pair, and nothing else")
        final = (ord(before[-1]) - 0xAC00) % 28
        ending = "without a final consonant" if not final else "with the final ㄹ" if final == RIEUL else "with a final"
        ending += " consonant" if final not in (NONE, RIEUL) else ""
        return Difference(f"of the pair {pair}, a word that ends {ending} takes the other particle")
    return None


question = Question(
    name="attach_josa",
    assignment="07_augmentation",
    reference=reference_all,
    probe=probe,
    result_name="the list of words",
    optional=True,
    properties=[
        Property("value", 1.5, plain, "words with and without a final consonant", one_by_one),
        Property("all finals", 0.5, all_finals, "all 27 final consonants", one_by_one, cases=1),
        Property("direction", 0.5, direction, "the pair 으로/로", one_by_one),
        Property("rieul", 0.5, rieul, "the pair 으로/로 after ㄹ, and after consonants that begin with it", one_by_one),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="text is compared exactly"),
    stuck="The example passes, the graded cell fails",
)


@question.accepts("Unicode's own decomposition")
def attach_josa(word, pair):
    import unicodedata

    letters = unicodedata.normalize("NFD", word)
    consonant = "\u11a8" <= letters[-1] <= "\u11c2"
    if pair == "으로/로" and letters[-1] == "\u11af":
        consonant = False
    return word + pair.split("/")[0 if consonant else 1]


@question.accepts("the syllable's number in base 28, particles in a dictionary")
def attach_josa(word, pair):
    table = {"은/는": "은는", "이/가": "이가", "을/를": "을를", "과/와": "과와"}
    number = int.from_bytes(word[-1].encode("utf-16-be"), "big") - 44032
    rest = number - number // 28 * 28
    if pair not in table:
        return f"{word}로" if rest in (0, 8) else f"{word}으로"
    return word + table[pair][rest == 0]


@question.accepts("a list of all syllables without a final consonant")
def attach_josa(word, pair):
    open_ones = {chr(c) for c in range(ord("가"), ord("힣") + 1, 28)}
    first, second = pair.split("/")
    last = word[-1]
    if last in open_ones:
        return "".join((word, second))
    if first == "으로" and chr(ord(last) - 8) in open_ones:
        return "".join((word, second))
    return "".join((word, first))


@question.accepts("letter by letter, the slash found by hand")
def attach_josa(word, pair):
    slash = pair.index("/")
    after_consonant, after_vowel = pair[:slash], pair[slash + 1 :]
    finals = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
    final = finals[(ord(word[-1]) - ord("가")) % len(finals)]
    if final == " ":
        return word + after_vowel
    if final == "ㄹ" and after_vowel == "로":
        return word + after_vowel
    return word + after_consonant


question.misconception(
    "exchanged",
    "You exchanged the two particles of the pairs. The first follows a consonant, the second a vowel.",
    seen="은/는 read in the order of the alphabet of endings",
    replace=('after_consonant, after_vowel = pair.split("/")', 'after_vowel, after_consonant = pair.split("/")'),
)
question.misconception(
    "first_syllable",
    "You looked at the first syllable of the word. The particle follows the last one.",
    seen="word[0] for word[-1]",
    replace=("ord(word[-1])", "ord(word[0])"),
)
question.misconception(
    "no_exception",
    "You treat ㄹ like any other consonant. With the pair 으로/로 it counts as a vowel.",
    seen="games and messages that print 서울으로",
    replace=('final == 0 or (pair == "으로/로" and final == 8)', "final == 0"),
)
question.misconception(
    "exception_everywhere",
    "You treat ㄹ as a vowel with every pair. That holds for 으로/로 alone.",
    seen="one rule for all particles",
    replace=('(pair == "으로/로" and final == 8)', "final == 8"),
)
question.misconception(
    "exception_too_wide",
    "You treat consonants of two letters that begin with ㄹ, such as ㄺ and ㄼ, like ㄹ itself with the pair 으로/로.",
    seen="여덟로, from looking at the first letter of the final",
    replace=("and final == 8)", "and 8 <= final <= 15)"),
)
question.misconception(
    "always_after_vowel",
    "You always take the second particle of the pair 으로/로. After most consonants it is the first.",
    seen="로 as the only form in a template",
    replace=('(pair == "으로/로" and final == 8)', 'pair == "으로/로"'),
)
question.misconception(
    "some_consonants",
    "You know only some of the final consonants: there are 27, also those of two letters.",
    seen="a list of the 14 basic consonants",
    replace=("if final == 0 or", "if final not in (1, 4, 7, 8, 16, 17, 19, 21, 22, 23, 24, 25, 26, 27) or"),
)
question.misconception(
    "wrong_period",
    "You took the remainder by 27, the number of final consonants. With *none* there are 28 possibilities.",
    seen="an off-by-one in hand-written code for Korean letters",
    replace=("% 28", "% 27"),
)
question.misconception(
    "both_forms",
    "You wrote both particles, one in brackets. Choose the one that fits.",
    seen="은(는) in forms and messages",
    convention=True,
    replace=("return word + after_consonant", 'return f"{word}{after_consonant}({after_vowel})"'),
)
question.misconception(
    "space_between",
    "You put a space between the word and its particle. A particle is written onto its word.",
    seen="tokens joined by spaces",
    replace=("    return word + after_consonant", '    return f"{word} {after_consonant}"'),
)
question.misconception(
    "particle_only",
    "You return the particle alone. Return the word with it.",
    seen="a helper that chooses, without the step that joins",
    source="""
    def attach_josa(word, pair):
        final = (ord(word[-1]) - 0xAC00) % 28
        after_consonant, after_vowel = pair.split("/")
        return after_vowel if final == 0 or (pair == "으로/로" and final == 8) else after_consonant
    """,
)

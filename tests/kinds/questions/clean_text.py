"""clean_text: text in, text out."""

from autograder.question import Property, Question, Tolerance

GAPS = (" ", "   ", "\t", "\n", " \t ", "\r\n", "\n\n")


def spaced(rng, words, ends):
    """The words in any order with gaps of all kinds; `ends` says whether there are gaps at both ends too."""
    gaps = [str(g) for g in rng.permutation(GAPS)]
    text = "".join(word + gap for word, gap in zip(rng.permutation(words), gaps, strict=False))
    return {"text": f" {gaps[-1]}{text} \t" if ends else text.strip()}


def number(rng):
    """A number of three to five digits, each of them drawn from all ten."""
    return "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(3, 6))))


def english(rng):
    return spaced(rng, ["Epoch", number(rng), "LOSS", f"v{number(rng)}b", "don't", "Batch-Norm,"], ends=False)


def padded(rng):
    return spaced(rng, ["Learning", "RATE", f"x{number(rng)}", "is", "High."], ends=True)


def scripts(rng):
    return spaced(rng, ["Größe", "STRAẞE", "straße", "한글", f"ЛОСС{number(rng)}", "Ελένη"], ends=False)


def reference(text):
    import re

    return re.sub(r"\s+", " ", re.sub("[0-9]", "#", text.strip())).lower()


question = Question(
    name="clean_text",
    assignment="90_kinds_of_answers",
    reference=reference,
    result_name="the cleaned text",
    properties=[
        Property("value", 2, english, "English text with numbers, without white space at its ends"),
        Property("ends", 1, padded, "text with white space at both ends"),
        Property("scripts", 1, scripts, "text in several scripts"),
    ],
    tolerance=Tolerance(rtol=0.0, atol=0.0, why="text is compared exactly"),
)


@question.accepts("regular expressions")
def clean_text(text):
    import re

    return re.sub(r"\s+", " ", re.sub(r"\d", "#", text)).strip().lower()


@question.accepts("character by character, blanks held back until a word follows")
def clean_text(text):
    cleaned, gap = [], False
    for c in text:
        if c.isspace():
            gap = bool(cleaned)
            continue
        if gap:
            cleaned.append(" ")
        gap = False
        cleaned.append("#" if c in "0123456789" else c.lower())
    return "".join(cleaned)


@question.accepts("a translation table, then word by word")
def clean_text(text):
    table = str.maketrans("0123456789", "#" * 10)
    return " ".join(word.lower() for word in text.translate(table).split())


question.misconception(
    "numbers_as_one",
    "You replaced every number by one #. Each digit has its own: 12 becomes ##.",
    seen="the pattern of one or more digits in place of that of one",
    replace=(
        'text = "".join("#" if c.isdigit() else c for c in text)',
        'import re\n    text = re.sub("[0-9]+", "#", text)',
    ),
)
question.misconception(
    "blanks_only",
    "You merged blanks, but left tabs and line ends. They are white space too: split() without an argument finds all.",
    seen='text.split(" "), filtered for empty words',
    replace=("text.split()", 'filter(None, text.split(" "))'),
)
question.misconception(
    "runs_not_merged",
    "You replaced each character of white space by a blank. A whole run of them becomes one blank.",
    seen="text.replace for tabs and line ends, one by one",
    replace=(
        'return " ".join(text.split())',
        'return "".join(" " if c.isspace() else c for c in text).strip()',
    ),
)
question.misconception(
    "ends_not_stripped",
    "You left a blank at the ends. White space there is removed, not merged.",
    seen="runs of white space substituted without strip()",
    replace=('return " ".join(text.split())', 'import re\n    return re.sub(r"\\s+", " ", text)'),
)
question.misconception(
    "digits_removed",
    "You removed the digits. Each of them becomes a #.",
    seen="cleaning recipes that drop all numbers",
    replace=('"#" if c.isdigit()', '"" if c.isdigit()'),
)
question.misconception(
    "letters_of_one_script",
    "You dropped everything outside ASCII. Letters of any script stay.",
    seen='text.encode("ascii", "ignore")',
    replace=("text = text.lower()", 'text = text.encode("ascii", "ignore").decode().lower()'),
)
question.misconception(
    "case_folded",
    "You folded the case, which turns ß into ss. Lower case is what lower() gives.",
    seen="casefold(), meant for comparing words",
    replace=("text.lower()", "text.casefold()"),
)
question.misconception(
    "case_kept",
    "You kept the capital letters. The result is in lower case.",
    seen="lower() called, but its result not kept",
    replace=("text = text.lower()", "text.lower()"),
)

"""Augmentation of text, English and Korean: edits of tokens, synonyms, particles, letters, slips of the keyboard.

Tokens are lists of strings. Chance comes from a generator that is handed in. Korean syllables are written in Unicode's
composed form: a syllable's number is 0xAC00 + (21 initial + vowel) 28 + final, the final 0 meaning none
(The Unicode Standard, section 3.12).
"""

import numpy as np

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")

# Letters that are typed with two keys of the two-set keyboard (KS X 5002).
PAIRS = {
    **{"ㅘ": "ㅗㅏ", "ㅙ": "ㅗㅐ", "ㅚ": "ㅗㅣ", "ㅝ": "ㅜㅓ", "ㅞ": "ㅜㅔ", "ㅟ": "ㅜㅣ", "ㅢ": "ㅡㅣ"},
    **{"ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ"},
    **{"ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ"},
}
JOINED = {pair: letter for letter, pair in PAIRS.items()}
ROWS = ("ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ")
SHIFTED = {"ㅂ": "ㅃ", "ㅈ": "ㅉ", "ㄷ": "ㄸ", "ㄱ": "ㄲ", "ㅅ": "ㅆ", "ㅐ": "ㅒ", "ㅔ": "ㅖ"}
UNSHIFTED = {shifted: plain for plain, shifted in SHIFTED.items()}


# Edits of tokens


def is_protected(token, protected):
    """Whether a token, in lower case, is one of the protected words."""
    return token.lower() in protected


def delete_tokens(tokens, p, protected, rng):
    """Leave out each token with probability p, independently, but no protected one; something always stays.

    Returns a list, a subsequence of the tokens. Source: Wei and Zou (2019), random deletion.
    """
    kept = [t for t in tokens if is_protected(t, protected) or rng.random() >= p]
    return kept or [tokens[rng.integers(len(tokens))]]


def swap_tokens(tokens, protected, rng):
    """Exchange two tokens, neither of them protected, at two different places drawn uniformly. Returns a new list.

    With fewer than two such places, the tokens stay as they are. Source: Wei and Zou (2019), random swap.
    """
    out, places = list(tokens), [i for i, t in enumerate(tokens) if not is_protected(t, protected)]
    if len(places) > 1:
        i, j = rng.choice(places, 2, replace=False)
        out[i], out[j] = out[j], out[i]
    return out


def insert_token(tokens, synonyms, rng):
    """Put a synonym of a random token at a random place. Returns a new list, longer by one where there is a synonym.

    Source: Wei and Zou (2019), random insertion.
    """
    words = [s for t in tokens for s in other_synonyms(t, synonyms)]
    if not words:
        return list(tokens)
    place = int(rng.integers(len(tokens) + 1))
    return [*tokens[:place], words[rng.integers(len(words))], *tokens[place:]]


def other_synonyms(token, synonyms):
    """The synonyms of a token's lower-case form but for itself; synonyms: word -> list of words."""
    return [s for s in synonyms.get(token.lower(), ()) if s != token.lower()]


def synonym_replacement(tokens, synonyms, n, rng):
    """Replace n tokens, at places drawn without repetition from those that have a synonym, by one drawn uniformly.

    With fewer than n such places all are replaced. A capital first letter stays one. Returns a new list.
    Source: Wei and Zou (2019), which replaces all occurrences of a word; here every place counts for itself.
    """
    out = list(tokens)
    places = [i for i, t in enumerate(tokens) if other_synonyms(t, synonyms)]
    for i in rng.permutation(places)[:n] if places else ():
        words = other_synonyms(tokens[i], synonyms)
        word = words[rng.integers(len(words))]
        out[i] = word[:1].upper() + word[1:] if tokens[i][:1].isupper() else word
    return out


# Korean


def decompose(syllable):
    """The letters of one Korean syllable: (initial, vowel, final), the final "" if there is none.

    Raises ValueError for any other character.
    """
    number = ord(syllable) - 0xAC00
    if not 0 <= number < 11172:
        raise ValueError(f"{syllable!r} is no Korean syllable")
    return INITIALS[number // 588], VOWELS[number // 28 % 21], FINALS[number % 28]


def compose_syllable(initial, vowel, final=""):
    """The syllable made of these letters; the inverse of `decompose`."""
    return chr(0xAC00 + (21 * INITIALS.index(initial) + VOWELS.index(vowel)) * 28 + FINALS.index(final))


def is_syllable(character):
    return "가" <= character <= "힣"


def attach_josa(word, pair):
    """The word with the particle of the pair that fits: after a final consonant the first, otherwise the second.

    word: ends in a Korean syllable. pair: "은/는", "이/가", "을/를", "과/와" or "으로/로". After the final ㄹ it is 로.
    Source: National Institute of Korean Language, rules of particles by final consonant.
    """
    final = decompose(word[-1])[2]
    after_consonant, after_vowel = pair.split("/")
    open_end = not final or (pair == "으로/로" and final == "ㄹ")
    return word + (after_vowel if open_end else after_consonant)


def keystrokes(text):
    """The keys that type a text on the two-set keyboard, as a list; other characters are keys of their own."""
    keys = []
    for character in text:
        letters = decompose(character) if is_syllable(character) else [character]
        keys += [key for letter in letters for key in PAIRS.get(letter, letter)]
    return keys


def type_keys(keys):
    """What a computer shows for these keys: letters join to syllables as they come, and a final consonant that is
    followed by a vowel moves to the next syllable. The inverse of `keystrokes` on texts of whole syllables.
    """
    out, initial, vowel, final = [], "", "", ""

    def finish():
        out.append(compose_syllable(initial, vowel, final) if initial and vowel else initial + vowel)

    for key in keys:
        if key in VOWELS:
            if final:  # its last letter begins the next syllable
                *stays, moves = PAIRS.get(final, final)
                final = "".join(stays)
                finish()
                initial, vowel, final = moves, key, ""
            elif vowel + key in JOINED:
                vowel = JOINED[vowel + key]
            elif vowel:
                finish()
                initial, vowel = "", key
            else:
                vowel = key
        elif key in INITIALS:
            if initial and vowel and not final and key in FINALS:
                final = key
            elif final and JOINED.get(final + key) in FINALS:
                final = JOINED[final + key]
            else:
                finish()
                initial, vowel, final = key, "", ""
        else:
            finish()
            out.append(key)
            initial = vowel = final = ""
    finish()
    return "".join(out)


def neighbours(key):
    """The keys beside one of the two-set keyboard, with Shift held down if it is for this one; [] for any other."""
    plain = UNSHIFTED.get(key, key)
    places = {k: (row, column) for row, keys in enumerate(ROWS) for column, k in enumerate(keys)}
    if plain not in places:
        return []

    def position(place):  # the rows are staggered by a quarter and a half of a key
        row, column = place
        return np.array([row, column + (0, 0.25, 0.75)[row]])

    near = [k for k in places if 0 < np.linalg.norm(position(places[k]) - position(places[plain])) < 1.3]
    return [SHIFTED.get(k, k) for k in near] if key in UNSHIFTED else near


def keyboard_typo(text, rng):
    """The text as it comes out when one key, drawn uniformly, is missed for one beside it.

    Only Korean letters are missed; a text without them is returned as it is.
    """
    keys = keystrokes(text)
    places = [i for i, key in enumerate(keys) if neighbours(key)]
    if not places:
        return text
    i = places[rng.integers(len(places))]
    near = neighbours(keys[i])
    keys[i] = near[rng.integers(len(near))]
    return type_keys(keys)

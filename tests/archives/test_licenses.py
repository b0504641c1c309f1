"""A licence is the same one however it is spelt, and what nobody knows is never taken for open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.archives.licenses import FAMILIES, RESERVED, UNKNOWN, License, normalise


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/", "CC-BY-NC-SA-4.0"),
        ("//creativecommons.org/licenses/by-nc-nd/2.5/", "CC-BY-NC-ND-2.5"),
        ("http://creativecommons.org/licenses/by/4.0/legalcode", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by-sa/3.0", "CC-BY-SA-3.0"),
        ("Creative Commons Attribution-NonCommercial-ShareAlike 3.0", "CC-BY-NC-SA-3.0"),
        ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0 International", "CC-BY-NC-ND-4.0"),
        ("Attribution-NonCommercial-NoDerivs 2.5", "CC-BY-NC-ND-2.5"),
        ("Creative Commons Attribution 4.0", "CC-BY-4.0"),
        ("cc-by-nc-sa 4.0", "CC-BY-NC-SA-4.0"),
        ("cc-by-nd", "CC-BY-ND"),
        ("CC_BY_NC_4_0", "CC-BY-NC-4.0"),
        ("CC BY-SA", "CC-BY-SA"),
        ("CC BY-NC-SA, no commercial use", "CC-BY-NC-SA"),
        ("by-nc", "CC-BY-NC"),
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("cc-by-4.0", "CC-BY-4.0"),
        ("CC0_1_0", "CC0-1.0"),
        ("cc0", "CC0-1.0"),
        ("cc-zero", "CC0-1.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/legalcode", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "PDM-1.0"),
        ("Creative Commons Zero 1.0 Universal", "CC0-1.0"),
        ("Creative Commons CC0 v1.0", "CC0-1.0"),
        ("CC 0", "CC0-1.0"),
        ("CC0: Public Domain", "CC0-1.0"),
        ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
        ("no rights reserved (CC0)", "CC0-1.0"),
        ("Public Domain Mark 1.0", "PDM-1.0"),
        ("Attribution-NonCommercial 4.0 International (CC BY-NC 4.0)", "CC-BY-NC-4.0"),
        ("Attribution NonCommercial", "CC-BY-NC"),
        ("https://creativecommons.org/licenses/by-nc/3.0/de/deed.de", "CC-BY-NC-3.0"),
        ("https://spdx.org/licenses/CC-BY-SA-4.0.html", "CC-BY-SA-4.0"),
        (
            "This work is licensed under a Creative Commons Attribution 4.0 License.",
            "CC-BY-4.0",
        ),
        ("(c) Bo Berg, some rights reserved (CC BY-ND), uploaded by Bo Berg", "CC-BY-ND"),
        ("\u00a92024 B. Berg. CC BY-SA 4.0", "CC-BY-SA-4.0"),
        ("CC BY-NC 3.0 AT", "CC-BY-NC-3.0"),
        ("https://creativecommons.org/licenses/by-sa/4.0/?ref=chooser-v1", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/#", "CC-BY-NC-4.0"),
        ("https://creativecommons.org/licenses/by-nc/4.0/deed.es?x=1 | CC BY-NC 4.0", "CC-BY-NC-4.0"),
        (
            "https://creativecommons.org/licenses/by/4.0/?ref=chooser-v1 and CC BY-NC-ND 4.0",
            "CC-BY-NC-ND-4.0",
        ),
        ("CC BY-SA 4.0 and CC BY 4.0", "CC-BY-SA-4.0"),
        ("CC0 AND CC-BY-NC-4.0", "CC-BY-NC-4.0"),
        ("CC BY 3.0 or CC BY 4.0", "CC-BY"),
        ("CC-BY-NC-4.0; all rights reserved", RESERVED),
        ("\u00a9 2024 B. Berg", RESERVED),
        ("NaN", UNKNOWN),
        ("n/a", UNKNOWN),
        ("<NA>", UNKNOWN),
        ("NOASSERTION", UNKNOWN),
        ("All rights reserved", RESERVED),
        ("(c) Ann, all rights reserved", RESERVED),
        (None, UNKNOWN),
        ("", UNKNOWN),
        ("UNSPECIFIED", UNKNOWN),
    ],
)
def test_every_spelling_of_a_licence_is_that_licence(words, code):
    assert normalise(words).code == code


@pytest.mark.parametrize(
    "words",
    [
        "cc-by-nc-xx",
        "MIT",
        "ask me",
        "recorded by John, by hand",
        "baby-sitters club",
        "By courtesy of the park",
        "by appointment",
        "never CC BY",
        "CC BY unless sold",
        "CC BY?",
        "CC BY, no commercial use",
        "CC BY-NC 4.0 for members",
        "CC BY-NC or CC BY-SA",
        "CC BY 7.0",
        "CC BY-ND-SA",
        "CC-BY-4.0 OR MIT",
        "CC0-like",
        "no attribution needed",
        "attribution",
        "attribution, noncommercial",
        "Attribution wanted; commerce forbidden, no derivative works",
        "not in the public domain",
        "Creative Commons",
    ],
)
def test_what_is_no_known_licence_keeps_its_words_and_is_not_open(words):
    found = normalise(words)
    assert found.code == words
    assert not found.is_open
    assert found.family not in FAMILIES


@pytest.mark.parametrize(
    ("code", "nc", "nd", "sa", "family"),
    [
        ("CC-BY-4.0", False, False, False, "by"),
        ("CC-BY-NC-ND-4.0", True, True, False, "by-nc-nd"),
        ("CC-BY-ND", False, True, False, "by-nd"),
        ("CC-BY-NC-SA-3.0", True, False, True, "by-nc-sa"),
        ("CC0-1.0", False, False, False, "cc0"),
    ],
)
def test_a_code_tells_what_it_forbids(code, nc, nd, sa, family):
    licence = License(code)
    assert (licence.non_commercial, licence.no_derivatives, licence.share_alike) == (nc, nd, sa)
    assert licence.family == family
    assert licence.is_open


@given(st.sampled_from(sorted(FAMILIES)), st.sampled_from(["not", "only on request:", "no", "ask for"]))
def test_a_condition_before_a_licence_closes_it(family, condition):
    assert not normalise(f"{condition} {family}").is_open
    assert not normalise(f"{family} {condition}").is_open


@pytest.mark.parametrize(
    "words",
    [
        "\u00a9 Bo Berg, CC BY with written consent",
        "Copyright Bo Berg; ask before use (CC BY)",
        "\u00a9 Bo Berg \u2013 alle Rechte vorbehalten, CC BY",
        "\u00a9 Bo Berg, tous droits r\u00e9serv\u00e9s (CC BY-NC)",
    ],
)
def test_a_holder_with_a_condition_keeps_all_rights(words):
    assert normalise(words).code == RESERVED


def test_a_long_text_is_no_licence_even_where_its_beginning_is_one():
    words = "CC BY 4.0 " + 40 * "sound " + "but only on request"
    found = normalise(words)
    assert not found.is_open
    assert normalise(found.code) == found


@given(st.text(max_size=60))
def test_any_words_give_a_licence_that_reads_back_the_same(words):
    once = normalise(words)
    assert normalise(once.code).code == once.code


def test_the_families_that_options_take_are_sorted():
    assert list(FAMILIES) == sorted(FAMILIES)

"""Addresses that others may link to stay: book/anchors.txt lists them."""

from site_fixture import ROOT
from tnn import anchors

HOW = "Keep the old address with a label above the heading, (old-address)=; nobody can mend the links of others."


def test_no_promised_address_has_vanished(site):
    promised = anchors.listed(ROOT)
    assert len(promised) > 500
    gone = sorted(promised - anchors.published(site))
    assert gone == [], f"{HOW} The list is {anchors.LIST}."


def test_passing_numbers_are_not_promised():
    assert not [address for address in anchors.listed(ROOT) if anchors.PASSING.match(address.partition("#")[2])]


def test_addresses_are_found_and_new_ones_added(tmp_path, capsys):
    pages = tmp_path / "build" / "site" / "book" / "en"
    pages.mkdir(parents=True)
    assert anchors.main(tmp_path, add=False) == 2
    (tmp_path / "build" / "site" / "index.html").write_text("")
    (pages / "x.html").write_text('<nav id="no"></nav><article><h2 class="x" id="a">A</h2><p id="id3"></p>'
                                   '<p id="quiz-b">&lt;p id=&quot;c&quot;&gt;</p></article><p id="no">')
    assert anchors.published(tmp_path / "build" / "site") == {"x#a", "x#quiz-b"}
    (tmp_path / "book").mkdir()
    (tmp_path / anchors.LIST).write_text("x#a\nx#old\n")
    capsys.readouterr()
    assert anchors.main(tmp_path, add=True) == 1, "one is gone"
    assert capsys.readouterr().out.splitlines() == ["x#a", "x#old  GONE", "x#quiz-b  new"]
    assert anchors.listed(tmp_path) == {"x#a", "x#old", "x#quiz-b"}, "a promise is never dropped by a command"

"""Tables of classes as BirdCLEF, eBird, BirdNET and people write them."""

from __future__ import annotations

import pytest

from curate.archives.taxa import plain_name
from curate.errors import FormatError
from curate.formats.tables.taxa import read_taxa
from curate.model import Taxon

BIRDCLEF = """\
primary_label,inat_taxon_id,scientific_name,common_name,class_name
1139490,1139490,Ragoniella pulchella,Ragoniella pulchella,Insecta
eurbla,12716,Turdus merula,Eurasian Blackbird,Aves
"""
EBIRD = """\
TAXON_ORDER,CATEGORY,SPECIES_CODE,TAXON_CONCEPT_ID,PRIMARY_COM_NAME,SCI_NAME,ORDER,FAMILY,GROUP,REPORT_AS
2,species,ostric2,avibase-1,Common Ostrich,Struthio camelus,Struthioniformes,Struthionidae,Ostriches,
5,issf,ostric3,avibase-2,Common Ostrich (m.),Struthio camelus massaicus,Struthioniformes,Struthionidae,,o
9,slash,y00934,,Common/Somali Ostrich,Struthio camelus/molybdophanes,Struthioniformes,Struthionidae,,
"""
BIRDNET = "Turdus merula_Eurasian Blackbird\nDog_Dog\nRana temporaria_Common Frog\n"
TRAIN = """\
primary_label,secondary_labels,filename,scientific_name,common_name
eurbla,[],eurbla/XC1.ogg,Turdus merula,Eurasian Blackbird
eurbla,[],eurbla/XC2.ogg,Turdus merula,Eurasian Blackbird
"""


@pytest.fixture
def read(tmp_path):
    def read(text, column="", problems=None):
        path = tmp_path / "taxa.csv"
        path.write_text(text, encoding="utf-8")
        return read_taxa(f"{path}{column}", report=(problems if problems is not None else []).append)

    return read


def test_the_taxonomy_of_birdclef_gives_its_labels_as_text(read):
    assert read(BIRDCLEF) == [
        Taxon("1139490", "Ragoniella pulchella", "Ragoniella pulchella", "Insecta", "1139490"),
        Taxon("eurbla", "Turdus merula", "Eurasian Blackbird", "Aves", "12716"),
    ]


def test_the_taxonomy_of_ebird_gives_its_codes_for_species_alone(read):
    assert read(EBIRD) == [Taxon("ostric2", "Struthio camelus", "Common Ostrich")]


def test_lines_of_birdnet_are_their_own_labels(read):
    found = read(BIRDNET)
    assert found[0] == Taxon("Turdus merula_Eurasian Blackbird", "Turdus merula", "Eurasian Blackbird")
    assert found[2].scientific_name == "Rana temporaria"


def test_a_plain_list_is_labelled_by_its_names_and_a_genus_by_its_recordings(read):
    found = read("scientific_name\n# my frogs\nRana temporaria\n\nTurdus_merula\nHyla\n")
    assert found == [
        Taxon("Rana temporaria", "Rana temporaria"),
        Taxon("Turdus merula", "Turdus merula"),
        Taxon("", "Hyla"),
    ]


def test_names_are_spelt_as_archives_spell_them_and_labels_that_are_names_follow(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "primary_label,scientific_name\n"
        "a,Turdus merula Linnaeus 1758\nb,Turdus merula\n,TURDUS PILARIS\n"
        "rocpig,Columba livia\nrocpig1,Columba livia (Feral Pigeon)\n",
        encoding="utf-8",
    )
    problems = []
    found = read_taxa(path, report=problems.append, plain=plain_name)
    assert [(each.label, each.scientific_name) for each in found] == [
        ("Turdus pilaris", "Turdus pilaris"),
        ("rocpig", "Columba livia"),
        ("rocpig1", "Columba livia (Feral Pigeon)"),
    ]
    [told] = problems
    assert "under 2 labels (a, b)" in told.reason


def test_a_table_of_recordings_names_each_class_once(read):
    assert read(TRAIN) == [Taxon("eurbla", "Turdus merula", "Eurasian Blackbird")]


def test_a_column_may_be_named(read):
    assert read("code,latin\nb1,Turdus merula\n", ":latin") == [Taxon("Turdus merula", "Turdus merula")]
    with pytest.raises(FormatError, match="lacks the column 'nothing'"):
        read("code,latin\nb1,Turdus merula\n", ":nothing")
    with pytest.raises(FormatError, match="lacks a column of scientific names"):
        read("code,latin\nb1,Turdus merula\n")


def test_a_name_that_stands_for_several_labels_is_left_out_and_told(read):
    problems = []
    table = "primary_label,scientific_name\n47158son16,Insecta\n47158son17,Insecta\neurbla,Turdus merula\n"
    assert [taxon.label for taxon in read(table, problems=problems)] == ["eurbla"]
    assert [(problem.kind, problem.path) for problem in problems] == [("unknown-taxon", "Insecta")]


def test_a_label_of_several_taxa_is_one_class_and_told(read):
    """As two codes of the taxonomy of a geographic model are."""
    problems = []
    table = "species_code,sci_name\ny01249,Mionectes galbinus\ny01249,Mionectes olivaceus\n,Hyla\n,Rana\n"
    assert [taxon.label for taxon in read(table, problems=problems)] == ["y01249", "y01249", "", ""]
    [told] = problems
    assert (told.kind, told.path) == ("disagreement", "y01249")
    assert "2 taxa under it (Mionectes galbinus, Mionectes olivaceus)" in told.reason


@pytest.mark.parametrize("text", ["", "\n\n", "scientific_name\n"])
def test_a_file_without_names_is_told(read, text):
    with pytest.raises(FormatError, match="names of taxa"):
        read(text)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FormatError, match="the file is missing"):
        read_taxa(tmp_path / "nothing.csv", report=[].append)


def test_labels_that_are_words_for_nothing_are_none_and_a_code_with_one_name_is_one(tmp_path, problems):
    path = tmp_path / "t.csv"
    path.write_text(
        "scientific_name,primary_label,common_name\nStrix aluco,NA,NA\nParus major,NA,Great Tit\n"
    )
    assert [(taxon.label, taxon.common_name) for taxon in read_taxa(path, report=problems)] == [
        ("Strix aluco", ""),
        ("Parus major", "Great Tit"),
    ]
    path.write_text("scientific_name,primary_label\nNucifraga americana,NA\nStrix aluco,SA\nNA,X\n")
    assert [taxon.label for taxon in read_taxa(path, report=problems)] == ["NA", "SA"]


def test_a_name_in_several_spellings_is_one_name(read):
    problems = []
    found = read("Strix aluco\nstrix aluco\nStrix  aluco\nStrix_aluco\nParus major\n", problems=problems)
    assert found == [Taxon("Strix aluco", "Strix aluco"), Taxon("Parus major", "Parus major")]
    assert problems == []


def test_codes_of_one_name_in_several_spellings_are_told(read):
    problems = []
    text = "scientific_name,label\nStrix aluco,TAOW\nStrix  aluco,taow\nParus major,GRTI\n"
    assert read(text, problems=problems) == [Taxon("GRTI", "Parus major")]
    assert [problem.path for problem in problems] == ["Strix aluco"]

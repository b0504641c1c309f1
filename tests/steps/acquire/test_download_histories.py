"""Several runs and several archives in one dataset: what each adds, and what is told where they differ."""

from __future__ import annotations

from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from curate.catalogue.dataset import Dataset
from curate.errors import UsageError
from curate.steps.acquire.download import download
from curate.steps.acquire.import_ import import_
from curate.steps.acquire.merge import merge
from tests.archives.servers import KEY, Gbif, INaturalist, XenoCanto, gbif_occurrence
from tests.datasets import shown, write_tone
from tests.fakes import faults
from tests.fakes.files import FileHost
from tests.fakes.sounds import sound


@pytest.fixture
def birds(tmp_path):
    with Dataset(tmp_path / "birds") as dataset:
        yield dataset


@pytest.fixture
def xc():
    with XenoCanto(range(1, 8)) as server:
        yield server


@pytest.fixture
def fetch(tmp_path):
    key = tmp_path / "key"
    key.write_text(KEY, encoding="utf-8")

    def fetch(dataset, server, archive="xeno-canto", **options):
        if archive == "xeno-canto":
            asked = {} if "taxa" in options else {"taxon": ["Turdus merula"]}
            options = {"key_file": key} | asked | options
        return download(
            dataset, archive, server=server.url, allow_private=True, patience=10.0, jobs=2, **options
        )

    return fetch


def row(dataset, name):
    [found] = [each for each in shown(dataset, "recordings") if each["recording_id"] == name]
    return found


def labels(dataset):
    return {(each["recording_id"], each["label"], each["role"]) for each in shown(dataset, "labels")}


def told(summary):
    return [(each.kind, each.path, each.reason) for each in summary.problems]


# What another archive knows of a recording that is here.


def test_what_an_import_did_not_know_is_filled_by_the_archive(birds, xc, fetch, tmp_path):
    write_tone(tmp_path / "data" / "XC3.wav")
    import_(birds, tmp_path / "data", jobs=1)
    summary = fetch(birds, xc)
    assert (summary.known, summary.linked, summary.completed, summary.downloaded) == (1, 1, 1, 6)
    found = row(birds, "xeno-canto:3")
    assert (found["recordist"], found["license"], found["date"], found["latitude"]) == (
        "Ann O'Hara 0",
        "CC-BY-NC-SA-4.0",
        "2021-05",
        42.1,
    )
    assert {each[1:] for each in labels(birds) if each[0] == "xeno-canto:3"} == {
        ("Turdus merula", "primary"),
        ("Turdus pilaris", "secondary"),
    }
    assert fetch(birds, xc).completed == 0
    assert "Ann O'Hara 0" in (birds.folder / "ATTRIBUTION.csv").read_text(encoding="utf-8")


def test_what_an_import_knew_stays_and_of_two_licences_the_stricter_counts(birds, xc, fetch, tmp_path):
    write_tone(tmp_path / "data" / "XC3.wav")
    table = tmp_path / "data" / "t.csv"
    table.write_text("path,label,recordist,license\nXC3.wav,bird,A. O'Hara,CC BY 4.0\n", encoding="utf-8")
    import_(birds, table, jobs=1)
    summary = fetch(birds, xc, limit=0)
    found = row(birds, "xeno-canto:3")
    assert (found["recordist"], found["license"], found["label"]) == ("A. O'Hara", "CC-BY-NC-SA-4.0", "bird")
    assert ("disagreement", "https://xeno-canto.org/3") in [each[:2] for each in told(summary)]
    media = [
        {
            "type": "Sound",
            "identifier": f"{xc.url}/sounds/uploaded/ABC/XC3-song.wav",
            "license": "http://creativecommons.org/publicdomain/zero/1.0/legalcode",
        }
    ]
    with Gbif([gbif_occurrence(77, media, catalogNumber="XC3")]) as gbif:
        summary = fetch(birds, gbif, "gbif", taxon=["Troglodytes troglodytes"])
    assert "which counts" in told(summary)[0][2]
    assert row(birds, "xeno-canto:3")["license"] == "CC-BY-NC-SA-4.0"


def test_a_file_of_a_recording_that_is_here_is_told_at_its_import(birds, xc, fetch, tmp_path):
    fetch(birds, xc, limit=1)
    for name in ("a/XC1.wav", "b/night.wav", "c/night.wav"):
        write_tone(tmp_path / "mine" / name, freq=500 + 10 * ord(name[0]))
    summary = import_(birds, [tmp_path / "mine", tmp_path / "mine" / "b"], jobs=1)
    words = "the dataset has another file of xeno-canto:1, so this one is xeno-canto:1~2"
    found = [(path, reason) for kind, path, reason in told(summary) if kind == "read-as"]
    assert [(path[-9:], reason.partition(";")[0]) for path, reason in found] == [("a/XC1.wav", words)]
    again = import_(birds, tmp_path / "mine", jobs=1)
    assert [kind for kind, _, _ in told(again)] == []


def test_two_files_of_one_recording_have_the_stricter_of_their_licences(birds, tmp_path):
    """Competitions publish a recording again years later, under the licence that it has by then."""
    for year, license in (("2024", "CC BY-NC 4.0"), ("2025", "CC BY-NC-ND 4.0"), ("2026", "CC BY 4.0")):
        write_tone(tmp_path / year / "owl" / "XC1.wav", freq=int(year))
        (tmp_path / f"{year}.csv").write_text(f"file,label,license\n{year}/owl/XC1.wav,owl,{license}\n")
        summary = import_(birds, tmp_path / f"{year}.csv")
    assert "'CC BY-NC-ND 4.0' counts for both" in told(summary)[-1][2]
    there = {row["recording_id"]: row["license"] for row in shown(birds, "recordings")}
    names = ("xeno-canto:1", "xeno-canto:1~2", "xeno-canto:1~3")
    assert there == dict.fromkeys(names, "CC BY-NC-ND 4.0")


def test_credits_follow_what_a_merge_fills_in(birds, xc, fetch, tmp_path):
    xc.records[0]["lic"] = "//creativecommons.org/licenses/by/4.0/"
    fetch(birds, xc, limit=1)
    media = [
        {
            "type": "Sound",
            "identifier": f"{xc.url}/1/download",
            "license": "http://creativecommons.org/licenses/by-nc/4.0/",
        }
    ]
    with (
        Dataset(tmp_path / "part") as part,
        Gbif([gbif_occurrence(77, media, catalogNumber="XC1")]) as gbif,
    ):
        assert fetch(part, gbif, "gbif", taxon=["Troglodytes troglodytes"]).downloaded == 1
    assert merge(birds, tmp_path / "part").completed == 1
    credited = (birds.folder / "ATTRIBUTION.csv").read_text(encoding="utf-8")
    assert "CC-BY-NC-4.0" in credited
    assert "gbif:77; xeno-canto:1" in credited


# What an earlier run fetched, and this one leaves out.


def test_recordings_of_a_test_set_that_an_earlier_run_fetched_are_named(birds, xc, fetch, tmp_path):
    fetch(birds, xc)
    table = tmp_path / "test.csv"
    table.write_text("filename\nXC1.ogg\nXC2.ogg\nXC99.ogg\n", encoding="utf-8")
    summary = fetch(birds, xc, exclude=[table])
    words = "2 recordings of these stay in the dataset, from an earlier run: xeno-canto:1, xeno-canto:2"
    assert told(summary) == [("still-here", "known elsewhere", words)]


def test_many_that_stay_are_counted(birds, xc, fetch):
    fetch(birds, xc)
    [(_, reason, words)] = told(fetch(birds, xc, license="cc0"))
    assert reason == "another licence"
    assert words.startswith("7 recordings of these stay")
    assert words.endswith("xeno-canto:5 and 2 more")


@pytest.mark.parametrize(
    "table",
    [
        "xc_id,label\n1,a\n2,a\n",
        "XC_ID\n1.0\n2.0\n",
        "id,sound_url,url\n7,https://xeno-canto.org/1/download,https://example.org/a\n8,//xeno-canto.org/2,\n",
        "label,file_name,source_url\na,XC1.ogg,\nb,,https://www.xeno-canto.org/2\n",
    ],
)
def test_a_test_set_is_known_by_its_numbers_and_by_any_column_of_addresses(birds, xc, fetch, tmp_path, table):
    (tmp_path / "test.csv").write_text(table, encoding="utf-8")
    summary = fetch(birds, xc, exclude=[tmp_path / "test.csv"], metadata_only=True)
    assert (summary.excluded, told(summary)) == ({"known_elsewhere": 2}, [])


def test_a_test_set_is_known_in_parquet_and_json_lines_of_any_columns(birds, xc, fetch, tmp_path):
    numbers = pa.table({"xc_id": [1.0, 2.0, None], "label": ["a", "a", "b"]})
    pq.write_table(numbers, tmp_path / "test.parquet")
    (tmp_path / "test.jsonl").write_text('{"file_name": "XC3.ogg"}\n', encoding="utf-8")
    tables = [tmp_path / "test.parquet", tmp_path / "test.jsonl"]
    summary = fetch(birds, xc, exclude=tables, metadata_only=True)
    assert summary.excluded == {"known_elsewhere": 3}


def test_rows_of_a_test_set_that_name_no_recording_of_an_archive_are_counted(birds, xc, fetch, tmp_path):
    table = tmp_path / "test.csv"
    table.write_text("filename\nXC1.ogg\nnight_1.wav\nnight_2.wav\n", encoding="utf-8")
    summary = fetch(birds, xc, exclude=[table], metadata_only=True)
    words = "2 of its 3 rows name no recording of an archive, and leave out none"
    assert told(summary) == [("bad-row", str(table), words)]


# The classes of the dataset.


def competition(folder):
    """A folder of BirdCLEF with one recording of each of two classes."""
    for name in ("eurbla/XC900.wav", "20979/iNat900.wav"):
        write_tone(folder / "train_audio" / name)
    (folder / "train.csv").write_text(
        "primary_label,secondary_labels,filename,scientific_name,common_name,license,author\n"
        "eurbla,[],eurbla/XC900.wav,Turdus merula,Eurasian Blackbird,cc-by,x\n"
        "20979,[],20979/iNat900.wav,Rana temporaria,Common Frog,cc-by,y\n",
        encoding="utf-8",
    )
    return folder


def test_a_species_that_the_dataset_has_as_a_class_joins_that_class(birds, fetch, tmp_path):
    import_(birds, competition(tmp_path / "birdclef"), jobs=1)
    changes = {2: {"sp": "pilaris", "also": ["Turdus merula", "Parus major"]}}
    with XenoCanto([1, 2], changes=changes) as xc:
        # By its name, as one of a genus, and in the background.
        by_name = fetch(birds, xc, limit=1)
        fetch(birds, xc, taxon=["Turdus"])
        again = fetch(birds, xc, refresh=True)
    with INaturalist() as frogs:
        fetch(birds, frogs, "inaturalist", taxon=["Rana temporaria"], limit=1)
    assert {each for each in labels(birds) if "900" not in each[0]} == {
        ("xeno-canto:1", "eurbla", "primary"),
        ("xeno-canto:1", "Turdus pilaris", "secondary"),
        ("xeno-canto:2", "Turdus pilaris", "primary"),
        ("xeno-canto:2", "eurbla", "secondary"),
        ("xeno-canto:2", "Parus major", "secondary"),
        ("inaturalist:1", "20979", "primary"),
    }
    [(kind, name, words)] = told(by_name)
    assert (kind, name) == ("read-as", "Turdus merula")
    assert "the class 'eurbla' of the dataset" in words
    assert told(again) == told(by_name)


def test_another_label_of_the_user_stays_and_the_two_classes_of_one_taxon_are_told(
    birds, xc, fetch, tmp_path
):
    import_(birds, competition(tmp_path / "birdclef"), jobs=1)
    taxa = tmp_path / "taxa.csv"
    taxa.write_text("primary_label,scientific_name\neurbla1,Turdus merula\n", encoding="utf-8")
    summary = fetch(birds, xc, taxa=taxa, limit=2)
    words = "2 classes: 'eurbla', 'eurbla1'; if they are one, give them one label"
    assert told(summary) == [("spelling", "Turdus merula", words)]
    # Of two classes nobody can tell which one is meant.
    assert told(fetch(birds, xc, limit=2))[-1][2].startswith("3 classes: 'Turdus merula', 'eurbla'")


def test_recordings_that_are_found_under_a_new_name_tell_the_class_that_they_stay_in(birds, fetch, tmp_path):
    taxa = tmp_path / "taxa.csv"
    taxa.write_text("primary_label,scientific_name\nnorgos,Accipiter gentilis\n", encoding="utf-8")
    with XenoCanto([1, 2], changes={n: {"gen": "Accipiter", "sp": "gentilis"} for n in (1, 2)}) as xc:
        fetch(birds, xc, taxa=taxa)
        for record in xc.records:
            record["gen"] = "Astur"
        summary = fetch(birds, xc, taxon=["Astur gentilis"])
    assert (summary.known, summary.downloaded) == (2, 0)
    words = "'norgos' stays the label of 2 known recordings; new ones get 'Astur gentilis'"
    assert told(summary) == [("disagreement", "Astur gentilis", words)]


def test_a_class_that_gets_another_species_is_told(birds, fetch, tmp_path):
    taxa = tmp_path / "taxa.csv"
    taxa.write_text("primary_label,scientific_name\nnorgos,Accipiter gentilis\n", encoding="utf-8")
    with XenoCanto([1, 2], changes={1: {"gen": "Accipiter", "sp": "gentilis"}}) as xc:
        fetch(birds, xc, taxa=taxa)
        taxa.write_text("primary_label,scientific_name\nnorgos,Astur gentilis\n", encoding="utf-8")
        xc.records[1] |= {"gen": "Astur", "sp": "gentilis"}
        [(kind, label, words)] = told(fetch(birds, xc, taxa=taxa))
    assert (kind, label) == ("disagreement", "norgos")
    assert words.startswith("scientific_name 'Astur gentilis' here, and 'Accipiter gentilis' counts")
    assert "--replace-changed" not in words


# The best of each label.


def test_the_next_best_takes_the_place_of_one_that_is_gone(birds, xc, fetch):
    xc.arm(faults.gone(), path="^/5/")
    first = fetch(birds, xc, max_per_taxon=2)
    assert (first.chosen, first.downloaded, first.failed) == (2, 1, 1)
    second = fetch(birds, xc, max_per_taxon=2)
    assert (second.known, second.downloaded, second.missing) == (1, 1, 1)
    third = fetch(birds, xc, max_per_taxon=2)
    assert (third.known, third.downloaded, third.missing) == (2, 0, 1)


# What an archive has otherwise now.


def test_a_file_that_was_replaced_at_its_archive_is_told_once(birds, xc, fetch):
    fetch(birds, xc)
    xc.records[0] |= {"length": "0:42", "file-name": "XC1 new.mp3"}
    xc.records[1] |= {"rmk": "another remark", "q": "E"}
    [(kind, page, words)] = told(fetch(birds, xc, refresh=True))
    assert (kind, page) == ("changed", "https://xeno-canto.org/1")
    assert words.startswith("its file has name XC1 new.mp3 and not XC1 song.WAV, seconds 42.0 and not 1.0")
    assert told(fetch(birds, xc, refresh=True)) == []


def test_a_table_that_has_another_licence_or_checksum_now_is_told(birds, tmp_path):
    files = {f"/{name}.wav": sound(number) for number, name in enumerate("abc")}
    with FileHost(files) as host:
        table = tmp_path / "list.csv"

        def run(*rows):
            cells = [f"{host.url}/{name}.wav,owl,{more}" for name, more in zip("abc", rows, strict=True)]
            table.write_text("\n".join(["url,label,license,sha256", *cells, ""]), encoding="utf-8")
            return told(download(birds, "urls", file=table, allow_private=True, allow_nd=True))

        assert run("CC BY 4.0,", "CC BY 4.0,", "CC BY 4.0,") == []
        found = run("CC BY-ND 4.0,", f"CC BY 3.0,{'0' * 64}", f"CC BY,{sha256(sound(2)).hexdigest()}")
    assert [(kind, page[-5:]) for kind, page, _ in found] == [("changed", "a.wav"), ("changed", "b.wav")]
    assert "its licence is CC-BY-ND-4.0 there now" in found[0][2]
    assert "another checksum" in found[1][2]


def test_the_licences_of_two_rows_and_a_table_without_any_are_no_change(birds, tmp_path):
    with FileHost({"/a.wav": sound(1)}) as host:
        table = tmp_path / "list.csv"
        table.write_text(f"url,label,license\n{host.url}/a.wav,owl,CC BY-NC\n{host.url}/a.wav,owl,CC BY\n")
        for _ in range(2):
            assert told(download(birds, "urls", file=table, allow_private=True)) == []
        table.write_text(f"url,label\n{host.url}/a.wav,owl\n")
        assert told(download(birds, "urls", file=table, allow_private=True)) == []
    assert [row["license"] for row in shown(birds, "recordings")] == ["CC-BY-NC"]


def test_a_file_of_which_something_is_lost_is_told(birds, tmp_path):
    with FileHost({"/a.wav": sound(1)[:5000], "/b.wav": sound(2)}) as host:
        table = tmp_path / "list.csv"
        table.write_text(f"url,label\n{host.url}/a.wav,owl\n{host.url}/b.wav,owl\n", encoding="utf-8")
        summary = download(birds, "urls", file=table, allow_private=True)
    assert (summary.downloaded, [each.kind for each in summary.problems]) == (2, ["damaged"])
    assert summary.problems[0].reason.startswith("truncated")


def test_a_file_that_a_killed_run_left_under_another_label_is_not_fetched_twice(birds, xc, fetch, tmp_path):
    left = birds.raw / "xeno-canto" / "Turdus merula" / "XC1.wav"
    left.parent.mkdir(parents=True)
    left.write_bytes(sound(1))
    taxa = tmp_path / "taxa.csv"
    taxa.write_text("primary_label,scientific_name\neurbla,Turdus merula\n", encoding="utf-8")
    assert fetch(birds, xc, taxa=taxa, limit=2).downloaded == 2
    assert len(xc.asked("download")) == 1
    assert ("xeno-canto:1", "eurbla", "primary") in labels(birds)
    assert len(list(birds.raw.rglob("*.wav"))) == 2


def test_kept_answers_tell_since_when_they_are_kept(birds, xc, fetch):
    assert fetch(birds, xc, limit=0).kept_since == ""
    with birds.noting() as store:
        store.run("UPDATE answers SET fetched = '2025-01-31T10:00:00+00:00'")
    again = fetch(birds, xc, limit=0)
    assert (again.kept, again.kept_since) == (1, "2025-01-31")


def test_a_folder_that_is_no_dataset_is_no_test_set(birds, xc, fetch, tmp_path):
    with pytest.raises(UsageError, match="is a folder, and no dataset") as caught:
        fetch(birds, xc, exclude=[competition(tmp_path / "birdclef")])
    assert "train.csv" in caught.value.hint

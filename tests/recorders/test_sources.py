# ruff: noqa: E501 - what recorders write stays in one piece
"""What recorders write, byte by byte as their specifications have it, and what is read of it."""

from __future__ import annotations

import pytest

from curate.recorders import audiomoth, bext, comments, config, guano, info, names, summary, wamd
from tests.recorder_bytes import bext_chunk, info_chunk, vorbis_comments, wamd_chunk

MOTHS = {
    # firmware 1.0: no zone, battery in limits of its own
    "Recorded at 19:17:30 10/12/2017 by AudioMoth 24F3190361DA4A1C at gain setting 2 while battery state was < 3.6V": (
        "2017-12-10T19:17:30",
        "2",
        "< 3.6 V",
        None,
    ),
    "Recorded at 10:30:00 11/04/2018 (UTC) by AudioMoth 24F3190361DA4A1C at gain setting 2 while battery state was 4.70V": (
        "2018-04-11T10:30:00Z",
        "2",
        "4.70 V",
        None,
    ),
    # half-hour and quarter-hour zones
    "Recorded at 10:30:00 11/04/2019 (UTC+5:30) by AudioMoth 24F3190361DA4A1C at gain setting 2 while battery state was > 5.0V": (
        "2019-04-11T10:30:00+05:30",
        "2",
        "> 5.0 V",
        None,
    ),
    "Recorded at 10:30:00 11/04/2021 (UTC-3:30) by AudioMoth 24F3190361DA4A1C at medium gain setting while battery state "
    "was less than 2.5V and temperature was -3.0C.": ("2021-04-11T10:30:00-03:30", "medium", "< 2.5 V", -3.0),
    "Recorded at 24:00:00 31/12/2021 (UTC-0:30) during deployment 9B31BB3E63D3D1F5 using external microphone at "
    "medium-high gain while battery was greater than 4.9V and temperature was 20.1C. Recording stopped due to switch "
    "position change.": ("2022-01-01T00:00:00-00:30", "medium-high", "> 4.9 V", 20.1),
}


@pytest.mark.parametrize(("comment", "expected"), MOTHS.items())
def test_every_wording_of_audiomoth_is_read(comment, expected):
    claim = audiomoth.claim(comment)
    assert (claim.start, claim.gain, claim.battery, claim.temperature) == expected
    assert claim.problems == ()


def test_the_serial_number_that_old_firmware_writes_for_every_device_is_none():
    claim = audiomoth.claim(
        "Recorded at 19:17:30 10/12/2017 by AudioMoth 0FE081F80FE081F0 at gain setting 2 while battery state was < 3.6V"
    )
    assert (claim.device, claim.serial) == ("AudioMoth", "")
    assert claim.problems == (
        "AudioMoth's firmware before 1.2 writes 0FE081F80FE081F0 for any serial number",
    )


def test_a_zone_without_its_sign_is_none_and_is_told():
    claim = audiomoth.claim(
        "Recorded at 10:30:00 11/04/2019 (UTC:30) by AudioMoth 24F3190361DA4A1C at gain setting 2 while battery "
        "state was 4.7V"
    )
    assert claim.start == "2019-04-11T10:30:00"
    assert claim.problems == ("AudioMoth's comment names no zone that there is: UTC:30",)


def test_audiomoth_tells_deployment_filter_trigger_and_why_it_stopped():
    claim = audiomoth.claim(
        "Recorded at 05:45:00 11/03/2024 (UTC) during deployment 9B31BB3E63D3D1F5 at low-medium gain while battery was "
        "4.1V and temperature was 14.2C. Band-pass filter applied with cut-off frequencies of 1.0kHz and 10.5kHz. "
        "Amplitude threshold was 2% with 1s minimum trigger duration. Recording stopped due to low voltage.",
        artist="AudioMoth 24F3190361DA4A1C",
    )
    said = dict(claim.fields)
    assert claim.serial == "24F3190361DA4A1C"
    assert claim.filter == "band-pass 1 to 10.5 kHz"
    assert said["deployment"] == "9B31BB3E63D3D1F5"
    assert said["trigger"] == "Amplitude threshold was 2% with 1s minimum trigger duration"
    assert said["stopped"] == "low voltage"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Low-pass filter with frequency of 8.0kHz applied.", "low-pass 8 kHz"),
        ("High-pass filter with frequency of 1.5kHz applied.", "high-pass 1.5 kHz"),
        ("Band-pass filter with frequencies of 1.0kHz and 10.5kHz applied.", "band-pass 1 to 10.5 kHz"),
    ],
)
def test_filters_of_firmware_from_1_6_on_are_read(words, expected):
    claim = audiomoth.claim(
        "Recorded at 05:45:00 11/03/2024 (UTC) by AudioMoth 24F3190361DA4A1C at medium gain while battery was 4.1V and "
        f"temperature was 14.2C. Frequency trigger (8.0kHz and window length of 256 samples) threshold was 0.5% with 1s "
        f"minimum trigger duration. {words} Recording stopped by magnetic switch."
    )
    said = dict(claim.fields)
    assert claim.filter == expected
    assert said["trigger"].endswith("threshold was 0.5% with 1s minimum trigger duration")
    assert said["stopped"] == "magnetic switch"


@pytest.mark.parametrize(
    ("lines", "gain"),
    [
        (
            'WA|Song Meter|Audio settings: [{"rate":24000,"gain":18.00},{"rate":24000,"gain":"12.00"}]',
            "18 dB, 12 dB",
        ),
        ('WA|Song Meter|Audio settings: [{"rate":"256000","gain":"0.00"}]', "0 dB"),
        ("WA|Song Meter|Audio settings: [broken", ""),
        ("WA|Song Meter|Audio settings: " + "[" * 100_000, ""),
        ('WA|Song Meter|Audio settings: {"gain": 3}', ""),
        ("Anabat|Gain (A): 20", "20"),
        ("FLABS|GainCh1: 50", "50"),
    ],
)
def test_gains_are_read_wherever_makers_put_them(lines, gain):
    assert guano.claim(f"GUANO|Version: 1.0\n{lines}\n".encode()).gain == gain


def test_song_meters_name_themselves_and_frontier_labs_count_batteries_in_percent():
    named = guano.claim(
        b"Serial: SMA01234\nWA|Song Meter|Prefix: WALDEN\nTimestamp: 2019-04-30 21:02:44+0100\n"
    )
    assert (named.site, named.start) == ("WALDEN", "2019-04-30T21:02:44+01:00")
    assert guano.claim(b"Serial: SMA01234\nWA|Song Meter|Prefix: SMA01234\n").site == ""
    assert guano.claim(b"Make: Frontier Labs\nFLABS|BatteryLevel: 83\n").battery == "83 %"


def test_guano_is_read_with_all_fields_in_their_order_and_own_names():
    text = (
        b"GUANO|Version:  1.0\n\nTimestamp:  2012-03-29T03:58:01+04:00\nNote:  two\\nlines: and a colon\nTE:\n"
        b"Samplerate: 500000\nLength: 6.5\nFilter HP: 20.0\nMake: Pettersson\nModel: D1000X\nSerial: 17\n"
        b"Loc Position: 37.1878016 -86.1057312\nLoc Elevation: 228.6\nPET|Gain: 80\nUser|Empty:\n"
        b"Temperature Int: 21.5\nAnabat|Battery Voltage: 5.9\n\0\0"
    )
    claim = guano.claim(text)
    assert claim.start == "2012-03-29T03:58:01+04:00"
    assert (claim.latitude, claim.longitude, claim.elevation) == (37.1878016, -86.1057312, 228.6)
    assert (claim.device, claim.serial, claim.gain) == ("Pettersson D1000X", "17", "80")
    assert (claim.filter, claim.temperature, claim.battery) == ("high-pass 20 kHz", 21.5, "5.9 V")
    assert (claim.time_expansion, claim.sr, claim.length) == (None, 500000.0, 6.5)
    assert claim.fields[0] == ("GUANO|Version", "1.0")
    assert ("Note", "two\\nlines: and a colon") in claim.fields
    assert ("User|Empty", "") in claim.fields  # guano 1.0.16 forgets it
    assert guano.fields_of(guano.text_of(list(claim.fields)))[0] == list(claim.fields)


def test_a_place_with_a_comma_is_a_place():
    claim = guano.claim(b"Timestamp: 2024-03-11T05:45:00\nLoc Position: -41.29, 174.78\n")
    assert (claim.latitude, claim.longitude) == (
        -41.29,
        174.78,
    )  # guano 1.0.16 keeps the text, and writes None


@pytest.mark.parametrize("place", ["0.0 0.0", "95 10", "somewhere", "1.2.3 4"])
def test_what_is_no_place_is_told_and_not_used(place):
    claim = guano.claim(f"Timestamp: 2024-03-11T05:45:00Z\nLoc Position: {place}".encode())
    assert claim.latitude is None
    assert len(claim.problems) == 1


@pytest.mark.parametrize(
    ("written", "temperature"),
    [("21.5", 21.5), ("-3,5 C", -3.5), ("1,234.5", None), ("warm", None), ("9" * 400, None)],
)
def test_numbers_have_a_point_or_a_comma_and_nothing_is_cut_from_them(written, temperature):
    claim = guano.claim(f"Temperature Ext: {written}\n".encode())
    assert claim.temperature == temperature
    told = () if temperature is not None else (f"GUANO Temperature Ext is no number: {written}",)
    assert claim.problems == told


@pytest.mark.parametrize(
    ("written", "start"),
    [
        ("2024-03-11t05:45:00z", "2024-03-11T05:45:00Z"),
        ("20240311T054500.5+0530", "2024-03-11T05:45:00.5+05:30"),
        ("2024-03-11T05:45:00+01:00[Europe/Berlin]", "2024-03-11T05:45:00+01:00"),
        ("2039-01-19T03:14:08", "2039-01-19T03:14:08"),
        ("11/03/2024 05:45:00", ""),  # of March, or of November
        ("20240230T054500Z", ""),
    ],
)
def test_a_timestamp_is_read_as_it_is_written_or_told(written, start):
    claim = guano.claim(f"Timestamp: {written}\n".encode())
    assert claim.start == start
    assert claim.problems == (() if start else (f"GUANO Timestamp is no time: {written}",))


def test_guano_that_says_one_thing_twice_is_told():
    claim = guano.claim(b"Timestamp: 2024-03-11T05:45:00Z\nMake: A\nMake: B\nnothing\n")
    assert claim.device == "A"
    assert claim.problems == ("GUANO line without a field: nothing", "GUANO says Make twice: A, B")


def test_wamd_is_read_by_its_numbers():
    data = wamd_chunk(
        {
            0x01: "SM4BAT-FS",
            0x02: "S4U09523",
            0x04: "POND",
            0x05: "2021-04-05 01:23:45-03:30",
            0x06: "WGS84,37.18780,N,86.10573,W,228.6",
            0x0F: 10,
            0x12: "U2, gain 12 dB",
            0x15: "23.5C",
        }
    )
    claim = wamd.claim(data)
    assert claim.start == "2021-04-05T01:23:45-03:30"
    assert (claim.site, claim.serial, claim.device) == ("POND", "S4U09523", "Wildlife Acoustics SM4BAT-FS")
    assert (claim.latitude, claim.longitude, claim.elevation) == (37.1878, -86.10573, 228.6)
    assert (claim.time_expansion, claim.gain, claim.temperature) == (10.0, "12 dB", 23.5)


@pytest.mark.parametrize(
    ("text", "place", "problems"),
    [
        (",41.29000,S,174.78000,E", (-41.29, 174.78), ()),  # firmware before it named WGS84
        ("WGS84,51.41691,-0.0671,55.62311", (51.41691, -0.0671), ()),
        ("WGS84,,,,", (None, None), ()),
        ("by the pond", (None, None), ("wamd position is no place: by the pond",)),
    ],
)
def test_a_place_of_wamd_is_read_or_told(text, place, problems):
    claim = wamd.claim(wamd_chunk({0x01: "SM3", 0x06: text}))
    assert (claim.latitude, claim.longitude) == place
    assert claim.problems == problems


def test_a_wamd_that_is_cut_short_gives_what_is_whole():
    data = wamd_chunk({0x01: "SM4", 0x05: "2021-04-05 01:23:45"})
    assert wamd.claim(data[:-3]).device == "Wildlife Acoustics SM4"
    assert wamd.claim(b"\1\0") is None


def test_bext_has_a_time_without_zone():
    claim = bext.claim(bext_chunk("dawn", "ZOOM F3", "2024-03-11", "05-45-00", history="A=PCM,F=48000"))
    assert (claim.start, claim.device) == ("2024-03-11T05:45:00", "ZOOM F3")
    assert ("CodingHistory", "A=PCM,F=48000") in claim.fields
    unset = bext.claim(bext_chunk("", "", "0000-00-00", "00:00:00"))
    assert (unset.start, unset.problems) == ("", ())
    wrong = bext.claim(bext_chunk("", "", "2024-13-45", "05:45:00"))
    assert (wrong.start, wrong.problems) == ("", ("bext names no time that there is: 2024-13-45 05:45:00",))


def test_list_info_is_audiomoths_or_anybodys():
    plain = info.claim(info_chunk({"IART": "Ada", "ICMT": "by the pond", "ICRD": "2024-03-11 05:45:00"}))
    assert (plain.source, plain.start) == ("info", "2024-03-11T05:45:00")
    assert ("ICMT", "by the pond") in plain.fields
    moth = info.claim(info_chunk({"ICMT": next(iter(MOTHS)), "IART": "AudioMoth 24F3190361DA4A1C"}))
    assert moth.source == "audiomoth"
    assert info.claim(b"adtl" + info_chunk({"ICMT": "x"})[4:]) is None


@pytest.mark.parametrize("padding", [b"", b"\0"])
def test_a_text_of_odd_length_hides_no_other_whether_it_is_padded_or_not(padding):
    data = b"INFO" + b"ICMT\x05\0\0\0owl 1" + padding + b"IART\x03\0\0\0Ada" + padding + b"INAM\x02\0\0\0up"
    assert info.fields_of(data) == [("ICMT", "owl 1"), ("IART", "Ada"), ("INAM", "up")]


def test_frontier_labs_comments_are_read():
    block = vorbis_comments(
        {
            "SensorFirmwareVersion": "3.20",
            "RecordingStart": "2020-10-29T17:50:02+1000",
            "SensorLocation": "-27.38810+152.87480",
            "BatteryLevel": "83% 4.05V",
            "SensorUid": "000610",
            "MicrophoneGain": "50dB",
        }
    )
    (claim,) = comments.claims(block)
    assert claim.start == "2020-10-29T17:50:02+10:00"
    assert (claim.latitude, claim.longitude) == (-27.3881, 152.8748)
    assert (claim.battery, claim.serial, claim.gain) == ("83 % 4.05 V", "000610", "50dB")


def test_what_frontier_labs_do_not_know_is_unknown_and_gains_may_be_numbered():
    block = vorbis_comments(
        {
            "SensorFirmwareVersion": "3.30",
            "RecordingStart": "unknown",
            "SensorLocation": "Unknown",
            "ChannelGain1": "50dB",
        }
    )
    (claim,) = comments.claims(block)
    assert (claim.start, claim.latitude, claim.gain, claim.problems) == ("", None, "50dB", ())
    (odd,) = comments.claims(vorbis_comments({"SensorUid": "1", "SensorLocation": "by the pond"}))
    assert odd.problems == ("SensorLocation is no place: by the pond",)


def test_comments_carry_audiomoth_and_guano():
    moth = list(MOTHS)[2]
    said = comments.claims(
        vorbis_comments({"COMMENT": moth, "GUANO": "TE: 10\nTimestamp: 2019-04-11T10:30:00+05:30"})
    )
    assert [claim.source for claim in said] == ["guano", "audiomoth"]


NAMES = {
    "20240311_054500": ("2024-03-11T05:45:00", "", ""),
    "20240311_054500T": ("2024-03-11T05:45:00", "", ""),
    "20240311_240000": ("2024-03-12T00:00:00", "", ""),
    "24F3190361DA4A1C_20240311_054500": ("2024-03-11T05:45:00", "", "24F3190361DA4A1C"),
    "5E90A4D4": ("2020-04-10T16:54:44Z", "", ""),
    "S4A12345_20240311_054500": ("2024-03-11T05:45:00", "", "S4A12345"),
    "S4U09523_20210405_012345_000": ("2021-04-05T01:23:45", "", "S4U09523"),
    "SMA01234_20240311_054500": ("2024-03-11T05:45:00", "", "SMA01234"),
    "2MM01234_20240311_054500": ("2024-03-11T05:45:00", "", "2MM01234"),
    "SBT-6-76-18_0+1_0_20160621_080000": ("2016-06-21T08:00:00", "SBT-6-76-18", ""),
    "POND_20240311$054500": ("2024-03-11T05:45:00", "POND", ""),
    "SwiftOne_20220719_000000_-0400": ("2022-07-19T00:00:00-04:00", "", ""),
    "20201029T175002+1000_REC": ("2020-10-29T17:50:02+10:00", "", ""),
    "S20240815T060409.123+1000_E20240815T070409.1+1000_-27.38+152.87": (
        "2024-08-15T06:04:09.123+10:00",
        "",
        "",
    ),
    "2019-03-21 20-51-12": ("2019-03-21T20:51:12", "", ""),
    "OWL_123456_2022-07-19_T00-00-00": ("2022-07-19T00:00:00", "", "123456"),
    "5678.200711120000": ("2020-07-11T12:00:00", "", "5678"),
    "AMAR123.20240311T054500Z": ("2024-03-11T05:45:00Z", "", ""),
    "SITE_20240311_054500(UTC+5:30)": ("2024-03-11T05:45:00+05:30", "SITE", ""),
    "S5A00032_20260120_134700": ("2026-01-20T13:47:00", "", "S5A00032"),
    "201905 8T020000+1000_REC": ("2019-05-08T02:00:00+10:00", "", ""),
    "S20210205T035946676+1000_E20210205T040446501+1000_-08.5000+140.0000": (
        "2021-02-05T03:59:46.676+10:00",
        "",
        "",
    ),
    "Site_20070415051314": ("2007-04-15T05:13:14", "Site", ""),
    "2024-03-11T05_45_00": ("2024-03-11T05:45:00", "", ""),
    "2024-03-11-birdnet-05:45:00": ("2024-03-11T05:45:00", "", ""),
    "Eurasian_Blue_Tit-85-2024-03-11-birdnet-RTSP_1-05:45:00": ("2024-03-11T05:45:00", "", ""),
    "parus_major_85p_20240311T054500Z": ("2024-03-11T05:45:00Z", "", ""),
    "20240311_054500(1)": ("2024-03-11T05:45:00", "", ""),
    "Copy of 20240311_054500": ("2024-03-11T05:45:00", "", ""),
    "Recording_20240311_054500": ("2024-03-11T05:45:00", "", ""),
}


@pytest.mark.parametrize(("stem", "expected"), NAMES.items())
def test_names_of_recorders_tell_time_zone_site_and_serial(stem, expected):
    claim = names.claim(stem)
    assert (claim.start, claim.site, claim.serial) == expected


@pytest.mark.parametrize(
    "stem",
    [
        "XC563936 - Soundscape",
        "20241311_054500",
        "20240230_054500",
        "58012345",
        "20240230054500",
        "2024031105450012",
        "DEADBEEF",
        "dawn",
        "iNat12_3",
    ],
)
def test_other_names_tell_no_time(stem):
    assert names.claim(stem) is None


def test_the_name_of_a_bar_tells_its_place():
    claim = names.claim("20190324T060000+1000_REC [-27.2819 153.1361]")
    assert (claim.start, claim.latitude, claim.longitude) == ("2019-03-24T06:00:00+10:00", -27.2819, 153.1361)


SUMMARY = (
    b"DATE,TIME,LAT,,LON,,POWER(V),TEMP(C),#FILES,MIC0 TYPE,MIC1 TYPE\n"
    b"2024-Mar-11,05:00:00,41.29,S,174.78,E,6.1,14.25,1,INT,INT\n"
    b"2024-Mar-11,06:00:00,41.29,S,174.78,E,6.0,15.50,1,INT,INT\n"
    b"nonsense\n"
)


def test_a_summary_tells_of_the_line_before_a_start():
    read = summary.read(SUMMARY, "S4A12345")
    claim = read.claim("2024-03-11T05:45:00")
    assert (claim.latitude, claim.longitude, claim.battery, claim.temperature) == (
        -41.29,
        174.78,
        "6.1 V",
        14.25,
    )
    assert read.unread == 1
    assert read.claim("2024-03-13T05:45:00") is None


def test_a_summary_of_a_newer_model_has_other_columns():
    lines = (
        b"DATE,TIME,LAT,NS,LON,EW,POWER(V),TEMP(C),#ACFILES,#FS1FILES\n"
        b"2026-05-28,19:45:00,42.04415,N,72.26048,W,6.431,19.2,0,0\n"
    )
    claim = summary.read(lines, "P").claim("2026-05-28T20:00:00-04:00")
    assert (claim.latitude, claim.longitude, claim.temperature) == (42.04415, -72.26048, 19.2)


CONFIG = (
    b"Device ID                       : 24F319055FDF4460\r\nFirmware                        : AudioMoth-Firmware-Basic "
    b"(1.8.1)\r\n\r\nTime zone                       : UTC+5:30\r\n\r\nSample rate (Hz)                : 48000\r\n"
    b"Gain                            : Medium\r\n\r\nRecording period 1              : 00:00 - 24:00 (UTC+5:30)\r\n\r\n"
    b"Filter                          : Band-pass (1.0kHz - 10.0kHz)\r\n"
)


def test_config_of_audiomoth_tells_device_gain_and_filter():
    claim = config.claim(CONFIG)
    assert (claim.serial, claim.gain, claim.filter) == (
        "24F319055FDF4460",
        "medium",
        "band-pass 1.0 to 10.0 kHz",
    )
    assert ("Recording period 1", "00:00 - 24:00 (UTC+5:30)") in claim.fields
    assert config.claim(b"Hello: world") is None

"""The firm can be written from a shell, and mistakes cost one line, not a traceback."""

import pytest

from forecasting.example.__main__ import main


def test_the_command_writes_files_and_truth_apart(tmp_path, capsys):
    folder, secret = tmp_path / "files", tmp_path / "truth"
    said = ["--out", str(folder), "--products", "16", "--years", "0.5", "--today", "2026-11-22", "--dialect", "zh"]
    assert main([*said, "--truth", str(secret)]) == 0
    assert "products: 16 rows" in capsys.readouterr().out
    assert {path.name for path in secret.iterdir()} == {"truth.parquet"}
    assert (folder / "sales.csv").exists()


def test_wrong_numbers_are_told_in_one_line(tmp_path, capsys):
    assert main(["--out", str(tmp_path), "--products", "3", "--today", "2026-11-22"]) == 2
    assert capsys.readouterr().err == "products must be at least 16, not 3\n"


def test_a_wrong_dialect_is_refused_by_the_command(tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        main(["--out", str(tmp_path), "--dialect", "fr"])
    assert left.value.code == 2
    assert "dialect" in capsys.readouterr().err

"""The plane's processes find our modules wherever the command was typed."""

import pytest

from integration.aws_plane.child import Child, ChildFailed


@pytest.mark.parametrize("there", [(), ("integration.py", "json.py")], ids=["nothing", "names_of_modules"])
def test_the_folder_it_was_started_in_decides_nothing(tmp_path, monkeypatch, there):
    """The module imports ours and json, and says nothing: it is its end that is told, not what it did not find."""
    for name in there:
        (tmp_path / name).write_text("raise SystemExit('imported from where somebody stood')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    child = Child("integration.emulators.kit.door")
    with pytest.raises(ChildFailed) as ended:
        _ = child.ready
    child.stop()
    child.process.stdout.close()
    assert str(ended.value) == "integration.emulators.kit.door did not start: "


def test_a_warning_in_the_same_breath_hides_no_readiness(monkeypatch):
    monkeypatch.setattr("integration.aws_plane.child.READY_WITHIN_S", 10)
    child = Child("tests.unit.aws_plane.two_lines")
    assert child.ready == {"ready": True}
    child.stop()

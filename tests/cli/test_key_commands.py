"""The commands about API keys, and who may serve without any."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.command_line import Call

from bellwether.adapters import KeyFile
from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cli._admission import access_options, check_keys, choose_access
from bellwether.cli._durations import read_duration
from bellwether.cli._errors import FlagsContradict, KeysNeeded, UnreadableDuration
from bellwether.clock import SystemClock
from bellwether.http import EVERYTHING, READING
from bellwether.service import ApiKey, KeyFault, Scope, find_key


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let nothing lie about in the working directory, and no setting come from outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("BELLWETHER_HOME", str(tmp_path / "home"))


def find(home: Path, secret: str) -> ApiKey | KeyFault:
    return find_key(secret, KeyFile(home / "keys.json"), SystemClock().now())


def test_a_key_is_made_and_shown_once(call: Call, tmp_path: Path) -> None:
    made = call("keys", "create", "desk", "--scope", "predict", "--scope", "read")
    assert made.code == 0
    secret = made.out.splitlines()[0]
    assert "Shown this once" in made.out
    key = find(tmp_path / "home", secret)
    assert isinstance(key, ApiKey)
    assert (key.name, key.scopes, key.expires_at) == ("desk", (Scope.PREDICT, Scope.READ), None)
    listed = call("keys", "list")
    assert key.key_id in listed.out
    assert secret[16:] not in listed.out + call("keys", "list", "--all", "--json").out


def test_programs_are_told_the_same(call: Call, tmp_path: Path) -> None:
    told = call("keys", "create", "desk", "--scope", "read", "--expires-in", "90d", "--json").json
    key = find(tmp_path / "home", told["key"])
    assert isinstance(key, ApiKey)
    assert key.expires_at is not None
    assert key.expires_at - key.created_at == np.timedelta64(90, "D")
    [listed] = call("keys", "list", "--json").json["keys"]
    assert listed == {name: value for name, value in told.items() if name != "key"}


def test_a_rotated_key_has_two_secrets_until_the_grace_is_over(call: Call, tmp_path: Path) -> None:
    old = call("keys", "create", "desk", "--scope", "read", "--json").json["key"]
    new = call("keys", "rotate", "desk", "--grace", "1h", "--json").json["key"]
    assert old != new
    assert find(tmp_path / "home", old) == find(tmp_path / "home", new)
    last = call("keys", "rotate", "desk", "--grace", "0m").out.splitlines()[0]
    assert find(tmp_path / "home", new) is KeyFault.UNKNOWN
    assert isinstance(find(tmp_path / "home", last), ApiKey)


def test_a_revoked_key_is_listed_only_when_all_are(call: Call, tmp_path: Path) -> None:
    secret = call("keys", "create", "desk", "--scope", "read", "--json").json["key"]
    assert "revoked" in call("keys", "revoke", "desk").out
    assert find(tmp_path / "home", secret) is KeyFault.REVOKED
    assert "No key in use" in call("keys", "list").out
    [listed] = call("keys", "list", "--all", "--json").json["keys"]
    assert listed["state"] == "revoked"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("create", "desk"), 2, "--scope"),
        (("create", "desk", "--scope", "everything"), 2, "everything"),
        (("create", "desk", "--scope", "read", "--expires-in", "soon"), 2, "90d"),
        (("create", "a/b", "--scope", "read"), 9, "a name"),
        (("rotate", "nobody"), 9, "keys in use: none"),
        (("revoke", "nobody"), 9, "keys in use: none"),
    ],
)
def test_what_cannot_be_done_is_told(
    arguments: tuple[str, ...], code: int, words: str, call: Call
) -> None:
    answer = call("keys", *arguments, "--json")
    assert answer.code == code
    assert words in answer.json["error"]["message"]


def test_a_damaged_file_of_keys_is_told_and_not_written_over(call: Call, tmp_path: Path) -> None:
    call("keys", "create", "desk", "--scope", "read")
    path = tmp_path / "home" / "keys.json"
    path.write_text("{")
    answer = call("keys", "create", "other", "--scope", "read")
    assert answer.code == 9
    assert "keys.json" in answer.err
    assert path.read_text() == "{"


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1.5d", "90 d", "9999999d", "90D"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(UnreadableDuration):
        read_duration(text)


@pytest.mark.parametrize(
    ("text", "hours"), [("30m", 0.5), ("12h", 12), ("2d", 48), (" 1w ", 168), ("0m", 0)]
)
def test_a_length_of_time_is_read(text: str, hours: float) -> None:
    assert read_duration(text) / np.timedelta64(1, "h") == hours


# --- who may serve without any ----------------------------------------------------------------


def workspace_with(tmp_path: Path, **flags: object) -> Workspace:
    return open_workspace({"home": tmp_path / "home", **flags})


@pytest.mark.parametrize(
    ("access", "is_private", "local", "remote"),
    [
        ("auto", True, EVERYTHING, ()),
        ("auto", False, (), ()),
        ("keys", True, (), ()),
        ("keys", False, (), ()),
        ("open", True, EVERYTHING, READING),
        ("open", False, READING, READING),
    ],
)
def test_what_needs_no_key_follows_from_who_can_reach_the_service(
    access: str,
    is_private: bool,
    local: tuple[Scope, ...],
    remote: tuple[Scope, ...],
    tmp_path: Path,
) -> None:
    settings = workspace_with(tmp_path, access=access, cors_origins="https://a.example").settings
    options = access_options(settings, is_private=is_private)
    assert (options.local, options.remote) == (local, remote)
    assert options.cors_origins == ("https://a.example",)


@pytest.mark.parametrize(
    ("access", "is_private", "is_refused"),
    [
        ("auto", True, False),
        ("auto", False, True),
        ("keys", True, True),
        ("open", False, False),
    ],
)
def test_a_service_that_nobody_could_use_does_not_start(
    access: str, is_private: bool, is_refused: bool, call: Call, tmp_path: Path
) -> None:
    workspace = workspace_with(tmp_path, access=access)
    call("keys", "create", "gone", "--scope", "read")
    call("keys", "revoke", "gone")
    if is_refused:
        with pytest.raises(KeysNeeded, match="keys create"):
            check_keys(workspace, is_private=is_private)
    call("keys", "create", "desk", "--scope", "read")
    check_keys(workspace, is_private=is_private)


def test_beyond_loopback_without_a_key_there_is_one_clear_message(tmp_path: Path) -> None:
    host = "0.0.0.0"  # noqa: S104 - it ends before it listens
    command = (sys.executable, "-m", "bellwether", "serve", "--host", host, "--port", "0")
    ended = subprocess.run(
        [*command, "--home", tmp_path], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 2, ended.stderr
    assert "asks everybody for" in ended.stderr
    assert "keys create NAME" in ended.stderr
    assert "--open" in ended.stderr


def test_flags_that_mean_the_opposite_are_refused() -> None:
    assert choose_access(open_access=None, require_keys=None) is None
    assert choose_access(open_access=True, require_keys=None) == "open"
    assert choose_access(open_access=False, require_keys=True) == "keys"
    with pytest.raises(FlagsContradict):
        choose_access(open_access=True, require_keys=True)

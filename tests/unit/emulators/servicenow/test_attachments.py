"""Files of records: both ways in, metadata, rights, limits, and their life until they are deleted."""

from __future__ import annotations

import hashlib
import json

import pytest

from integration.emulators.servicenow.ids import fixed_id

TEXT = {"content-type": "text/plain"}
CONTENT = b"\x00binary\xff" * 1000


def upload(
    desk, sys_id: str, content: bytes = CONTENT, *, name: str = "a.bin", user: str = "admin", table: str = "incident"
):
    url = f"/api/now/attachment/file?table_name={table}&table_sys_id={sys_id}&file_name={name}"
    return desk("POST", url, user=user, body=content, headers={"content-type": "application/octet-stream"})


def multipart(*parts: tuple[str, str | None, bytes]) -> tuple[bytes, dict[str, str]]:
    lines = []
    for name, file_name, value in parts:
        file = f'; filename="{file_name}"\r\nContent-Type: text/csv' if file_name else ""
        lines.append(f'--B\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + value + b"\r\n")
    return b"".join(lines) + b"--B--\r\n", {"content-type": "multipart/form-data; boundary=B"}


def test_a_file_comes_back_as_it_was_sent(desk):
    answer = upload(desk, desk.incident())
    shown = answer.result
    assert answer.status == 201
    assert answer.headers["Location"] == f"https://dev.example/api/now/attachment/{shown['sys_id']}"
    assert (shown["size_bytes"], shown["hash"]) == (str(len(CONTENT)), hashlib.sha256(CONTENT).hexdigest())
    assert all(isinstance(value, str) for value in shown.values())
    fetched = desk("GET", f"/api/now/v1/attachment/{shown['sys_id']}/file")
    assert (fetched.raw, fetched.headers["Content-Type"]) == (CONTENT, "application/octet-stream")
    assert json.loads(fetched.headers["X-Attachment-Metadata"])["hash"] == shown["hash"]


def test_metadata_has_the_documented_members(desk):
    shown = upload(desk, desk.incident()).result
    assert set(shown) == {
        "size_bytes", "file_name", "sys_mod_count", "average_image_color", "image_width", "image_height",
        "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_tags", "table_name", "sys_id",
        "download_link", "content_type", "size_compressed", "compressed", "state", "table_sys_id", "chunk_size_bytes",
        "hash",
    }  # fmt: skip
    assert shown["download_link"] == f"https://dev.example/api/now/attachment/{shown['sys_id']}/file"
    assert (shown["compressed"], shown["chunk_size_bytes"]) == ("true", "700000")


def test_a_new_file_is_pending_and_then_available(desk, instance):
    instance.switches.attachment_state_delay_s = 0
    shown = upload(desk, desk.incident()).result
    assert shown["state"] == "pending"
    assert desk("GET", f"/api/now/attachment/{shown['sys_id']}").result["state"] == "available"
    instance.switches.attachment_state_delay_s = 0.05
    slow = upload(desk, desk.incident()).result["sys_id"]
    assert instance.jobs.settle(5)
    assert desk("GET", f"/api/now/attachment/{slow}").result["state"] == "available"


def test_a_form_names_the_record_before_the_file(desk):
    sys_id = desk.incident()
    place = ("table_name", None, b"incident"), ("table_sys_id", None, sys_id.encode())
    body, headers = multipart(*place, ("uploadFile", "report.csv", b"a,b"))
    shown = desk("POST", "/api/now/attachment/upload", body=body, headers=headers).result
    assert (shown["file_name"], shown["content_type"], shown["size_bytes"]) == ("report.csv", "text/csv", "3")
    body, headers = multipart(("uploadFile", "report.csv", b"a,b"), *place)
    assert desk("POST", "/api/now/attachment/upload", body=body, headers=headers).status == 400
    assert desk("POST", "/api/now/attachment/upload", body=b"x", headers=TEXT).status == 400


def test_the_same_file_twice_is_two_records(desk):
    sys_id = desk.incident()
    ids = {upload(desk, sys_id).result["sys_id"] for _ in range(2)}
    listed = desk("GET", f"/api/now/attachment?sysparm_query=table_sys_id={sys_id}^table_name=incident")
    assert {row["sys_id"] for row in listed.result} == ids
    assert listed.headers["X-Total-Count"] == "2"
    assert len(desk("GET", f"/api/now/attachment?table_sys_id={sys_id}&sysparm_limit=1").result) == 1


@pytest.mark.parametrize("missing", ["table_name", "table_sys_id", "file_name"])
def test_a_missing_parameter_is_named(desk, missing):
    given = {"table_name": "incident", "table_sys_id": desk.incident(), "file_name": "a"}
    query = "&".join(f"{name}={value}" for name, value in given.items() if name != missing)
    status, message, _ = desk("POST", f"/api/now/attachment/file?{query}", body=b"x", headers=TEXT).refusal
    assert (status, missing in message) == (400, True)


def test_records_that_are_not_there_or_not_seen_take_no_files(desk):
    sys_id = desk.incident()
    assert upload(desk, "0" * 32).status == 404
    assert upload(desk, sys_id, user="joe.employee").status == 404
    assert upload(desk, sys_id, table="nope").refusal == (400, "Invalid table nope", None)
    assert upload(desk, sys_id, user="beth.anglin").status == 201


def test_an_attached_file_does_not_touch_its_record_unless_switched(desk, instance):
    sys_id = desk.incident()
    before = desk.row(sys_id)
    upload(desk, sys_id)
    assert desk.row(sys_id) == before
    instance.switches.attachment_bumps_parent = True
    upload(desk, sys_id)
    assert desk.row(sys_id)["sys_mod_count"] == "1"


def test_a_file_is_renamed_and_deleted(desk, instance):
    file_id = upload(desk, desk.incident()).result["sys_id"]
    assert desk("PATCH", f"/api/now/attachment/{file_id}", body={"file_name": "b.bin"}).status == 204
    assert desk("GET", f"/api/now/attachment/{file_id}").result["file_name"] == "b.bin"
    assert desk("DELETE", f"/api/now/attachment/{file_id}").status == 204
    assert desk("GET", f"/api/now/attachment/{file_id}/file").status == 404
    assert not instance.file_of(file_id).exists()


@pytest.mark.parametrize(
    ("mode", "user", "status"),
    [
        ("writer", "fred.luddy", 204), ("owner", "fred.luddy", 403), ("owner", "beth.anglin", 204),
        ("admin", "beth.anglin", 403), ("admin", "admin", 204),
    ],
)  # fmt: skip
def test_who_may_delete_a_file_is_a_switch(desk, instance, mode, user, status):
    instance.switches.attachment_delete = mode
    file_id = upload(desk, desk.incident(), user="beth.anglin").result["sys_id"]
    assert desk("DELETE", f"/api/now/attachment/{file_id}", user=user).status == status


def test_people_see_files_of_records_they_see(desk):
    hidden = upload(desk, desk.incident()).result["sys_id"]
    own = upload(desk, desk.incident(caller_id=fixed_id("user", "abel.tuter"))).result["sys_id"]
    assert [row["sys_id"] for row in desk("GET", "/api/now/attachment", user="abel.tuter").result] == [own]
    assert desk("GET", f"/api/now/attachment/{hidden}/file", user="abel.tuter").status == 404
    rows = desk("GET", "/api/now/table/sys_attachment", user="abel.tuter").result
    assert [row["sys_id"] for row in rows] == [own]


@pytest.mark.parametrize(
    ("name", "value", "file_name"),
    [("glide.attachment.extensions", "txt,pdf", "a.exe"), ("com.glide.attachment.max_size", "1", "a.txt")],
)
def test_what_is_too_large_or_of_a_wrong_kind_leaves_nothing_behind(desk, instance, name, value, file_name):
    instance.plant("sys_properties", {**instance.store.find("sys_properties", name=name)[0], "value": value})
    instance.switches.update({"attachment_refusal_status": 403, "attachment_refusal_message": "no"})
    answer = upload(desk, desk.incident(), b"x" * (1024 * 1024 + 1), name=file_name)
    assert answer.refusal[:2] == (403, "no")
    assert instance.store.rows("sys_attachment") == []
    assert list(instance.files.iterdir()) == []

"""Files of cases: names, limits, presigned URLs and the malware scan."""

from urllib.parse import urlsplit

import pytest

from integration.emulators.security_ir.attachments import EICAR, Intake, settle_scans
from integration.emulators.security_ir.errors import ApiError
from integration.emulators.security_ir.people import ACTS, attach
from integration.emulators.security_ir.presigned import S3Error

HEADERS = {"content-length": "5", "content-type": "application/octet-stream", "if-none-match": "*"}


def upload_url(account, case_id, name="a.txt", length=5):
    ask = {"caseId": case_id, "fileName": name, "contentLength": length}
    return urlsplit(account("GetCaseAttachmentUploadUrl", **ask)["attachmentPresignedUrl"])


def put(account, case_id, name="a.txt", content=b"hello"):
    return attach(account.service, account.caller, account.case(case_id), name, content)["attachmentId"]


def statuses(account, case_id):
    return [each["attachmentStatus"] for each in account("GetCase", caseId=case_id)["caseAttachments"]]


def test_the_url_is_good_for_exactly_the_promised_request(account, service):
    url = upload_url(account, account.create())
    service.signer.verify("PUT", url.path, url.query, HEADERS)
    wrong = [
        {"content-length": "6"},
        {"content-type": "text/plain"},
        {"if-none-match": ""},
    ]
    for changed in wrong:
        with pytest.raises(S3Error) as refused:
            service.signer.verify("PUT", url.path, url.query, HEADERS | changed)
        assert (refused.value.status, refused.value.code) == (403, "SignatureDoesNotMatch")
    for method, path, query in (
        ("GET", url.path, url.query),
        ("PUT", url.path + "x", url.query),
        ("PUT", url.path, url.query.replace("Expires=900", "Expires=9000")),
    ):
        with pytest.raises(S3Error, match="does not match"):
            service.signer.verify(method, path, query, HEADERS)


@pytest.mark.parametrize("query", ["", "X-Amz-Signature=00", "X-Amz-Date=x&X-Amz-Signature=00"])
def test_a_url_without_a_signature_is_denied(service, query):
    with pytest.raises(S3Error) as refused:
        service.signer.verify("GET", "/_s3/a/b/c", query, {})
    assert refused.value.status == 403


def test_a_url_expires(account, service):
    url = upload_url(account, account.create())
    account.clock.advance(900)
    service.signer.verify("PUT", url.path, url.query, HEADERS)
    account.clock.advance(1)
    with pytest.raises(S3Error, match="expired"):
        service.signer.verify("PUT", url.path, url.query, HEADERS)


def test_a_name_is_used_once_per_case(account):
    case_id = account.create()
    put(account, case_id)
    with pytest.raises(ApiError) as refused:
        upload_url(account, case_id)
    assert refused.value.code == "ConflictException"
    upload_url(account, account.create())


def test_a_url_alone_reserves_nothing_unless_switched(account, service):
    case_id = account.create()
    upload_url(account, case_id)
    upload_url(account, case_id)
    assert statuses(account, case_id) == []
    service.switches.update({"attachment_listed_from": "url"})
    upload_url(account, case_id, "b.txt")
    assert statuses(account, case_id) == ["Pending"]
    with pytest.raises(ApiError, match="unique"):
        upload_url(account, case_id, "b.txt")


def test_a_case_holds_fifty_files(account, service):
    case_id = account.create()
    for index in range(50):
        put(account, case_id, f"{index}.txt")
    with pytest.raises(ApiError) as refused:
        upload_url(account, case_id, "51.txt")
    assert (refused.value.code, refused.value.status) == ("ServiceQuotaExceededException", 402)


def test_a_scan_ends_when_its_time_has_come(account, service):
    case_id = account.create()
    attachment_id = put(account, case_id)
    settle_scans(service)
    assert statuses(account, case_id) == ["Pending"]
    with pytest.raises(ApiError, match="still pending"):
        account("GetCaseAttachmentDownloadUrl", caseId=case_id, attachmentId=attachment_id)
    account.clock.advance(1)
    settle_scans(service)
    assert statuses(account, case_id) == ["Verified"]
    account("GetCaseAttachmentDownloadUrl", caseId=case_id, attachmentId=attachment_id.lower())


def test_a_held_scan_waits_for_its_release(account, service):
    service.switches.update({"scan_delay_s": None})
    case_id = account.create()
    put(account, case_id)
    put(account, case_id, "b.txt")
    account.clock.advance(10**6)
    settle_scans(service)
    assert statuses(account, case_id) == ["Pending", "Pending"]
    ACTS["scan"](service, service.system, account.case(case_id), {"status": "Failed"})
    assert statuses(account, case_id) == ["Failed", "Failed"]
    with pytest.raises(ApiError, match="waits for its scan"):
        ACTS["scan"](service, service.system, account.case(case_id), {})


@pytest.mark.parametrize("cut", [0, 1, 34, 67, 68])
def test_malware_is_found_wherever_the_chunks_part(service, cut):
    intake = Intake(service.files / f"cut-{cut}")
    for chunk in (b"x" * 100, EICAR[:cut], EICAR[cut:], b"y" * 100):
        intake.write(chunk)
    assert intake.infected
    assert intake.path.read_bytes() == b"x" * 100 + EICAR + b"y" * 100


def test_malware_fails_and_is_not_given_out(account, service):
    service.switches.update({"scan_delay_s": 0})
    case_id = account.create()
    attachment_id = put(account, case_id, "virus.com", EICAR)
    assert statuses(account, case_id) == ["Failed"]
    with pytest.raises(ApiError, match="failed its scan"):
        account("GetCaseAttachmentDownloadUrl", caseId=case_id, attachmentId=attachment_id)


def test_an_unknown_file_is_not_found(account):
    with pytest.raises(ApiError, match="not found"):
        account(
            "GetCaseAttachmentDownloadUrl", caseId=account.create(), attachmentId="0F1E2D3C-0000-4000-8000-000000000000"
        )

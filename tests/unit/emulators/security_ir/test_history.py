"""Whatever customers and responders do in whatever order, what never may happen does not."""

from hypothesis import given, settings
from hypothesis import strategies as st

from integration.emulators.security_ir import Clock, Service
from integration.emulators.security_ir.errors import ApiError
from integration.emulators.security_ir.model import shape
from integration.emulators.security_ir.operations import invoke
from integration.emulators.security_ir.people import ACTS
from integration.emulators.security_ir.protocol import check_input
from integration.emulators.security_ir.records import RESPONDER
from integration.emulators.security_ir.validation import checked
from tests.unit.emulators.security_ir.conftest import CASE, NOON

statuses = st.sampled_from(shape("CaseStatus").metadata["enum"])
customers = st.one_of(
    st.tuples(st.just("UpdateCaseStatus"), st.fixed_dictionaries({"caseStatus": statuses})),
    st.tuples(st.just("UpdateResolverType"), st.fixed_dictionaries({"resolverType": st.sampled_from(["AWS", "Self"])})),
    st.tuples(st.just("CreateCaseComment"), st.fixed_dictionaries({"body": st.text(max_size=3)})),
    st.tuples(st.just("UpdateCase"), st.fixed_dictionaries({"title": st.text(max_size=3)})),
    st.tuples(st.just("CloseCase"), st.just({})),
)
responders = st.one_of(
    st.tuples(st.just("status"), st.fixed_dictionaries({"status": statuses})),
    st.tuples(st.just("comment"), st.fixed_dictionaries({"body": st.text(max_size=3)})),
    st.tuples(
        st.just("pending-action"), st.fixed_dictionaries({"pendingAction": st.sampled_from(["Customer", "None"])})
    ),
    st.tuples(st.just("close"), st.just({"closureCode": "Duplicate"})),
)


def step(service, case, name, body):
    """Do it; whether it took effect."""
    customer = service.caller("111122223333")
    try:
        if name in ACTS:
            ACTS[name](service, service.caller(RESPONDER), case, body)
        else:
            invoke(service, customer, name, check_input(name, {"caseId": case.case_id, **body}))
    except ApiError:
        return False
    return True


@settings(max_examples=60)
@given(st.lists(st.one_of(customers, responders), max_size=12))
def test_closed_stays_closed_and_what_is_read_always_fits_the_model(history):
    service = Service(clock=Clock(at=NOON), events_url="http://127.0.0.1:1")
    try:
        caller = service.caller("111122223333")
        case = service.case(invoke(service, caller, "CreateCase", check_input("CreateCase", CASE))["caseId"])
        for name, body in history:
            before = dict(case.fields)
            events = len(service.outbox.events)
            service.clock.advance(1)
            took_effect = step(service, case, name, body)
            assert took_effect or (case.fields, len(service.outbox.events)) == (before, events), "refused is untouched"
            assert not took_effect or len(service.outbox.events) == events + 1
            if before["caseStatus"] == "Closed":
                assert (case.status, case.fields["closedDate"]) == ("Closed", before["closedDate"])
            if before["resolverType"] == "AWS":
                assert case.fields["resolverType"] == "AWS"
            checked("GetCaseResponse", invoke(service, caller, "GetCase", {"caseId": case.case_id}))
            checked("ListCommentsResponse", invoke(service, caller, "ListComments", {"caseId": case.case_id}))
            checked("ListCaseEditsResponse", invoke(service, caller, "ListCaseEdits", {"caseId": case.case_id}))
    finally:
        service.close()

"""The script engine keeps its word to the emulator: what scripts see, what they may do, and how a run ends."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from integration.emulators.servicenow.glide import ScriptEngine

if TYPE_CHECKING:
    from collections.abc import Callable

ROW = {"sys_id": "1" * 32, "number": "INC1", "state": "2", "caller_id": "", "next": "a column named like a method"}


class Host:
    """Canned rows by (table, query); records every call."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.lines: list[str] = []
        self.answer: dict[str, Any] = {"status": 200, "headers": {"X-A": "b"}, "body": "hi", "error": ""}

    def query(self, table: str, encoded_query: str, limit: int) -> list[dict[str, str]]:
        self.calls.append(("query", table, encoded_query, limit))
        return self.rows.get((table, encoded_query), [])

    def insert(self, table: str, values: dict[str, str], user: str) -> dict[str, str]:
        self.calls.append(("insert", table, values, user))
        return {"sys_id": "new", **values}

    def update(self, table: str, sys_id: str, values: dict[str, str], user: str) -> dict[str, str]:
        self.calls.append(("update", table, sys_id, values, user))
        return {**ROW, **values}

    def delete(self, table: str, sys_id: str, user: str) -> None:
        self.calls.append(("delete", table, sys_id, user))

    def display_value(self, table: str, sys_id: str, field: str) -> str:
        return f"label of {field}"

    def variables(self, table: str, sys_id: str) -> dict[str, str]:
        return {}

    def decrypted(self, table: str, sys_id: str, field: str) -> str:
        return f"clear {field}"

    def property(self, name: str) -> str | None:
        return {"instance_name": "dev1", "empty": ""}.get(name)

    def now(self) -> float:
        return 1769903999.5

    def log(self, level: str, message: str, source: str) -> None:
        self.lines.append(f"{level} {message}")

    def user(self, user_name: str) -> dict[str, str]:
        return {"sys_id": "u1", "user_name": user_name, "name": "Joe Doe", "roles": "itil,x"}

    def send(self, request: dict[str, Any]) -> dict[str, Any]:
        return self.sending(request)()

    def sending(self, request: dict[str, Any]) -> Callable[[], dict[str, Any]]:
        self.calls.append(("send", request))
        return lambda: self.answer


@pytest.fixture
def host() -> Host:
    return Host()


def run(host, script, **options):
    defaults = {"table": "incident", "current": dict(ROW), "previous": None, "operation": "update", "user": "joe"}
    return ScriptEngine(host, time_limit_s=5, host_calls=50).run(script, **{**defaults, **options})


def said(host, expression, **options):
    """What an expression gives, as text."""
    result = run(host, f"gs.info('' + ({expression}));", **options)
    assert result.error is None, result.error
    return host.lines[-1].removeprefix("info ")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("current.number", "INC1"),
        ("current.number == 'INC1'", "true"),
        ("current.state == 2", "true"),
        ("current.getValue('number')", "INC1"),
        ("current.getValue('caller_id')", "null"),
        ("current.getValue('no_such_column')", "null"),
        ("current.no_such_column", "undefined"),
        ("current.caller_id.nil()", "true"),
        ("current.number.getDisplayValue()", "label of number"),
        ("current.getDisplayValue()", "label of number"),
        ("current.getUniqueValue()", "1" * 32),
        ("current.getTableName()", "incident"),
        ("current.operation()", "update"),
        ("current.isNewRecord()", "false"),
        ("current.isValidRecord()", "true"),
        ("current.getValue('next')", "a column named like a method"),
        ("current.password.getDecryptedValue()", "clear password"),
        ("gs.getUserID()", "u1"),
        ("gs.getUserName()", "joe"),
        ("gs.getUser().getFullName()", "Joe Doe"),
        ("gs.hasRole('admin') + ',' + gs.hasRole('admin,x')", "false,true"),
        ("gs.getProperty('instance_name')", "dev1"),
        ("gs.getProperty('none')", "null"),
        ("gs.getProperty('none', 'otherwise')", "otherwise"),
        ("gs.getProperty('empty', 'otherwise')", ""),
        ("gs.nil('') && gs.nil(null) && !gs.nil(0)", "true"),
        ("gs.nowDateTime()", "2026-01-31 23:59:59"),
        ("gs.minutesAgo(60)", "2026-01-31 22:59:59"),
        ("new GlideDateTime().getNumericValue()", "1769903999500"),
        ("new GlideDateTime('2026-01-31 23:59:59').getNumericValue()", "1769903999000"),
        ("typeof Promise + typeof Map + typeof [].includes + typeof ''.startsWith", "undefined" * 4),
    ],
)
def test_what_a_script_sees(expression, value, host):
    assert said(host, expression, current={**ROW, "password": "cipher"}) == value


@pytest.mark.parametrize(
    ("operation", "previous", "expression", "value"),
    [
        ("update", {**ROW, "state": "1"}, "current.state.changes()", "true"),
        ("update", {**ROW, "state": "1"}, "current.state.changesTo(2) && current.state.changesFrom('1')", "true"),
        ("update", {**ROW, "state": "1"}, "current.number.changes()", "false"),
        ("update", {**ROW, "state": "1"}, "previous.state", "1"),
        ("update", None, "current.state.changes()", "false"),
        ("update", None, "previous", "null"),
        ("insert", None, "current.state.changes()", "true"),
        ("insert", None, "current.caller_id.changes()", "false"),
    ],
)
def test_changes_are_against_the_previous_record(operation, previous, expression, value, host):
    """An async rule has none, so nothing counts as changed in it."""
    assert said(host, expression, operation=operation, previous=previous) == value


@pytest.mark.parametrize(
    ("condition", "ran"),
    [("", True), ("current.state == 2", True), ("current.state == 3", False), ("gs.getUserID() != 'u1'", False)],
)
def test_the_condition_decides_whether_the_script_runs(condition, ran, host):
    result = run(host, "gs.info('ran')", condition=condition)
    assert (result.ran, host.lines) == (ran, ["info ran"] if ran else [])


def test_fields_set_on_current_come_back_and_nothing_else(host):
    result = run(host, "current.state = 6; current.setValue('u_new', 1); current.u_other = null; current.number += '';")
    assert result.changes == {"state": "6", "u_new": "1"}
    assert host.calls == []


def test_a_before_rule_can_stop_the_operation_and_tell_why(host):
    result = run(host, "current.setAbortAction(true); gs.addErrorMessage('no');")
    assert (result.aborted, result.messages) == (True, ["no"])


def test_records_are_queried_changed_and_deleted_as_the_user(host):
    host.rows["incident", "active=true^stateIN1,2^numberISNOTEMPTY^ORDERBYnumber"] = [dict(ROW), {**ROW, "sys_id": "2"}]
    result = run(
        host,
        """
        var gr = new GlideRecord('incident'), n = 0;
        gr.addQuery('active', true);
        gr.addEncodedQuery('stateIN1,2');
        gr.addNotNullQuery('number');
        gr.orderBy('number');
        gr.setLimit(2);
        gr.query();
        while (gr.next()) { n += 1; gr.state = 6; gr.update(); }
        gr.deleteRecord();
        var fresh = new GlideRecord('task');
        fresh.initialize();
        fresh.short_description = 'x';
        gs.info(n + fresh.insert());
        """,
    )
    assert result.error is None
    assert host.calls == [
        ("query", "incident", "active=true^stateIN1,2^numberISNOTEMPTY^ORDERBYnumber", 2),
        ("update", "incident", "1" * 32, {"state": "6"}, "joe"),
        ("update", "incident", "2", {"state": "6"}, "joe"),
        ("delete", "incident", "1" * 32, "joe"),
        ("insert", "task", {"short_description": "x"}, "joe"),
    ]
    assert host.lines == ["info 2new"]


@pytest.mark.parametrize(
    ("script", "query"),
    [
        ("gr.addQuery('a', 1).addOrCondition('b', '>', 2);", "a=1^ORb>2"),
        ("gr.addQuery('a', 'IN', '1,2'); gr.addNullQuery('b');", "aIN1,2^bISEMPTY"),
        ("gr.addActiveQuery(); gr.orderByDesc('a');", "active=true^ORDERBYDESCa"),
        ("gr.addEncodedQuery('');", ""),
    ],
)
def test_conditions_become_an_encoded_query(script, query, host):
    run(host, f"var gr = new GlideRecord('t'); {script} gr.query();")
    assert host.calls == [("query", "t", query, 0)]


def test_a_caret_in_a_value_is_an_error_and_not_another_condition(host):
    assert "^" in run(host, "new GlideRecord('t').addQuery('a', 'x^active=true');").error
    assert host.calls == []


def test_an_update_without_changes_writes_nothing(host):
    run(host, "current.state = '2'; current.update();")
    assert host.calls == []


def test_script_includes_are_loaded_when_first_used(host):
    both = {
        "Outer": "var Outer = Class.create(); Outer.prototype = {initialize: function (x) { this.x = x; }, "
        "go: function () { return new Inner().go(this.x); }, type: 'Outer'};",
        "Inner": "function Inner() {} Inner.prototype.go = function (x) { return x + 1; };",
    }
    for name, script in both.items():
        query = f"api_name=global.{name}^sys_scope=global^active=true"
        host.rows["sys_script_include", query] = [{"script": script}]
    assert said(host, "new Outer(41).go()") == "42"
    assert said(host, "typeof Missing") == "undefined"


def test_an_outbound_message_takes_its_parts_from_the_tables(host):
    host.rows["sys_rest_message", "name=M"] = [{"sys_id": "m", "name": "M", "rest_endpoint": "https://a/${path}"}]
    host.rows["sys_rest_message_fn", "rest_message=m"] = [
        {"sys_id": "g", "function_name": "Default GET", "http_method": "get"},
        {"sys_id": "p", "function_name": "POST", "http_method": "post", "rest_endpoint": "", "content": '{"a":"${a}"}'},
    ]
    host.rows["sys_rest_message_headers", "rest_message=m"] = [{"name": "X-One", "value": "message"}]
    host.rows["sys_rest_message_fn_headers", "rest_message_function=p"] = [
        {"name": "x-one", "value": "function"},
        {"name": "Authorization", "value": "Bearer ${token} ${unknown}"},
    ]
    script = """
        var m = new sn_ws.RESTMessageV2('M', 'POST');
        m.setStringParameter('a', '<&"\\'>');
        m.setStringParameterNoEscape('token', 't<k');
        m.setStringParameterNoEscape('path', 'p');
        m.setQueryParameter('q', 'a b');
        m.setHttpTimeout(5000);
        var r = m.execute();
        gs.info([r.getStatusCode(), r.getBody(), r.getHeader('x-a'), r.haveError()].join());
    """
    assert run(host, script).error is None
    assert host.calls[-1] == (
        "send",
        {
            "method": "POST", "url": "https://a/p?q=a%20b", "body": '{"a":"&lt;&amp;&quot;&apos;&gt;"}',
            "headers": [["x-one", "function"], ["Authorization", "Bearer t<k ${unknown}"]], "timeout_ms": 5000,
        },
    )  # fmt: skip
    assert host.lines == ["info 200,hi,b,false"]


def test_a_value_that_looks_like_a_variable_is_not_substituted_again(host):
    script = """
        var m = new sn_ws.RESTMessageV2(); m.setEndpoint('https://a/'); m.setHttpMethod('post');
        m.setStringParameterNoEscape('token', 'secret');
        m.setRequestBody('${token} $& $1'); m.execute();
    """
    run(host, script)
    assert host.calls[-1][1]["body"] == "${token} $& $1"


def test_no_answer_is_status_0_with_an_error_and_no_exception(host):
    host.answer = {"status": 0, "headers": {}, "body": "", "error": "timed out"}
    message = "var m = new sn_ws.RESTMessageV2(); m.setEndpoint('https://a/'); var r = m.execute();"
    run(host, message + "gs.info(r.getStatusCode() + r.getErrorMessage() + r.haveError());")
    assert host.lines == ["info 0timed outtrue"]


def test_an_unknown_message_is_an_error_of_the_script(host):
    assert "was not found" in run(host, "new sn_ws.RESTMessageV2('none', 'POST');").error


def test_an_asynchronous_message_leaves_after_the_script_unless_it_waits(host):
    message = "var m = new sn_ws.RESTMessageV2(); m.setEndpoint('https://a/'); var r = m.executeAsync();"
    run(host, message + "gs.info('end'); r.waitForResponse(5); gs.info(r.getStatusCode());")
    assert host.lines == ["info end", "info 200"]
    seen = threading.Event()
    host.sending = lambda _request: lambda: (seen.set(), host.answer)[1]
    run(host, message)
    assert seen.wait(5)


def test_an_asynchronous_message_is_under_way_when_the_script_has_ended(host):
    """Whoever waits until nothing is under way does not overlook it."""
    run(host, "var m = new sn_ws.RESTMessageV2(); m.setEndpoint('https://a/'); m.executeAsync();")
    assert [call for call, _ in host.calls] == ["send"]


def test_credentials_are_decrypted_by_their_provider(host):
    host.rows["discovery_credentials", "sys_id=c"] = [{"sys_id": "c", "user_name": "u", "password": "cipher"}]
    provider = "new sn_cc.StandardCredentialsProvider().getCredentialByID('c')"
    assert (
        said(host, f"{provider}.getAttribute('user_name') + {provider}.getAttribute('password')") == "uclear password"
    )


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("nothing.here()", "ReferenceError: nothing is not defined"),
        ("var a = ;", "SyntaxError"),
        ("throw new Error('mine')", "mine"),
        ("function f() { return f() + 1; } f();", "stack"),
        ("var s = 'x'; while (true) { s += s; }", "memory|too long"),
        ("var a = []; while (true) { a.push(new Uint8Array(8000000)); }", "memory"),
        ("JSON = null; current.state = 3;", "null"),
        ("while (true) { gs.nil(gs.getProperty('x')); }", "too much"),
    ],
)
def test_a_failing_script_ends_its_run_and_nothing_else(script, error, host):
    result = run(host, script)
    assert result.error is not None
    assert any(word in result.error for word in error.split("|")), result.error
    assert said(host, "1 + 1") == "2"


def test_what_a_host_raises_is_thrown_in_the_script(host):
    def refuse(*args):
        raise PermissionError("no")

    host.delete = refuse
    assert said(host, "(function () { try { current.deleteRecord(); } catch (e) { return e.message; } }())") == (
        "PermissionError: no"
    )


def test_a_script_that_never_ends_is_given_up_and_can_do_nothing_afterwards(host):
    late = "var end = Date.now() + 400; while (Date.now() < end) {} current.deleteRecord();"
    begun = time.monotonic()
    result = ScriptEngine(host, time_limit_s=0.1).run(
        late, table="incident", current=dict(ROW), previous=None, operation="update", user="joe"
    )
    assert "longer than 0.1 s" in result.error
    assert time.monotonic() - begun < 0.4
    _joined("script ")
    assert host.calls == []


def test_several_runs_at_once_do_not_meet(host):
    engine, results = ScriptEngine(host), {}

    def one(number):
        script = "var g = current.number; for (var i = 0; i < 500; i += 1) { g = '' + g; } current.state = g;"
        results[number] = engine.run(
            script, table="t", current={"number": number, "state": ""}, previous=None, operation="update", user="joe"
        ).changes

    threads = [threading.Thread(target=one, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert results == {str(number): {"state": str(number)} for number in range(8)}


def test_a_script_may_cause_another_run(host):
    engine = ScriptEngine(host)

    def update(table, sys_id, values, user):
        inner = engine.run(
            "current.state = 9;", table=table, current=dict(ROW), previous=None, operation="update", user=user
        )
        return {**ROW, **inner.changes}

    host.update = update
    host.rows["incident", "sys_id=1"] = [{"sys_id": "1", "state": "1"}]
    script = "var gr = new GlideRecord('incident'); gr.get('1'); gr.state = 2; gr.update(); gs.info(gr.state);"
    assert engine.run(script, table="t", current=None, previous=None, operation="update", user="joe").error is None
    assert host.lines == ["info 9"]


def _joined(name):
    for thread in threading.enumerate():
        if thread.name.startswith(name):
            thread.join(5)

"""Watchers as sets, context as notes, AWS's investigations by setting."""

from tests.e2e.shift import told


def watchers(day, pair):
    return {watcher["email"] for watcher in day.case(pair.case_id)["watchers"]}


def watch_list(day, pair):
    return set(filter(None, day.incident(pair.sys_id)["watch_list"].split(",")))


def user(day, name):
    """The sys_id and address of somebody in ServiceNow."""
    (row,) = [row for row in day.rows("sys_user") if row["user_name"] == name]
    return row["sys_id"], row["email"]


def watch(day, pair, *addresses):
    day.respond(pair.case_id, "fields", watchers=[{"email": address} for address in addresses])


def test_watchers_of_aws_come_as_users_where_there_are_and_go_again(day):
    abel, abel_s = user(day, "abel.tuter")
    pair = day.opened(watchers=[{"email": abel_s}])
    day.until(lambda: watch_list(day, pair) == {abel})
    watch(day, pair, abel_s, "soc@example.net")
    day.until(lambda: watch_list(day, pair) == {abel, "soc@example.net"})
    watch(day, pair, "soc@example.net")
    day.until(lambda: watch_list(day, pair) == {"soc@example.net"})
    watch(day, pair)
    day.until(lambda: watch_list(day, pair) == set())
    day.quiet()
    assert watchers(day, pair) == set()


def test_the_watch_list_comes_as_addresses_and_goes_again(day):
    abel, abel_s = user(day, "abel.tuter")
    pair = day.reported(watch_list=f"{abel},ciso@example.net")
    day.until(lambda: watchers(day, pair) == {abel_s, "ciso@example.net"})
    day.edit(pair.sys_id, watch_list="ciso@example.net")
    day.until(lambda: watchers(day, pair) == {"ciso@example.net"})
    day.edit(pair.sys_id, watch_list="")
    day.until(lambda: watchers(day, pair) == set())
    day.quiet()
    assert watch_list(day, pair) == set()


def test_both_sides_add_and_remove_at_once_and_all_of_it_counts(day):
    pair = day.opened(watchers=[{"email": "a@example.net"}, {"email": "b@example.net"}])
    day.until(lambda: watch_list(day, pair) == {"a@example.net", "b@example.net"})
    day.quiet()
    with day.plane.held(*day.queues):
        watch(day, pair, "b@example.net", "c@example.net")
        day.edit(pair.sys_id, watch_list="a@example.net,d@example.net")
    both = {"c@example.net", "d@example.net"}
    day.until(lambda: watchers(day, pair) == watch_list(day, pair) == both)


def test_somebody_whose_address_nobody_knows_stays_on_the_watch_list(day):
    joe, _ = user(day, "joe.employee")
    day.servicenow.send("POST", "users", json={"user_name": "no.address", "email": ""})
    nobody, _ = user(day, "no.address")
    pair = day.reported(watch_list=f"{nobody},{joe}")
    watch(day, pair, "soc@example.net")
    day.until(lambda: watch_list(day, pair) == {nobody, "soc@example.net"})


def test_by_setting_the_response_team_watches_every_new_record(day):
    (membership,) = day.aws("state")["memberships"]
    team = {member["email"] for member in membership["incidentResponseTeam"]}
    assert team
    with day.mapping(watchers={"response_team": True}):
        reported, opened = day.reported(), day.opened()
        day.until(lambda: team <= watchers(day, reported))
        day.quiet()
        assert team <= watchers(day, opened)


def test_context_is_one_note_at_creation_and_one_per_change(day):
    pair = day.opened(
        impactedAwsRegions=[{"region": "eu-central-1"}], threatActorIpAddresses=[{"ipAddress": "203.0.113.9"}]
    )
    day.quiet()
    (note,) = told(day.notes(pair), "context")
    assert all(word in note for word in ("111122223333", "eu-central-1", "203.0.113.9", "Self", "Security Incident"))
    day.respond(pair.case_id, "pending-action", pendingAction="Customer")
    day.until(lambda: len(told(day.notes(pair), "Pending action: Customer")) == 1)
    day.respond(pair.case_id, "fields", impactedServices=["Amazon S3"])
    day.until(lambda: len(told(day.notes(pair), "Amazon S3")) == 1)
    day.sweep(pair)
    day.quiet()
    assert len(told(day.notes(pair), "context")) == 3


def test_a_case_made_from_an_incident_tells_its_context_once(day):
    pair = day.reported()
    day.quiet()
    day.sweep(pair)
    day.quiet()
    assert len(told(day.notes(pair), "context")) == 1


def investigate(day, pair, **members):
    return day.respond(pair.case_id, "investigation", **members)["investigationId"]


def test_by_setting_finished_investigations_are_told_once_each(day):
    with day.mapping(investigations=True):
        pair = day.opened()
        first = investigate(
            day, pair, title="What happened", content="## Findings\nKey was leaked.", status="InProgress"
        )
        day.sweep(pair)
        day.quiet()
        assert told(day.notes(pair), "Key was leaked.") == []
        investigate(day, pair, investigationId=first, status="Completed")
        investigate(day, pair, title="What to do", content="Rotate it.", status="Completed")
        for _ in range(2):
            day.sweep(pair)
            day.quiet()
        assert [len(told(day.notes(pair), text)) for text in ("Key was leaked.", "Rotate it.")] == [1, 1]


def test_without_that_setting_investigations_stay_on_aws(day):
    pair = day.opened()
    investigate(day, pair, title="What happened", content="Key was leaked.", status="Completed")
    day.sweep(pair)
    day.quiet()
    assert told(day.notes(pair), "Key was leaked.") == []

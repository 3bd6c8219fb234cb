"""Schedules fire by themselves, at once and then at their rate."""


def schedule(stacks, expression="rate(1 minute)"):
    trusting = {"Statement": [
        {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}},
    ]}  # fmt: skip
    allowed = {"Statement": [stacks.allow("lambda:InvokeFunction", on=stacks.att("Echo"))]}
    return {
        "ClockRole": stacks.resource(
            "AWS::IAM::Role", AssumeRolePolicyDocument=trusting,
            Policies=[{"PolicyName": "p", "PolicyDocument": allowed}],
        ),
        "Clock": stacks.resource(
            "AWS::Scheduler::Schedule", Name="tiny-clock", ScheduleExpression=expression,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": stacks.att("Echo"), "RoleArn": stacks.att("ClockRole"), "Input": '{"tick": true}'},
        ),
    }  # fmt: skip


def test_a_rate_fires_at_once_and_then_in_scaled_time(fresh, stacks, until):
    fresh.clock.scale = 600
    template = stacks.application(**schedule(stacks))
    fresh.deploy([stacks.STATE, template], {"TinyApplication": {"instance": "x"}})
    function = fresh.functions["tiny-echo"]
    until(lambda: function.invocations >= 3)
    fresh.clock.run(running=False)
    assert fresh.clock.names()["tiny-clock"] == 60


def test_a_schedule_whose_role_may_not_invoke_is_told(fresh, stacks, until):
    parts = schedule(stacks)
    parts["ClockRole"]["Properties"]["Policies"] = []
    fresh.deploy([stacks.STATE, stacks.application(**parts)], {"TinyApplication": {"instance": "x"}})
    until(lambda: [d for d in fresh.denied() if d.action == "lambda:InvokeFunction"])
    assert fresh.functions["tiny-echo"].invocations == 0

"""Templates: every expression has a value or is an error that names it."""

import re

import pytest

from integration.aws_plane.template import Scope, Template, Unresolvable, resources_in_order, stacks_in_order

PSEUDO = {"AWS::AccountId": "1", "AWS::Region": "r", "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
BODY = {
    "Parameters": {
        "level": {"Type": "String", "Default": "error", "AllowedValues": ["error", "info"]},
        "needed": {"Type": "String"},
        "several": {"Type": "CommaDelimitedList", "Default": "a,b"},
    },
    "Conditions": {
        "Loud": {"Fn::Equals": [{"Ref": "level"}, "info"]},
        "Quiet": {"Fn::Not": [{"Condition": "Loud"}]},
        "Both": {"Fn::And": [{"Condition": "Loud"}, {"Condition": "Quiet"}]},
        "Either": {"Fn::Or": [{"Condition": "Loud"}, {"Condition": "Quiet"}]},
        "Odd": {"Fn::Contains": [["a"], "a"]},
    },
    "Mappings": {"M": {"a": {"b": "mapped"}}},
}


def scope(**given):
    made = Scope(Template("T", BODY), PSEUDO, given, {"Other:Out": "imported"})
    made.refs["Queue"] = "the-url"
    made.attributes["Queue"] = {"Arn": "arn:q", "Deep.Name": "deep"}
    return made


WORTH = [
    ({"Ref": "Queue"}, "the-url"),
    ({"Ref": "AWS::Region"}, "r"),
    ({"Ref": "level"}, "error"),
    ({"Ref": "several"}, ["a", "b"]),
    ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:q"),
    ({"Fn::GetAtt": "Queue.Deep.Name"}, "deep"),
    ({"Fn::Sub": "${AWS::Partition}-${Queue}-${Queue.Arn}-${!Literal}"}, "aws-the-url-arn:q-${Literal}"),
    ({"Fn::Sub": ["${own}/${Queue}", {"own": {"Ref": "AWS::AccountId"}}]}, "1/the-url"),
    ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}, 3]]}, "a-r-3"),
    ({"Fn::Select": [1, {"Fn::Split": [":", {"Fn::GetAtt": ["Queue", "Arn"]}]}]}, "q"),
    ({"Fn::If": ["Loud", "loud", "quiet"]}, "quiet"),
    ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
    ({"Fn::If": ["Both", "yes", "no"]}, "no"),
    ({"Fn::ImportValue": "Other:Out"}, "imported"),
    ({"Fn::FindInMap": ["M", "a", "b"]}, "mapped"),
    ({"Fn::ToJsonString": {"a": {"Ref": "level"}}}, '{"a": "error"}'),
    ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
    (["a", {"Fn::If": ["Loud", "b", {"Ref": "AWS::NoValue"}]}], ["a"]),
    ({"Ref": "level", "Other": 1}, {"Ref": "level", "Other": 1}),
]


@pytest.mark.parametrize(("expression", "worth"), WORTH)
def test_an_expression_is_worth_what_cloudformation_says(expression, worth):
    assert scope().resolve(expression) == worth


REFUSED = [
    ({"Ref": "Nobody"}, "Ref to Nobody"),
    ({"Ref": "needed"}, "needs parameter needed"),
    ({"Fn::GetAtt": ["Queue", "Colour"]}, "Queue gives no Colour"),
    ({"Fn::ImportValue": "Nobody:Out"}, "imports Nobody:Out"),
    ({"Fn::FindInMap": ["M", "a", "c"]}, "mapping M has no a/c"),
    ({"Fn::Cidr": ["10.0.0.0/8", 1]}, "does not know Fn::Cidr"),
    ({"Fn::If": ["Odd", 1, 2]}, "condition"),
    ({"Fn::If": ["Nobody", 1, 2]}, "no condition Nobody"),
    ("{{resolve:ssm-secure:/x}}", "dynamic reference"),
    ({"Fn::Join": ["", ["{{resolve:", "secretsmanager:x}}"]]}, "dynamic reference"),
]


@pytest.mark.parametrize(("expression", "message"), REFUSED)
def test_what_has_no_value_is_an_error_that_names_it(expression, message):
    with pytest.raises(Unresolvable, match=re.escape(message)):
        scope().resolve(expression)


def test_a_parameter_takes_only_what_is_allowed_and_declared():
    assert scope(level="info").resolve({"Fn::If": ["Loud", 1, 2]}) == 1
    with pytest.raises(Unresolvable, match="level is 'debug'; allowed: error, info"):
        scope(level="debug").resolve({"Ref": "level"})
    with pytest.raises(Unresolvable, match="no parameter colour"):
        scope(colour="red")


def test_finished_strings_are_rewritten_whichever_way_they_were_made():
    made = scope()
    made.rewrites.append((re.compile(r"https://[a-z0-9]+\.aws"), "http://here"))
    for expression in (
        "https://x1.aws/p",
        {"Fn::Join": ["", ["https://x1", ".aws/p"]]},
        {"Fn::Sub": "https://x1.aws/p"},
    ):
        assert made.resolve(expression) == "http://here/p"


def test_resources_come_after_what_they_need():
    body = {"Resources": {
        "A": {"Type": "T", "Properties": {"x": {"Fn::Sub": "${B.Arn}"}}, "DependsOn": "D"},
        "B": {"Type": "T", "Properties": {"x": [{"Ref": "C"}]}},
        "C": {"Type": "T", "Properties": {"x": {"Fn::GetAtt": ["E", "Arn"]}}},
        "D": {"Type": "T", "DependsOn": ["E"]},
        "E": {"Type": "T", "Properties": {"x": {"Ref": "AWS::Region"}}},
    }}  # fmt: skip
    order = resources_in_order(Template("T", body))
    assert all(order.index(a) > order.index(b) for a, b in ("AB", "AD", "BC", "CE", "DE"))


def test_a_circle_is_an_error_that_shows_it():
    body = {"Resources": {
        "A": {"Type": "T", "Properties": {"x": {"Ref": "B"}}}, "B": {"Type": "T", "Properties": {"x": {"Ref": "A"}}},
    }}  # fmt: skip
    with pytest.raises(Unresolvable, match=r"A → B → A|B → A → B"):
        resources_in_order(Template("T", body))


def test_stacks_come_after_those_they_import_from():
    first = Template("first", {"Outputs": {"O": {"Value": 1, "Export": {"Name": "x"}}}})
    second = Template("second", {"Resources": {"R": {"Type": "T", "Properties": {"p": {"Fn::ImportValue": "x"}}}}})
    assert [t.name for t in stacks_in_order([second, first])] == ["first", "second"]

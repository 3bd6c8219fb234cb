"""Two small stacks with every kind of resource, as CDK would synthesise them."""

from integration.aws_plane.template import Template

ASSUMED_BY_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}],
}
ROOT = {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}
ARN = "arn:aws:{}:${{AWS::Region}}:${{AWS::AccountId}}:{}"


def sub(service, rest):
    return {"Fn::Sub": ARN.format(service, rest)}


def ref(name):
    return {"Ref": name}


def att(name, attribute="Arn"):
    return {"Fn::GetAtt": [name, attribute]}


def resource(kind, **properties):
    needs = properties.pop("DependsOn", [])
    return {"Type": kind, "Properties": properties, **({"DependsOn": needs} if needs else {})}


def allow(*actions, on, **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def role(*statements):
    return resource(
        "AWS::IAM::Role",
        AssumeRolePolicyDocument=ASSUMED_BY_LAMBDA,
        Policies=[{"PolicyName": "p", "PolicyDocument": {"Statement": [*statements, LOGS]}}] if statements else [],
        ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    )


LOGS = allow("logs:CreateLogStream", "logs:PutLogEvents", on="*")
KEY_USE = (
    "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext", "kms:DescribeKey",
)  # fmt: skip


def function(name, role="PlainRole", timeout=20, **variables):
    return resource(
        "AWS::Lambda::Function",
        FunctionName=f"tiny-{name}",
        Handler=f"tiny_functions.{name}",
        Role=att(role),
        Runtime="python3.13",
        Code={"S3Bucket": "assets", "S3Key": "x.zip"},
        Timeout=timeout,
        MemorySize=256,
        Environment={"Variables": variables},
    )


STATE = Template("TinyState", {
    "Resources": {
        "Key": resource(
            "AWS::KMS::Key",
            KeyPolicy={"Statement": [
                {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": ROOT}},
            ]},
        ),
        "Alias": resource("AWS::KMS::Alias", AliasName="alias/tiny", TargetKeyId=ref("Key")),
        "Table": {
            **resource(
                "AWS::DynamoDB::Table", TableName="TinyTable", BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[
                    {"AttributeName": name, "AttributeType": kind}
                    for name, kind in (("PK", "S"), ("SK", "S"), ("shard", "S"), ("due", "N"))
                ],
                KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
                GlobalSecondaryIndexes=[{
                    "IndexName": "due", "Projection": {"ProjectionType": "ALL"},
                    "KeySchema": [
                        {"AttributeName": "shard", "KeyType": "HASH"}, {"AttributeName": "due", "KeyType": "RANGE"},
                    ],
                }],
                SSESpecification={"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": att("Key")},
                TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True},
            ),
            "DeletionPolicy": "Retain",
        },
        "Bucket": resource(
            "AWS::S3::Bucket", BucketName="tiny-bucket",
            BucketEncryption={"ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": att("Key")}},
            ]},
        ),
    },
    "Outputs": {
        "KeyArn": {"Value": att("Key"), "Export": {"Name": "TinyState:KeyArn"}},
        "TableArn": {"Value": att("Table"), "Export": {"Name": "TinyState:TableArn"}},
    },
})  # fmt: skip
KEY = {"Fn::ImportValue": "TinyState:KeyArn"}
TABLE = {"Fn::ImportValue": "TinyState:TableArn"}
USES_TABLE = allow("dynamodb:UpdateItem", on=TABLE), allow(*KEY_USE, on=KEY)


def _functions():
    plain = {
        n: function(n) for n in ("echo", "environment", "raising", "exiting", "metric", "authorizing", "receiving")
    }
    return {name.title(): made for name, made in plain.items()} | {
        "Environment": function("environment", INSTANCE=ref("instance"), SECRET_ARN=ref("Secret")),
        "Sleeping": function("sleeping", timeout=1),
        "Calling": function("calling", "CallingRole"),
        "Consuming": function("consuming", "ConsumingRole", TABLE_NAME="TinyTable"),
        "Custom": function("custom"),
        "Rotating": function("rotating", "RotatingRole"),
    }


def _roles():
    return {
        "PlainRole": role(),
        "CallingRole": role(
            allow("dynamodb:PutItem", "dynamodb:Query", on=TABLE),
            allow("dynamodb:Query", on={"Fn::Sub": ["${T}/index/due", {"T": TABLE}]}),
            allow(*KEY_USE, on=KEY, Condition={"StringEquals": {"kms:ViaService": sub_service("dynamodb")}}),
            allow("ssm:GetParametersByPath", on=sub("ssm", "parameter/Tiny")),
            allow("s3:GetObject", on="arn:aws:s3:::tiny-bucket/allowed.txt"),
            allow("events:PutEvents", on=att("Bus")),
            allow("security-ir:GetCase", on=sub("security-ir", "case/*")),
            {"Effect": "Deny", "Action": "dynamodb:DeleteItem", "Resource": "*"},
        ),
        "ConsumingRole": role(
            *USES_TABLE,
            allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", on=att("Queue")),
        ),
        "RotatingRole": role(
            allow(
                "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage", on=ref("Secret"),
            ),
            allow("kms:Decrypt", "kms:GenerateDataKey", on=KEY),
        ),
    }  # fmt: skip


def sub_service(service):
    return {"Fn::Sub": service + ".${AWS::Region}.amazonaws.com"}


def _flow():
    """Bus → rule → queue → function, and a log of it."""
    return {
        "Bus": resource("AWS::Events::EventBus", Name="tiny-bus"),
        "ClosedBus": resource(
            "AWS::Events::EventBusPolicy", EventBusName=ref("Bus"), StatementId="OnlyOurs", Statement={
                "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "events:PutEvents", "Resource": att("Bus"),
                "Condition": {"ArnNotLike": {"aws:PrincipalArn": att("CallingRole")}},
            },
        ),
        "Dead": resource("AWS::SQS::Queue", QueueName="tiny-dead"),
        "Queue": resource(
            "AWS::SQS::Queue", QueueName="tiny-queue", VisibilityTimeout=30,
            RedrivePolicy={"deadLetterTargetArn": att("Dead"), "maxReceiveCount": 3},
        ),
        "QueuePolicy": resource("AWS::SQS::QueuePolicy", Queues=[ref("Queue")], PolicyDocument={"Statement": [{
            "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": att("Queue"),
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": att("Rule")}},
        }]}),
        "Rule": resource(
            "AWS::Events::Rule", EventBusName=ref("Bus"), EventPattern={"source": ["tiny"]}, State="ENABLED",
            Targets=[{"Id": "T", "Arn": att("Queue")}],
        ),
        "Feed": resource(
            "AWS::Lambda::EventSourceMapping", FunctionName=ref("Consuming"), EventSourceArn=att("Queue"),
            BatchSize=3, FunctionResponseTypes=["ReportBatchItemFailures"], ScalingConfig={"MaximumConcurrency": 2},
        ),
    }  # fmt: skip


def _webhook():
    uri = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%s.Arn}/invocations"
    at = {"RestApiId": ref("Api")}
    return {
        "Api": resource("AWS::ApiGateway::RestApi", Name="TinyApi"),
        "Path": resource("AWS::ApiGateway::Resource", **at, ParentId=att("Api", "RootResourceId"), PathPart="webhook"),
        "Model": resource("AWS::ApiGateway::Model", **at, Name="Event", ContentType="application/json", Schema={
            "type": "object", "required": ["event_type"], "properties": {"event_type": {"type": "string"}},
        }),
        "Validator": resource("AWS::ApiGateway::RequestValidator", **at, ValidateRequestBody=True),
        "Authorizer": resource(
            "AWS::ApiGateway::Authorizer", **at, Type="REQUEST", Name="a", AuthorizerResultTtlInSeconds=60,
            AuthorizerUri={"Fn::Sub": uri % "Authorizing"}, IdentitySource="method.request.header.Authorization",
        ),
        "Post": resource(
            "AWS::ApiGateway::Method", **at, ResourceId=ref("Path"), HttpMethod="POST", AuthorizationType="CUSTOM",
            AuthorizerId=ref("Authorizer"), RequestValidatorId=ref("Validator"),
            RequestModels={"application/json": ref("Model")},
            Integration={"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": {"Fn::Sub": uri % "Receiving"}},
        ),
        "Options": resource(
            "AWS::ApiGateway::Method", **at, ResourceId=ref("Path"), HttpMethod="OPTIONS", AuthorizationType="NONE",
            Integration={"Type": "MOCK", "RequestTemplates": {"application/json": "{ statusCode: 200 }"},
                         "IntegrationResponses": [{"StatusCode": "204", "ResponseParameters": {
                             "method.response.header.Access-Control-Allow-Origin": "'*'"}}]},
        ),
        "Stage": resource(
            "AWS::ApiGateway::Stage", **at, StageName="prod",
            MethodSettings=[{"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingBurstLimit": 50,
                             "ThrottlingRateLimit": 1000}],
        ),
        "MayAuthorize": resource(
            "AWS::Lambda::Permission", Action="lambda:InvokeFunction", FunctionName=att("Authorizing"),
            Principal="apigateway.amazonaws.com", SourceArn=sub("execute-api", "${Api}/authorizers/${Authorizer}"),
        ),
        "MayReceive": resource(
            "AWS::Lambda::Permission", Action="lambda:InvokeFunction", FunctionName=att("Receiving"),
            Principal="apigateway.amazonaws.com", SourceArn=sub("execute-api", "${Api}/prod/POST/webhook"),
        ),
    }  # fmt: skip


def application(wish="", flag=True, **more):
    """The second stack; `wish` is what the custom resource is asked for."""
    resources = {
        **_roles(),
        **_functions(),
        **_flow(),
        **_webhook(),
        "Instance": resource("AWS::SSM::Parameter", Name="/Tiny/instance", Type="String", Value=ref("instance")),
        "Secret": resource(
            "AWS::SecretsManager::Secret", Name="tiny/token", KmsKeyId=KEY,
            GenerateSecretString={
                "GenerateStringKey": "token", "SecretStringTemplate": "{}", "PasswordLength": 43,
                "ExcludePunctuation": True,
            },
        ),
        "Rotation": resource(
            "AWS::SecretsManager::RotationSchedule", SecretId=ref("Secret"), RotationLambdaARN=att("Rotating"),
            RotationRules={"AutomaticallyAfterDays": 30}, RotateImmediatelyOnUpdate=False,
        ),
        "Resource": resource(
            "Custom::Tiny", ServiceToken=att("Custom"), Wish=wish, Flag=flag, Count=3,
            Url={"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod/webhook"},
        ),
        **more,
    }  # fmt: skip
    return Template("TinyApplication", {
        "Parameters": {"instance": {"Type": "String", "MinLength": 1}},
        "Resources": resources,
        "Outputs": {
            "Said": {"Value": att("Resource", "Said")},
            "Flag": {"Value": att("Resource", "Flag")},
            "Url": {"Value": {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/prod/webhook"}},
        },
    })  # fmt: skip

package aws_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mutation is one thing that somebody could do to the template. in is the resource whose lines it changes; empty for
// the whole. One problem that the checks find must name all of wants.
type mutation struct {
	name, in, old, new string
	wants              []string
}

// apply changes the first place where old is, and fails when that changes nothing.
func (m mutation) apply(source string) (string, error) {
	before, scope, after := "", source, ""
	if m.in != "" {
		start := strings.Index(source, "\n  "+m.in+":")
		if start < 0 {
			return "", fmt.Errorf("there is no %s", m.in)
		}
		before, scope = source[:start+1], source[start+1:]
		if end := regexp.MustCompile(`\n\n|\n  [A-Z#]|\n[A-Z]`).FindStringIndex(scope); end != nil {
			scope, after = scope[:end[0]], scope[end[0]:]
		}
	}
	changed := strings.Replace(scope, m.old, m.new, 1)
	if changed == scope {
		return "", fmt.Errorf("%q is not in %s, or changes nothing", m.old, m.in)
	}
	return before + changed + after, nil
}

// grantTo adds a statement to a role.
func grantTo(role, statement string) mutation {
	return mutation{in: role, old: "            Statement:\n", new: "            Statement:\n              - " + statement + "\n"}
}

func with(m mutation, name string, wants ...string) mutation {
	m.name, m.wants = name, wants
	return m
}

var mutations = []mutation{
	// The wall before reports and people.
	with(grantTo("ExportRole", `{Effect: Allow, Action: "dynamodb:GetItem", Resource: !GetAtt ReportsTable.Arn}`),
		"export may read reports", "ExportFunction", "dynamodb:GetItem", "ReportsTable"),
	with(grantTo("ReleaseRole", `{Effect: Allow, Action: "dynamodb:Query", Resource: !GetAtt PeopleTable.Arn}`),
		"release may read people", "ReleaseFunction", "dynamodb:Query", "PeopleTable"),
	with(grantTo("ExportRole", `{Effect: Allow, Action: "dynamodb:GetRecords", Resource: !GetAtt ReportsTable.StreamArn}`),
		"export may read the stream of reports", "ExportFunction", "ReportsTable/stream"),
	with(grantTo("ExportRole", `{Effect: Allow, Action: "dynamodb:GetItem", Resource: "*"}`),
		"export may read all tables", "ExportFunction", "PeopleTable"),
	with(grantTo("ExportRole", `{Effect: Allow, Action: "*", Resource: !GetAtt ReportsTable.Arn}`),
		"export may do anything to reports", "ExportFunction", "ReportsTable"),
	with(grantTo("ExportRole", `{Effect: Allow, Action: "dynamodb:*", Resource: !Sub "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*"}`),
		"export may do anything to tables by a wildcard", "ExportFunction", "ReportsTable"),
	with(grantTo("ReleaseRole", `{Effect: Allow, Action: ["dyn?modb:Get*"], Resource: !Sub "arn:*:dynamodb:*:*:table/?eopleTable"}`),
		"release may read people by wildcards in the middle", "ReleaseFunction", "PeopleTable"),
	with(grantTo("ExportRole", `{Effect: Allow, Action: "kms:Decrypt", Resource: !GetAtt PeopleKey.Arn}`),
		"export may open what is encrypted for people", "ExportFunction", "kms:Decrypt", "PeopleKey"),
	with(grantTo("ExportRole", `{Effect: Allow, Action: "ssm:GetParameters", Resource: !Sub "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/tellback/${Stage}/*"}`),
		"export may read the keyset of contacts", "ExportFunction", "parameter/tellback/staging/keyset"),
	with(grantTo("ReleaseRole", `{Effect: Allow, NotAction: "iam:*", Resource: !GetAtt LearningTable.Arn}`),
		"release may do everything but something", "ReleaseRole", "everything but"),
	with(grantTo("ExportRole", `{Effect: Allow, Action: "sts:AssumeRole", Resource: !GetAtt WebRole.Arn}`),
		"export may become web", "ExportRole", "sts:AssumeRole"),
	with(grantTo("ExportRole", `{Effect: Allow, Action: "lambda:InvokeFunction", Resource: !GetAtt WebFunction.Arn}`),
		"export may call web", "ExportFunction", "lambda:InvokeFunction"),
	with(grantTo("ExportRole", `{Effect: Allow, Action: "dynamodb:GetItem", Resource: !ImportValue other-table}`),
		"export may read what another stack names", "ExportRole", "can't be read"),
	with(grantTo("ExportRole", `{Effect: !If [HasEdge, Allow, Deny], Action: "dynamodb:GetItem", Resource: !GetAtt ReportsTable.Arn}`),
		"export may read reports on a condition", "ExportFunction", "ReportsTable"),
	with(grantTo("ExportRole", `!If [HasEdge, {Effect: Allow, Action: "dynamodb:GetItem", Resource: !GetAtt ReportsTable.Arn}, !Ref AWS::NoValue]`),
		"export has a conditional statement", "ExportRole", "can't be read"),
	{"export has a conditional policy", "ExportRole", "      Policies:\n", "      Policies:\n        - !If [HasEdge, {PolicyName: more, PolicyDocument: {Statement: [{Effect: Allow, Action: \"dynamodb:*\", Resource: \"*\"}]}}, !Ref AWS::NoValue]\n", []string{"ExportRole", "can't be read"}},
	{"a stack within", "ScheduleFailures", "  ScheduleFailures:\n", "  Apart: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: elsewhere}}\n  ScheduleFailures:\n", []string{"Apart", "unseen"}},
	{"export has a managed policy", "ExportRole", "      Policies:\n", "      ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess]\n      Policies:\n", []string{"ExportRole", "managed policies"}},
	{"export has one of SAM's policies", "ExportFunction", "      Role: !GetAtt ExportRole.Arn\n", "      Role: !GetAtt ExportRole.Arn\n      Policies: [{DynamoDBReadPolicy: {TableName: !Ref ReportsTable}}]\n", []string{"ExportFunction", "Policies"}},
	{"export has web's role", "ExportFunction", "ExportRole.Arn", "WebRole.Arn", []string{"ExportFunction", "ReportsTable"}},
	{"a policy stands apart", "ScheduleFailures", "  ScheduleFailures:\n", "  Apart: {Type: AWS::IAM::Policy, Properties: {Roles: [!Ref ExportRole]}}\n  ScheduleFailures:\n", []string{"Apart", "AWS::IAM::Policy"}},
	{"a key lets others in", "PeopleKey", "EnableKeyRotation: true", "EnableKeyRotation: true, KeyPolicy: {}", []string{"PeopleKey", "policy of its own"}},
	// Roles of the others.
	with(grantTo("SmsRole", `{Effect: Allow, Action: "dynamodb:DeleteItem", Resource: !GetAtt LearningTable.Arn}`),
		"sms may do something to a table that it is not told of", "SmsRole", "LearningTable"),
	with(grantTo("WebRole", `{Effect: Allow, Action: "dynamodb:BatchWriteItem", Resource: !GetAtt ReportsTable.Arn}`),
		"web may do what the code never does", "WebRole", "dynamodb:BatchWriteItem"),
	with(grantTo("WebRole", `{Effect: Allow, Action: "dynamodb:*", Resource: !GetAtt ReportsTable.Arn}`),
		"web may do anything to reports", "WebRole", "dynamodb:*"),
	{"web can't read its keyset", "WebRole", "parameter/tellback/${Stage}/keyset", "parameter/tellback/${Stage}/staff-keyset", []string{"WebRole", "lacks ssm:GetParameters", "staging/keyset"}},
	{"sms can't open people", "SmsRole", "[!GetAtt ReportsKey.Arn, !GetAtt PeopleKey.Arn]", "!GetAtt ReportsKey.Arn", []string{"SmsRole", "lacks kms:Decrypt", "PeopleKey"}},
	{"outreach can't log", "OutreachRole", "!GetAtt OutreachLogs.Arn", "!GetAtt SmsLogs.Arn", []string{"OutreachRole", "lacks logs:PutLogEvents", "OutreachLogs"}},
	{"the queue of failures can't be told", "AggregateRole", `Action: "sqs:SendMessage", Resource: !GetAtt AggregateFailures.Arn`, `Action: "sqs:ReceiveMessage", Resource: !GetAtt AggregateFailures.Arn`, []string{"AggregateRole", "lacks sqs:SendMessage", "AggregateFailures"}},
	{"the stream can't be read", "AggregateRole", `"dynamodb:GetRecords", `, "", []string{"AggregateRole", "lacks dynamodb:GetRecords"}},
	{"anybody may be sms", "SmsRole", "lambda.amazonaws.com", "ec2.amazonaws.com", []string{"SmsRole", "somebody else"}},
	// The surface.
	{"a route is gone", "WebFunction", `        Receipt: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: "/r/{receipt}"}}` + "\n", "", []string{"route", "WebFunction GET /r/{receipt}"}},
	{"a route goes elsewhere", "SmsFunction", "Path: /sms/status", "Path: /sms/state", []string{"route", "/sms/state"}},
	{"a route too many", "ExportFunction", "      Events:\n", "      Events:\n        More: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /more}}\n", []string{"route", "ExportFunction GET /more"}},
	{"limits for a route that is none", "Api", `"GET /healthz":`, `"GET /health":`, []string{"Api", `"GET /health"`}},
	{"a route without a burst limit", "Api", `"GET /healthz": {DetailedMetricsEnabled: true, ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10}`, `"GET /healthz": {ThrottlingRateLimit: 5}`, []string{"Api", "GET /healthz", "ThrottlingBurstLimit"}},
	{"a route's limit is a parameter", "Api", `"GET /healthz": {DetailedMetricsEnabled: true, ThrottlingRateLimit: 5`, `"GET /healthz": {DetailedMetricsEnabled: true, ThrottlingRateLimit: !Ref RequestsPerSecond`, []string{"Api", "GET /healthz", "plain number"}},
	{"no limit for every route", "Api", "      DefaultRouteSettings:", "      Description: more #", []string{"Api", "ThrottlingRateLimit", "every route"}},
	{"a variable is gone", "WebFunction", "          TELLBACK_API_CLIENTS: !Sub \"ssm:/tellback/${Stage}/api-clients\"\n", "", []string{"WebFunction", "TELLBACK_API_CLIENTS"}},
	{"a variable too many", "SmsFunction", "        Variables:\n", "        Variables:\n          TELLBACK_MORE: more\n", []string{"SmsFunction", "TELLBACK_MORE"}},
	{"a variable names the wrong table", "SmsFunction", "TELLBACK_PEOPLE_TABLE: !Ref PeopleTable", "TELLBACK_PEOPLE_TABLE: !Ref ReportsTable", []string{"SmsFunction", "TELLBACK_PEOPLE_TABLE"}},
	{"a schedule is gone", "OutreachFunction", "        Often:\n          Type: ScheduleV2\n", "        Often:\n          Type: Schedule\n", []string{"event", "OutreachFunction", "ScheduleV2"}},
	{"a function is not built", "ReleaseFunction", "BuildMethod: makefile", "BuildMethod: go1.x", []string{"ReleaseFunction", "Makefile"}},
	{"functions are for another machine", "", "Architectures: [arm64]", "Architectures: [x86_64]", []string{"SmsFunction", "arm64"}},
	// The door.
	{"no fallback", "Api", "          /sms/fallback:", "          /sms/back:", []string{"POST /sms/fallback"}},
	{"a function behind the fallback", "SmsFunction", "      Events:\n", "      Events:\n        More: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: /sms/fallback}}\n", []string{"POST /sms/fallback", "function"}},
	{"the fallback goes elsewhere", "Api", "SQS-SendMessage", "EventBridge-PutEvents", []string{"POST /sms/fallback", "integrationSubtype"}},
	{"a text without its signature", "Api", "x-twilio-signature", "x-signature", []string{"POST /sms/fallback", "MessageAttributes"}},
	{"a part of a text", "Api", "MessageBody: $request.body", "MessageBody: $request.body.Body", []string{"POST /sms/fallback", "MessageBody"}},
	{"Amazon's own words texted to people", "Api", `, "overwrite:header.content-type": text/xml`, `, "overwrite:header.content-type": text/plain`, []string{"POST /sms/fallback", "text/plain"}},
	{"an answer that Twilio reads", "Api", `"overwrite:statuscode": "204"`, `"overwrite:statuscode": "200"`, []string{"POST /sms/fallback", "200"}},
	with(grantTo("FallbackRole", `{Effect: Allow, Action: "sqs:*", Resource: !GetAtt Fallback.Arn}`), "the API may read what it keeps", "FallbackRole", "sqs:*"),
	{"the API may write to another queue", "FallbackRole", "!GetAtt Fallback.Arn", "!GetAtt AggregateFailures.Arn", []string{"FallbackRole", "AggregateFailures"}},
	{"anybody may fill the queue", "FallbackRole", "apigateway.amazonaws.com", "lambda.amazonaws.com", []string{"FallbackRole", "somebody else"}},
	{"a queue that nobody drains", "SmsFunction", "            Queue: !GetAtt Fallback.Arn", "            Queue: !GetAtt FallbackFailures.Arn", []string{"Fallback is drained by"}},
	{"one bad text fails its whole batch", "SmsFunction", "            FunctionResponseTypes: [ReportBatchItemFailures]\n", "", []string{"SmsFunction's Fallback", "ReportBatchItemFailures"}},
	{"texts given up too soon", "Fallback", "maxReceiveCount: 1000", "maxReceiveCount: 3", []string{"Fallback", "given up"}},
	{"texts given up without a word", "Fallback", "RedrivePolicy: {deadLetterTargetArn: !GetAtt FallbackFailures.Arn, maxReceiveCount: 1000}", "RedriveAllowPolicy: {}", []string{"Fallback", "no queue"}},
	{"texts handed out twice at once", "Fallback", "VisibilityTimeout: 120", "VisibilityTimeout: 60", []string{"Fallback", "60 s"}},
	{"a route besides the definition", "ApiLogs", "  ApiLogs:", "  More: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: GET /more}}\n  ApiLogs:", []string{"More", "definition"}},
	{"texts that wait unseen", "FallbackDepth", "!GetAtt Fallback.QueueName", "!GetAtt FallbackFailures.QueueName", []string{"no alarm", "Fallback"}},
	// The stream.
	{"two batches of a shard at once", "AggregateFunction", "ParallelizationFactor: 1", "ParallelizationFactor: 2", []string{"AggregateFunction's Stream", "ParallelizationFactor", "2"}},
	{"no window", "AggregateFunction", "            TumblingWindowInSeconds: 60", "            #", []string{"AggregateFunction's Stream", "TumblingWindowInSeconds"}},
	{"new images only", "ReportsTable", "NEW_AND_OLD_IMAGES", "NEW_IMAGE", []string{"ReportsTable", "StreamViewType", "NEW_IMAGE"}},
	{"no partial answers", "AggregateFunction", "FunctionResponseTypes: [ReportBatchItemFailures]", "FunctionResponseTypes: []", []string{"AggregateFunction's Stream", "ReportBatchItemFailures"}},
	{"no bisecting", "AggregateFunction", "BisectBatchOnFunctionError: true", "BisectBatchOnFunctionError: false", []string{"BisectBatchOnFunctionError"}},
	{"given up after five tries", "AggregateFunction", "MaximumRetryAttempts: -1", "MaximumRetryAttempts: 5", []string{"MaximumRetryAttempts", "5"}},
	{"given up when the stream has forgotten", "AggregateFunction", "MaximumRecordAgeInSeconds: 43200", "MaximumRecordAgeInSeconds: 86400", []string{"MaximumRecordAgeInSeconds", "86400"}},
	{"given up without a word", "AggregateFunction", "            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt AggregateFailures.Arn}}\n", "", []string{"AggregateFunction's Stream", "no queue"}},
	{"a filter that is no JSON", "AggregateFunction", `{"dynamodb":{"Keys"`, `{"dynamodb":{Keys`, []string{"AggregateFunction's Stream", "JSON"}},
	{"a filter that lets nothing pass", "AggregateFunction", `"prefix":"S#"`, `"prefix":"X#"`, []string{"filter", "a standing that is new"}},
	{"a filter that is no list", "AggregateFunction", `{"S":[{"prefix":"S#"}]}`, `{"S":"S#"}`, []string{"filter", "neither a list"}},
	{"a filter that lets reports pass", "AggregateFunction", `{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"P#"}]},"sk":{"S":[{"prefix":"S#"}]}}}}`, `{"eventSource":["aws:dynamodb"]}`, []string{"filter", "a report in its own words"}},
	{"aggregate by canary", "AggregateFunction", "      Timeout: 60\n", "      Timeout: 60\n      AutoPublishAlias: live\n", []string{"AggregateFunction", "one shard at once"}},
	{"it skips what is there", "AggregateFunction", "TRIM_HORIZON", "LATEST", []string{"AggregateFunction's Stream", "skips"}},
	// Schedules, queues, time-outs, canaries.
	{"rate in the plural of one", "OutreachFunction", "rate(5 minutes)", "rate(1 minutes)", []string{"OutreachFunction's Often", "rate(1 minutes)"}},
	{"rate in the singular of five", "OutreachFunction", "rate(5 minutes)", "rate(5 minute)", []string{"OutreachFunction's Often", "rate(5 minute)"}},
	{"schedules of two stages with one name", "OutreachFunction", `            Name: !Sub "tellback-${Stage}-outreach"` + "\n", "", []string{"OutreachFunction's Often", "another stage"}},
	{"cron with both days", "ReleaseFunction", "cron(15 5 * * ? *)", "cron(15 5 * * * *)", []string{"ReleaseFunction's Nightly", "day of the week"}},
	{"cron of five fields", "ReleaseFunction", "cron(15 5 * * ? *)", "cron(15 5 * * ?)", []string{"ReleaseFunction's Nightly", "six fields"}},
	{"cron at a minute that is none", "ReleaseFunction", "cron(15 5", "cron(75 5", []string{"ReleaseFunction's Nightly", "75"}},
	{"a schedule that may not call", "ScheduleRole", "[!GetAtt ReleaseFunction.Arn, !GetAtt OutreachFunction.Arn]", "[!GetAtt OutreachFunction.Arn]", []string{"ReleaseFunction's Nightly", "lambda:InvokeFunction"}},
	{"a schedule that fails without a word", "ScheduleRole", `              - {Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt ScheduleFailures.Arn}`, "", []string{"ScheduleRole", "lacks sqs:SendMessage"}},
	{"a run that fails without a word", "ReleaseFunction", "        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt ScheduleFailures.Arn}}\n", "", []string{"ReleaseFunction's Nightly", "that fail"}},
	{"a queue that forgets", "AggregateFailures", "1209600", "345600", []string{"AggregateFailures", "14 days"}},
	{"a queue in plain", "ScheduleFailures", ", SqsManagedSseEnabled: true", "", []string{"ScheduleFailures", "encrypted"}},
	{"sms slower than Twilio waits", "", "Timeout: 12", "Timeout: 20", []string{"SmsFunction", "20 s"}},
	{"export slower than the API waits", "ExportFunction", "Timeout: 25", "Timeout: 30", []string{"ExportFunction", "30 s"}},
	{"web all at once", "WebFunction", "Canary10Percent5Minutes", "AllAtOnce", []string{"WebFunction", "canary"}},
	{"web is not rolled back by its errors", "WebFunction", "[!Ref WebErrors, !Ref ApiErrors]", "[!Ref SmsErrors, !Ref ApiErrors]", []string{"WebFunction", "rolled back"}},
	{"rolled back by an alarm that is none", "WebFunction", "!Ref ApiErrors", "!Ref ApiLogs", []string{"WebFunction", "ApiLogs"}},
	{"parameters that don't arrive", "WebFunction", "      AutoPublishCodeSha256: !Ref Deployment\n", "", []string{"WebFunction", "changed parameters"}},
	{"parameters that arrive once", "ExportFunction", "AutoPublishCodeSha256: !Ref Deployment", "AutoPublishCodeSha256: !Ref Stage", []string{"ExportFunction", "changed parameters"}},
	{"two deployments with one name", "", "AllowedPattern: ^[0-9]{10}$", "AllowedPattern: ^[0-9]{14}$", []string{"Deployment", "the same"}},
	{"secrets that don't arrive", "", "DEPLOYMENT: !Ref Deployment", "DEPLOYMENT: !Ref Stage", []string{"changed secrets"}},
	// Tables, bucket, keys.
	{"a table without recovery", "PeopleTable", "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false", []string{"PeopleTable", "PointInTimeRecovery"}},
	{"a table that can be deleted", "ReportsTable", "DeletionProtectionEnabled: true", "DeletionProtectionEnabled: false", []string{"ReportsTable", "DeletionProtectionEnabled"}},
	{"a table that goes with the stack", "LearningTable", "DeletionPolicy: Retain", "DeletionPolicy: Delete", []string{"LearningTable", "goes with its stack"}},
	{"a table that is lost when replaced", "LearningTable", "    UpdateReplacePolicy: Retain\n", "", []string{"LearningTable", "UpdateReplacePolicy"}},
	{"a key that goes with the stack", "PeopleKey", "DeletionPolicy: Retain", "DeletionPolicy: Delete", []string{"PeopleKey", "goes with its stack"}},
	{"people under the key of reports", "PeopleTable", "!Ref PeopleKey", "!Ref ReportsKey", []string{"PeopleTable", "KMSMasterKeyId"}},
	{"a table without a cap", "ReportsTable", "      OnDemandThroughput: {MaxReadRequestUnits: !Ref MaxReadUnits, MaxWriteRequestUnits: !Ref MaxWriteUnits}\n", "", []string{"ReportsTable", "OnDemandThroughput"}},
	{"an index that nobody queries", "PeopleTable", "      BillingMode: PAY_PER_REQUEST\n", "      BillingMode: PAY_PER_REQUEST\n      GlobalSecondaryIndexes: [{IndexName: more}]\n", []string{"PeopleTable", "GlobalSecondaryIndexes"}},
	{"reports that expire", "ReportsTable", "      DeletionProtectionEnabled: true\n", "      DeletionProtectionEnabled: true\n      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}\n", []string{"ReportsTable", "expires"}},
	{"another name of a key", "LearningTable", "{AttributeName: sk, KeyType: RANGE}", "{AttributeName: sort, KeyType: RANGE}", []string{"LearningTable", "KeySchema"}},
	{"a bucket without a lock", "ReleasesBucket", "      ObjectLockEnabled: true\n", "", []string{"ReleasesBucket", "ObjectLockEnabled"}},
	{"a public bucket", "ReleasesBucket", "BlockPublicPolicy: true", "BlockPublicPolicy: false", []string{"ReleasesBucket", "BlockPublicPolicy"}},
	{"a bucket without TLS", "ReleasesBucketPolicy", "Effect: Deny", "Effect: Allow", []string{"ReleasesBucket", "TLS"}},
	// Names and secrets.
	{"a name that nothing has", "AlarmSubscription", "!Ref AlarmTopic", "!Ref AlarmTopics", []string{"AlarmSubscription", "AlarmTopics"}},
	{"a condition that there is not", "WebFunction", "!If [HasDomain,", "!If [HasDomains,", []string{"WebFunction", "HasDomains"}},
	{"a resource that is there only sometimes", "AlarmSubscription", "!Ref AlarmTopic", "!Ref Edge", []string{"AlarmSubscription", "only if HasEdge"}},
	{"a parameter that nothing uses", "", "Parameters:\n", "Parameters:\n  More: {Type: String}\n", []string{"nothing uses More"}},
	{"a secret in plain", "WebFunction", `!Sub "ssm:/tellback/${Stage}/keyset"`, "0123456789", []string{"WebFunction", "TELLBACK_KEYSET", "plain"}},
	{"a secret as parameter", "", "Parameters:\n", "Parameters:\n  TwilioAuthToken: {Type: String, NoEcho: true}\n", []string{"TwilioAuthToken", "plain"}},
	{"a secret resolved into the stack", "SmsFunction", `TELLBACK_TWILIO_API_URL: ""`, `TELLBACK_TWILIO_API_URL: "{{resolve:ssm:/x}}"`, []string{"resolve"}},
	// Logs, alarms, dashboard.
	{"a log group is gone", "ExportLogs", "  ExportLogs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !Ref LogDays}}", "", []string{"ExportFunction", "ExportLogs", "no log group"}},
	{"logs for ever", "WebLogs", "{RetentionInDays: !Ref LogDays}", "{}", []string{"WebLogs", "never forgets"}},
	{"logs as text", "SmsFunction", "LogFormat: JSON", "LogFormat: Text", []string{"SmsFunction", "LogFormat"}},
	{"lines that are counted are dropped", "SmsFunction", "ApplicationLogLevel: INFO", "ApplicationLogLevel: WARN", []string{"SmsFunction", "ApplicationLogLevel"}},
	{"receipts in the access log", "Api", `"route":"$context.routeKey"`, `"route":"$context.path"`, []string{"Api", "$context.path"}},
	{"no traces", "", "Tracing: Active", "Tracing: PassThrough", []string{"SmsFunction", "traced"}},
	{"a filter for what is not logged", "Forged", "was not signed by Twilio", "was not signed", []string{"Forged", "never logs"}},
	{"a filter on the wrong function", "Despair", "SmsLogs", "WebLogs", []string{"Despair", "functions/web"}},
	{"a filter that adds up what is not there", "Segments", "$.segments", "$.pieces", []string{"Segments", "pieces"}},
	{"an alarm on what nothing counts", "ForgedWebhooks", "MetricName: Forged", "MetricName: Forgeries", []string{"ForgedWebhooks", "Forgeries"}},
	{"an alarm on another's errors", "WebErrors", "!Ref WebFunction", "!Ref SmsFunction", []string{"no alarm", "Errors WebFunction"}},
	{"an alarm on what is no function", "WebErrors", "!Ref WebFunction", "!Ref WebLogs", []string{"WebErrors", "WebLogs"}},
	{"an alarm that tells nobody", "IteratorAge", "[!Ref AlarmTopic]", "[]", []string{"IteratorAge", "nobody"}},
	{"an alarm after an hour", "IteratorAge", "Threshold: 300000", "Threshold: 3600000", []string{"5 minutes behind"}},
	{"a queue that nobody watches", "ScheduleFailureDepth", "ScheduleFailures.QueueName", "AggregateFailures.QueueName", []string{"no alarm", "ScheduleFailures"}},
	{"texts being tried unseen", "FallbackDepth", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesVisible", []string{"no alarm", "NotVisible", "Fallback"}},
	{"only the longest queue", "FallbackDepth", "SUM(METRICS())", "MIN(METRICS())", []string{"FallbackDepth", "MIN(METRICS())"}},
	{"the least of an age", "IteratorAge", "Statistic: Maximum", "Statistic: Minimum", []string{"IteratorAge", "Minimum"}},
	{"too many failures", "ApiErrors", "Threshold: 3", "Threshold: 3000", []string{"ApiErrors", "3000"}},
	{"too many opt-outs", "OptOutSpike", "Threshold: 20", "Threshold: 20000", []string{"OptOutSpike", "20000"}},
	{"despair told tomorrow", "DespairTexts", "Period: 60", "Period: 86400", []string{"DespairTexts", "86400"}},
	{"despair told an hour later", "DespairTexts", "EvaluationPeriods: 1", "EvaluationPeriods: 60", []string{"DespairTexts", "60 times"}},
	{"an alarm that never stops", "SmsErrors", "Threshold: 1", "Threshold: 0", []string{"SmsErrors", "goes off at 0"}},
	{"an alarm about silence", "SegmentSpend", "GreaterThanThreshold", "LessThanThreshold", []string{"SegmentSpend", "less, not more"}},
	{"callers' mistakes for ours", "ServerErrors", `"5*"`, `"4*"`, []string{"ServerErrors", "4*"}},
	{"lines that count nothing", "ServerErrors", `MetricValue: "1"`, `MetricValue: "0"`, []string{"ServerErrors", "counts a line as"}},
	{"throttles of one function unseen", "Throttles", "!Ref ExportFunction", "!Ref WebFunction", []string{"no alarm", "Throttles ExportFunction"}},
	{"a topic that takes no alarms", "AlarmTopicPolicy", "cloudwatch.amazonaws.com, ", "", []string{"AlarmTopic", "cloudwatch.amazonaws.com"}},
	{"no budget", "Budget", "Type: AWS::Budgets::Budget", "Type: AWS::CloudFormation::WaitConditionHandle", []string{"bounds"}},
	{"a dashboard of what is not there", "Dashboard", `"FunctionName", "${AggregateFunction}"`, `"FunctionName", "${AggregateLogs}"`, []string{"Dashboard", "AggregateLogs"}},
	{"a dashboard that is no JSON", "Dashboard", `{"widgets": [`, `{"widgets": `, []string{"Dashboard", "JSON"}},
	// What another function does, and a key by other ways.
	{"sms may list reports", "SmsRole", `["dynamodb:GetItem", "dynamodb:PutItem"]`, `["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]`, []string{"SmsRole", "Query", "ReportsTable"}},
	{"sms may list all people", "SmsRole", `"dynamodb:PutItem", "dynamodb:DeleteItem"]`, `"dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Scan"]`, []string{"SmsRole", "Scan", "PeopleTable"}},
	{"web may write the ledger", "WebRole", `["dynamodb:GetItem", "dynamodb:Query"], Resource: !GetAtt LearningTable.Arn`, `["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], Resource: !GetAtt LearningTable.Arn`, []string{"WebRole", "PutItem", "LearningTable"}},
	{"export may write releases", "ExportRole", `"s3:GetObject"`, `["s3:GetObject", "s3:PutObject"]`, []string{"ExportRole", "PutObject", "ReleasesBucket"}},
	{"export may seal what it only reads", "ExportRole", `["kms:Decrypt", "kms:DescribeKey"]`, `["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]`, []string{"ExportRole", "kms:Encrypt", "LearningKey"}},
	{"web can't withdraw", "WebRole", `"dynamodb:DeleteItem", `, "", []string{"WebRole", "not granted DeleteItem"}},
	{"keys by other ways than a table", "SmsRole", `Condition: {StringEquals: {"kms:ViaService": !Sub "dynamodb.${AWS::Region}.amazonaws.com"}}`, "", []string{"SmsRole", "other ways"}},
	{"keys by any service", "ExportRole", `"dynamodb.${AWS::Region}.amazonaws.com"`, `"*.${AWS::Region}.amazonaws.com"`, []string{"ExportRole", "other ways"}},
	// What opens a door, or stands for something else, in a place that no other check looks at.
	{"a stream for anybody", "ReportsTable", "StreamViewType: NEW_AND_OLD_IMAGES", `StreamViewType: NEW_AND_OLD_IMAGES, ResourcePolicy: {PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "dynamodb:*", Resource: "*"}]}}`, []string{"ReportsTable", "ResourcePolicy"}},
	{"a function's own address", "WebFunction", "      AutoPublishAlias", "      FunctionUrlConfig: {AuthType: NONE}\n      AutoPublishAlias", []string{"WebFunction", "FunctionUrlConfig"}},
	{"a function that anybody may call", "ApiLogs", "  ApiLogs:", `  P: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref WebFunction, Action: "lambda:InvokeFunction", Principal: "*"}}` + "\n  ApiLogs:", []string{"P is an AWS::Lambda::Permission"}},
	{"a queue that anybody may read", "ApiLogs", "  ApiLogs:", `  P: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Fallback], PolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Principal: "*", Action: "sqs:*", Resource: "*"}]}}}` + "\n  ApiLogs:", []string{"P is an AWS::SQS::QueuePolicy"}},
	{"a bucket that anybody may write", "ReleasesBucketPolicy", "        Statement:\n", `        Statement:` + "\n" + `          - {Effect: Allow, Principal: "*", Action: "s3:*", Resource: !Sub "${ReleasesBucket.Arn}/*"}` + "\n", []string{"ReleasesBucketPolicy", "opens"}},
	{"a topic for every account", "AlarmTopicPolicy", `Condition: {StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}}`, "", []string{"AlarmTopicPolicy", "another account"}},
	{"pages of others may call the API", "Api", "      StageName", `      CorsConfiguration: {AllowOrigins: ["*"]}` + "\n      StageName", []string{"Api", "CorsConfiguration"}},
	{"code that is not ours", "SmsFunction", "      AutoPublishAlias", "      Layers: [arn:aws:lambda:us-east-1:1:layer:x:1]\n      AutoPublishAlias", []string{"SmsFunction", "Layers"}},
	{"a function that never runs", "SmsFunction", "      AutoPublishAlias", "      ReservedConcurrentExecutions: 0\n      AutoPublishAlias", []string{"SmsFunction", "ReservedConcurrentExecutions"}},
	{"a setting for all that nobody knows", "", "    Tracing: Active", "    Tracing: Active\n    Layers: [x]", []string{"Globals", "Layers"}},
	// Settings that were decided on.
	{"a stage in the address", "Api", "StageName: $default", "StageName: prod", []string{"Api", "StageName"}},
	{"no address at all", "Api", "!If [HasRegionalDomain, true, false]", "true", []string{"Api", "DisableExecuteApiEndpoint"}},
	{"Twilio signs another address", "SmsFunction", `!If [HasDomain, !Sub "https://${DomainName}", !Ref PublicUrl]`, "!Ref PublicUrl", []string{"SmsFunction", "public URL"}},
	{"an alias of another name", "SmsFunction", "AutoPublishAlias: live", "AutoPublishAlias: staging", []string{"SmsFunction", "alias"}},
	{"an address that nobody is told", "", "\n  ApiUrl: {", "\n  Url: {", []string{"no output ApiUrl"}},
	{"too little memory", "", "MemorySize: 512", "MemorySize: 128", []string{"WebFunction", "128 MB"}},
	{"a release without a processor", "ReleaseFunction", "MemorySize: 1769", "MemorySize: 512", []string{"ReleaseFunction", "512 MB"}},
	{"releases can be replaced", "ReleasesBucket", "VersioningConfiguration: {Status: Enabled}", "VersioningConfiguration: {Status: Suspended}", []string{"ReleasesBucket", "Suspended"}},
	{"releases that go", "ReleasesBucket", "Status: Enabled, Abort", "Status: Enabled, ExpirationInDays: 30, Abort", []string{"ReleasesBucket", "ExpirationInDays"}},
	{"one person's page for another", "Edge", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "658327ea-f89d-4fab-a63d-7e88639e58f6", []string{"Edge", "CachePolicyId"}},
	{"no signature behind the edge", "Edge", "b689b0a8-53d0-40ab-baf2-68738e2966ac", "216adef6-5c7f-47e4-b989-5492eafa07d3", []string{"Edge", "OriginRequestPolicyId"}},
	{"no forms behind the edge", "Edge", "[GET, HEAD, OPTIONS, PUT, PATCH, POST, DELETE]", "[GET, HEAD]", []string{"Edge", "AllowedMethods"}},
	{"fewer at a time than Lambda takes", "SmsFunction", "MaximumConcurrency: 10", "MaximumConcurrency: 1", []string{"SmsFunction's Fallback", "MaximumConcurrency"}},
	{"a night too short", "ReleaseFunction", "Timeout: 900", "Timeout: 10", []string{"ReleaseFunction", "10 s"}},
	{"two rounds at once", "OutreachFunction", "Timeout: 240", "Timeout: 600", []string{"OutreachFunction's Often", "next round"}},
	{"rounds too far apart", "OutreachFunction", "rate(5 minutes)", "rate(5 days)", []string{"OutreachFunction's Often", "15 minutes"}},
	{"a batch that waits for longer than its window", "AggregateFunction", "MaximumBatchingWindowInSeconds: 5", "MaximumBatchingWindowInSeconds: 300", []string{"AggregateFunction's Stream", "MaximumBatchingWindowInSeconds"}},
}

func TestMutationsAreFoundOut(t *testing.T) {
	original := source(t)
	names := map[string]bool{}
	for _, m := range mutations {
		t.Run(m.name, func(t *testing.T) {
			if names[m.name] || m.name == "" {
				t.Fatal("another mutation has this name")
			}
			names[m.name] = true
			changed, err := m.apply(original)
			if err != nil {
				t.Fatal(err)
			}
			tmpl, err := parse(changed)
			if err != nil {
				t.Fatal(err)
			}
			var problems []string
			for _, c := range checks {
				problems = append(problems, c.wrong(tmpl)...)
			}
			found := slices.ContainsFunc(problems, func(p string) bool {
				return !slices.ContainsFunc(m.wants, func(w string) bool { return !strings.Contains(p, w) })
			})
			if len(m.wants) == 0 || !found {
				t.Errorf("nothing names %q among:\n%s", m.wants, strings.Join(problems, "\n"))
			}
		})
	}
}

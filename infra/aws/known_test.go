package aws_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// known are the types of resources and, for each, every key that stands in its properties, at whatever depth. What is not
// here may open a door that none of the other checks looks at (a function's own URL, a queue's policy, a stream's, CORS,
// a rule that deletes): whoever adds it decides that it may be there, and what holds for it.
var known = map[string]string{
	"AWS::ApiGatewayV2::ApiMapping": `ApiId DomainName Stage`,
	"AWS::ApiGatewayV2::DomainName": `CertificateArn DomainName DomainNameConfigurations EndpointType SecurityPolicy`,
	"AWS::Budgets::Budget": `Address Amount Budget BudgetLimit BudgetType ComparisonOperator Notification NotificationType
		NotificationsWithSubscribers Subscribers SubscriptionType Threshold TimeUnit Unit`,
	"AWS::CloudFront::Distribution": `AcmCertificateArn Aliases AllowedMethods CachePolicyId Compress CustomOriginConfig DefaultCacheBehavior
		DistributionConfig DomainName Enabled HttpVersion Id MinimumProtocolVersion OriginProtocolPolicy
		OriginRequestPolicyId OriginSSLProtocols Origins SslSupportMethod TargetOriginId ViewerCertificate
		ViewerProtocolPolicy WebACLId`,
	"AWS::CloudWatch::Alarm": `AlarmActions AlarmDescription ComparisonOperator Dimensions EvaluationPeriods Expression Id Label Metric
		MetricName MetricStat Metrics Name Namespace Period ReturnData Stat Statistic Threshold TreatMissingData Value`,
	"AWS::CloudWatch::Dashboard": `DashboardBody DashboardName`,
	"AWS::DynamoDB::Table": `AttributeDefinitions AttributeName AttributeType BillingMode DeletionProtectionEnabled Enabled KMSMasterKeyId
		KeySchema KeyType MaxReadRequestUnits MaxWriteRequestUnits OnDemandThroughput PointInTimeRecoveryEnabled
		PointInTimeRecoverySpecification RecoveryPeriodInDays SSEEnabled SSESpecification SSEType StreamSpecification
		StreamViewType TimeToLiveSpecification`,
	"AWS::IAM::Role": `Action AssumeRolePolicyDocument Condition Effect Policies PolicyDocument PolicyName Principal Resource Service
		Statement StringEquals Version aws:SourceAccount kms:ViaService`,
	"AWS::KMS::Key":           `Description EnableKeyRotation PendingWindowInDays`,
	"AWS::Logs::LogGroup":     `RetentionInDays`,
	"AWS::Logs::MetricFilter": `FilterPattern LogGroupName MetricName MetricNamespace MetricTransformations MetricValue`,
	"AWS::Route53::RecordSet": `AliasTarget DNSName HostedZoneId Name Type`,
	"AWS::S3::Bucket": `AbortIncompleteMultipartUpload BlockPublicAcls BlockPublicPolicy BucketEncryption Days DaysAfterInitiation
		DefaultRetention Id IgnorePublicAcls LifecycleConfiguration Mode ObjectLockConfiguration ObjectLockEnabled
		ObjectOwnership OwnershipControls PublicAccessBlockConfiguration RestrictPublicBuckets Rule Rules SSEAlgorithm
		ServerSideEncryptionByDefault ServerSideEncryptionConfiguration Status VersioningConfiguration`,
	"AWS::S3::BucketPolicy": `Action Bool Bucket Condition Effect PolicyDocument Principal Resource Sid Statement Version
		aws:SecureTransport`,
	"AWS::SNS::Subscription": `Endpoint Protocol TopicArn`,
	"AWS::SNS::Topic":        ``,
	"AWS::SNS::TopicPolicy": `Action Condition Effect PolicyDocument Principal Resource Service Statement StringEquals Topics Version
		aws:SourceAccount`,
	"AWS::SQS::Queue": `MessageRetentionPeriod RedrivePolicy SqsManagedSseEnabled VisibilityTimeout deadLetterTargetArn
		maxReceiveCount`,
	"AWS::Serverless::Function": `Alarms ApiId ApplicationLogLevel Architectures Arn AutoPublishAlias AutoPublishCodeSha256 BatchSize
		BisectBatchOnFunctionError CodeUri DeadLetterConfig DeploymentPreference Destination DestinationConfig
		Environment EventInvokeConfig Events FilterCriteria Filters FunctionResponseTypes Handler LogFormat LogGroup
		LoggingConfig MaximumBatchingWindowInSeconds MaximumConcurrency MaximumEventAgeInSeconds
		MaximumRecordAgeInSeconds MaximumRetryAttempts MemorySize Method Name OnFailure ParallelizationFactor Path
		Pattern Properties Queue RetryPolicy Role RoleArn Runtime ScalingConfig ScheduleExpression StartingPosition
		Stream SystemLogLevel Timeout Tracing TumblingWindowInSeconds Type Variables`,
	"AWS::Serverless::HttpApi": `/sms/fallback 200 AccessLogSettings DefaultRouteSettings DefinitionBody DestinationArn DetailedMetricsEnabled
		DisableExecuteApiEndpoint Format MessageAttributes MessageBody QueueUrl RouteSettings StageName
		ThrottlingBurstLimit ThrottlingRateLimit credentials default description info integrationSubtype openapi
		overwrite:header.content-type overwrite:statuscode paths payloadFormatVersion post requestParameters
		responseParameters responses title type version x-amazon-apigateway-integration`,
}

// attributes stand beside a resource's properties.
var attributes = strings.Fields("Type Properties Condition Metadata DeletionPolicy UpdateReplacePolicy")

// naming are the keys under which stand names of our own.
var naming = []string{"Events", "Variables", "RouteSettings"}

// keys are all keys under v.
func keys(v any) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for k, under := range v {
			out = append(out, k)
			if !slices.Contains(naming, k) {
				out = append(out, keys(under)...)
				continue
			}
			for _, one := range object(under) {
				out = append(out, keys(one)...)
			}
		}
	case []any:
		for _, one := range v {
			out = append(out, keys(one)...)
		}
	case fn:
		return keys(v.arg)
	}
	return out
}

func wrongKeys(t template) []string {
	var out []string
	check := func(where, kind string, v any) {
		for _, k := range keys(v) {
			if !slices.Contains(strings.Fields(known[kind]), k) {
				out = append(out, fmt.Sprintf("%s has %s, which this test does not know", where, k))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.resources)) {
		kind := text(at(t.resources[name], "Type"))
		if _, ok := known[kind]; !ok {
			out = append(out, fmt.Sprintf("%s is an %s, which this test does not know", name, kind))
			continue
		}
		for k := range object(t.resources[name]) {
			if !slices.Contains(attributes, k) {
				out = append(out, fmt.Sprintf("%s has %s beside its properties", name, k))
			}
		}
		check(name, kind, t.property(name))
	}
	for k, v := range t.globals {
		if k != "Function" {
			out = append(out, "Globals has "+k+", which this test does not know")
		}
		check("Globals", "AWS::Serverless::Function", v)
	}
	return out
}

// wrongPolicies: the two policies that stand with a resource itself let in nobody from outside.
func wrongPolicies(t template) []string {
	var out []string
	for _, p := range t.of("AWS::S3::BucketPolicy") {
		for _, s := range list(t.property(p, "PolicyDocument", "Statement")) {
			if at(s, "Effect") != "Deny" {
				out = append(out, p+" opens the bucket besides the roles")
			}
		}
	}
	for _, p := range t.of("AWS::SNS::TopicPolicy") {
		for _, s := range list(t.property(p, "PolicyDocument", "Statement")) {
			if len(object(at(s, "Principal"))) != 1 || at(s, "Principal", "Service") == nil || text(at(s, "Condition", "StringEquals", "aws:SourceAccount")) != "!Ref AWS::AccountId" {
				out = append(out, p+" lets another account write to the topic")
			}
		}
	}
	return out
}

# CloudTrail's data events record every write of an object of the data bucket and of an item of the registry, by functions
# and by people. Reads are not recorded: they change nothing, and predict makes many.

locals {
  trail_name = "${var.name}-writes"
  # Composed, because the policies of the bucket and the role name the trail before it exists.
  trail_arn = join(":", [
    "arn", data.aws_partition.current.partition, "cloudtrail", data.aws_region.current.region,
    data.aws_caller_identity.current.account_id, "trail/${local.trail_name}",
  ])

  # CloudTrail checks the bucket, then writes into it. Empty without the bucket.
  audit_bucket_statements = flatten([for name, bucket in aws_s3_bucket.this : [
    {
      Sid       = "Check"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = bucket.arn
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
    },
    {
      Sid       = "Write"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${bucket.arn}/AWSLogs/${data.aws_caller_identity.current.account_id}/*"
      # CloudTrail sends this ACL also to a bucket without ACLs.
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn, "s3:x-amz-acl" = "bucket-owner-full-control" } }
    },
  ] if name == "audit"])

  # Resource type => operator and ARN of the recorded resources.
  audited = {
    "AWS::S3::Object"      = { starts_with = ["${aws_s3_bucket.this["data"].arn}/"], equals = null }
    "AWS::DynamoDB::Table" = { starts_with = null, equals = [local.table_arns.registry] }
  }
}

resource "aws_cloudtrail" "writes" {
  # checkov:skip=CKV_AWS_67:The recorded resources are in one region.
  # checkov:skip=CKV_AWS_252:Nothing needs a notification for each file; queries use the log group.
  # checkov:skip=CKV_AWS_35:S3's own keys, as for the data bucket; the policy of a customer-managed key could lock everybody out.
  count = var.audit_writes ? 1 : 0

  name           = local.trail_name
  s3_bucket_name = aws_s3_bucket.this["audit"].bucket
  # The recorded resources and their events are in one region.
  is_multi_region_trail         = false
  include_global_service_events = false
  enable_log_file_validation    = true
  # The log group is for queries; the bucket keeps the same events longer.
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.audit[0].arn}:*"
  cloud_watch_logs_role_arn  = module.audit_role[0].arn

  dynamic "advanced_event_selector" {
    for_each = local.audited

    content {
      name = "Writes of ${advanced_event_selector.key}"

      field_selector {
        field  = "eventCategory"
        equals = ["Data"]
      }

      field_selector {
        field  = "resources.type"
        equals = [advanced_event_selector.key]
      }

      field_selector {
        field       = "resources.ARN"
        equals      = advanced_event_selector.value.equals
        starts_with = advanced_event_selector.value.starts_with
      }

      field_selector {
        field  = "readOnly"
        equals = ["false"]
      }
    }
  }

  # CloudTrail tests its access to the bucket when the trail is created.
  depends_on = [aws_s3_bucket_policy.this]
}

resource "aws_cloudwatch_log_group" "audit" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts with AWS's own key; a customer-managed key would cost more than the logs, which contain no secrets.
  # checkov:skip=CKV_AWS_338:The log group is for queries; the bucket keeps the same events for `object_retention_days.raw`, 400 days by default.
  count = var.audit_writes ? 1 : 0

  name              = "/aws/cloudtrail/${local.trail_name}"
  retention_in_days = max(90, var.log_retention_days)
}

module "audit_role" {
  source = "./modules/service_role"
  count  = var.audit_writes ? 1 : 0

  name              = "${var.name}-audit"
  description       = "Lets CloudTrail write its records into its log group."
  service           = "cloudtrail.amazonaws.com"
  source_conditions = { "aws:SourceArn" = local.trail_arn }

  statements = [{
    sid     = "OwnLog"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # The prefix of the stream names that CloudTrail chooses.
    resources = ["${aws_cloudwatch_log_group.audit[0].arn}:log-stream:${data.aws_caller_identity.current.account_id}_CloudTrail_${data.aws_region.current.region}*"]
  }]
}

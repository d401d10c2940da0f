# Who wrote it: CloudTrail's data events about the objects of the bucket and the items of the registry, by everybody and not
# only by the functions. Reads are left out: predict makes most of them, and they change nothing.

locals {
  trail_name = "${var.name}-writes"
  # Put together, as the bucket's and the role's policies have to name the trail before it is there.
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

  # Resource type => operator and ARN of what is watched.
  watched = {
    "AWS::S3::Object"      = { starts_with = ["${aws_s3_bucket.this["data"].arn}/"], equals = null }
    "AWS::DynamoDB::Table" = { starts_with = null, equals = [local.table_arns.registry] }
  }
}

resource "aws_cloudtrail" "writes" {
  # checkov:skip=CKV_AWS_67:What it watches is in one region.
  # checkov:skip=CKV_AWS_252:Nobody waits for a file of it; the log group is what is asked.
  # checkov:skip=CKV_AWS_35:S3's own keys, as in the bucket it tells of; a key of one's own would add a policy that can lock everybody out.
  count = var.audit_writes ? 1 : 0

  name           = local.trail_name
  s3_bucket_name = aws_s3_bucket.this["audit"].bucket
  # What is watched is in one region, and so are its events.
  is_multi_region_trail         = false
  include_global_service_events = false
  enable_log_file_validation    = true
  # The same lines for a query by one command; the bucket is what lasts.
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.audit[0].arn}:*"
  cloud_watch_logs_role_arn  = module.audit_role[0].arn

  dynamic "advanced_event_selector" {
    for_each = local.watched

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

  # CloudTrail tries both when the trail is made.
  depends_on = [aws_s3_bucket_policy.this]
}

resource "aws_cloudwatch_log_group" "audit" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts by AWS's own key; a key of one's own would cost more than the logs, and they hold no secret.
  # checkov:skip=CKV_AWS_338:For queries; the bucket keeps the same for `object_retention_days.raw`, 400 days by default.
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

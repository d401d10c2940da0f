# Who wrote it: CloudTrail's data events about the objects of the bucket and the items of the registry, by everybody and not
# only by the functions. Reads are left out: predict makes most of them, and they change nothing.

locals {
  trail_name = "${var.name}-writes"
  # Put together, as the bucket's and the role's policies have to name the trail before it is there.
  trail_arn = join(":", [
    "arn", data.aws_partition.current.partition, "cloudtrail", data.aws_region.current.region,
    data.aws_caller_identity.current.account_id, "trail/${local.trail_name}",
  ])

  # Resource type => operator and ARN of what is watched.
  watched = {
    "AWS::S3::Object"      = { starts_with = ["${aws_s3_bucket.this.arn}/"], equals = null }
    "AWS::DynamoDB::Table" = { starts_with = null, equals = [local.table_arns.registry] }
  }
}

resource "aws_cloudtrail" "writes" {
  # checkov:skip=CKV_AWS_67:What it watches is in one region.
  # checkov:skip=CKV_AWS_252:Nobody waits for a file of it; the log group is what is asked.
  # checkov:skip=CKV_AWS_35:S3's own keys, as in the bucket it tells of; a key of one's own would add a policy that can lock everybody out.
  count = var.audit_writes ? 1 : 0

  name           = local.trail_name
  s3_bucket_name = aws_s3_bucket.audit[0].bucket
  # What is watched is in one region, and so are its events.
  is_multi_region_trail         = false
  include_global_service_events = false
  enable_log_file_validation    = true
  # The same lines for a query by one command; the bucket is what lasts.
  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.audit[0].arn}:*"
  cloud_watch_logs_role_arn  = aws_iam_role.audit[0].arn

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
  depends_on = [aws_s3_bucket_policy.audit, aws_iam_role_policy.audit]
}

resource "aws_cloudwatch_log_group" "audit" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts by AWS's own key; a key of one's own would cost more than the logs, and they hold no secret.
  # checkov:skip=CKV_AWS_338:For queries; the bucket keeps the same for `object_retention_days.raw`, 400 days by default.
  count = var.audit_writes ? 1 : 0

  name              = "/aws/cloudtrail/${local.trail_name}"
  retention_in_days = max(90, var.log_retention_days)
}

resource "aws_iam_role" "audit" {
  count = var.audit_writes ? 1 : 0

  name        = "${var.name}-audit"
  description = "Lets CloudTrail write who wrote what into its log group."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "CloudTrail"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
    }]
  })
}

resource "aws_iam_role_policy" "audit" {
  count = var.audit_writes ? 1 : 0

  name = "least-privilege"
  role = aws_iam_role.audit[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "OwnLog"
      Effect = "Allow"
      Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
      # CloudTrail names its streams so.
      Resource = ["${aws_cloudwatch_log_group.audit[0].arn}:log-stream:${data.aws_caller_identity.current.account_id}_CloudTrail_${data.aws_region.current.region}*"]
    }]
  })
}

# A bucket of its own: what is written about the bucket must not be writable by who may write the bucket.
resource "aws_s3_bucket" "audit" {
  # checkov:skip=CKV_AWS_18:It is the log; only CloudTrail writes it, and signs its files.
  # checkov:skip=CKV2_AWS_62:Nobody waits for a file of it.
  # checkov:skip=CKV_AWS_145:S3's own keys: who wrote what is no secret that needs a key with a price.
  # checkov:skip=CKV_AWS_144:A copy in another region would outlive what it tells of.
  count = var.audit_writes ? 1 : 0

  bucket        = "${var.name}-audit-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.region}"
  force_destroy = !var.deletion_protection
}

resource "aws_s3_bucket_versioning" "audit" {
  count = var.audit_writes ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "audit" {
  count = var.audit_writes ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "audit" {
  count = var.audit_writes ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "audit" {
  count = var.audit_writes ? 1 : 0

  bucket                  = aws_s3_bucket.audit[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "audit" {
  count = var.audit_writes ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "Check"
          Effect    = "Allow"
          Principal = { Service = "cloudtrail.amazonaws.com" }
          Action    = "s3:GetBucketAcl"
          Resource  = aws_s3_bucket.audit[0].arn
          Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
        },
        {
          Sid       = "Write"
          Effect    = "Allow"
          Principal = { Service = "cloudtrail.amazonaws.com" }
          Action    = "s3:PutObject"
          Resource  = "${aws_s3_bucket.audit[0].arn}/AWSLogs/${data.aws_caller_identity.current.account_id}/*"
          # CloudTrail sends the ACL also where the bucket has none.
          Condition = { StringEquals = { "aws:SourceArn" = local.trail_arn, "s3:x-amz-acl" = "bucket-owner-full-control" } }
        },
      ],
      [for tls in [var.require_tls] : {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.audit[0].arn, "${aws_s3_bucket.audit[0].arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      } if tls],
    )
  })

  depends_on = [aws_s3_bucket_public_access_block.audit]
}

resource "aws_s3_bucket_lifecycle_configuration" "audit" {
  count = var.audit_writes && var.object_retention_days != null ? 1 : 0

  bucket = aws_s3_bucket.audit[0].id

  rule {
    id     = "writes"
    status = "Enabled"

    filter {}

    # As long as the raw answers, which are what else tells how something came to be.
    expiration {
      days = var.object_retention_days.raw
    }

    noncurrent_version_expiration {
      noncurrent_days = var.object_retention_days.noncurrent_version
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.audit]
}

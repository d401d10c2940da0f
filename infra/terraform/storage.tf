# Bucket => what distinguishes it. All are private, encrypted and versioned.
locals {
  bucket_suffix = "${data.aws_caller_identity.current.account_id}-${data.aws_region.current.region}"

  buckets = merge(
    {
      data = {
        # Bucket names are unique in all of AWS.
        name = "${var.name}-${local.bucket_suffix}"
        # Nothing else expires: observations/ keeps what the sources reported, and quality/ keeps the gaps.
        expiring_rule   = "raw-answers"
        expiring_prefix = "raw/"
      }
    },
    # The record of writes must not be writable by those who write the data.
    { for name, bucket in {
      audit = {
        name            = "${var.name}-audit-${local.bucket_suffix}"
        expiring_rule   = "writes"
        expiring_prefix = null
      }
    } : name => bucket if var.audit_writes },
  )
}

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_18:CloudTrail's data events (audit.tf) record who wrote which object, by role and request; an access log does not.
  # checkov:skip=CKV2_AWS_62:Functions publish events after their last write; nothing needs an event for each object.
  # checkov:skip=CKV_AWS_145:S3's own keys are enough: bars, models and records of writes are no secrets, and a customer-managed key has a price.
  # checkov:skip=CKV_AWS_144:Bars can be fetched again and models trained again; versions and point-in-time recovery cover mistakes.
  for_each = local.buckets

  bucket        = each.value.name
  force_destroy = !var.deletion_protection
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = aws_s3_bucket.this

  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "this" {
  # A policy without a statement is invalid.
  for_each = { for name, bucket in aws_s3_bucket.this : name => bucket if var.require_tls || name == "audit" }

  bucket = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for statement in local.audit_bucket_statements : statement if each.key == "audit"],
      [for statement in local.tls_only : merge(statement, {
        Action   = "s3:*"
        Resource = [each.value.arn, "${each.value.arn}/*"]
      })],
    )
  })

  # S3 refuses two concurrent changes of a bucket's access.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = var.object_retention_days == null ? {} : local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = each.value.expiring_rule
    status = "Enabled"

    filter {
      prefix = each.value.expiring_prefix
    }

    expiration {
      days = var.object_retention_days.raw
    }
  }

  rule {
    # Bars, observations, windows and reports are overwritten hourly or daily. Old versions serve to undo mistakes.
    id     = "noncurrent-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.object_retention_days.noncurrent_version
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  # Rules about noncurrent versions need versioning.
  depends_on = [aws_s3_bucket_versioning.this]
}

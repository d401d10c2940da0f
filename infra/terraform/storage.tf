resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_18:CloudTrail's data events (audit.tf) tell who wrote what, by role and request, which an access log does not.
  # checkov:skip=CKV2_AWS_62:Functions tell each other by events on the bus, after the last write and not at each.
  # checkov:skip=CKV_AWS_145:S3's own keys: market data and models are no secrets that need a key with a price.
  # checkov:skip=CKV_AWS_144:Bars can be fetched again, models trained again; versions and point-in-time recovery cover mistakes.
  # Bucket names are unique in the whole of AWS.
  bucket        = "${var.name}-${data.aws_caller_identity.current.account_id}-${data.aws_region.current.region}"
  force_destroy = !var.deletion_protection
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    apply_server_side_encryption_by_default {
      # S3's own keys: market data and models are no secrets that need a key with an audit trail and a price.
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "this" {
  count = var.require_tls ? 1 : 0

  bucket = aws_s3_bucket.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  # S3 refuses two changes of a bucket's access at once.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  count = var.object_retention_days == null ? 0 : 1

  bucket = aws_s3_bucket.this.id

  # Nothing else expires: what the sources said in substance stays under observations/, the gaps under quality/.
  rule {
    id     = "raw-answers"
    status = "Enabled"

    filter {
      prefix = "raw/"
    }

    expiration {
      days = var.object_retention_days.raw
    }
  }

  rule {
    # The lake, the observations, the window and the reports are overwritten daily or hourly; only their last versions
    # are of use for long, and the last observations hold all earlier ones.
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

  # Rules about noncurrent versions need versioning to be on.
  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_cloudwatch_log_group" "this" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts with AWS's own key; a customer-managed key would cost more than the logs, which contain no secrets.
  # checkov:skip=CKV_AWS_338:`log_retention_days` decides, 30 by default; data of lasting value is in the bucket and the tables.
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "this" {
  # checkov:skip=CKV_AWS_116:The failure destination below has the error and the event; a dead_letter_config has only the event.
  # checkov:skip=CKV_AWS_117:A VPC would need a NAT gateway to reach the sources, and the functions accept no network connections.
  # checkov:skip=CKV_AWS_272:Code signing needs a signing profile and a bucket for signed zips; the release attests provenance instead.
  # checkov:skip=CKV_AWS_173:The variables are names and settings, which Terraform's state also has, and no secrets.
  function_name                  = var.name
  description                    = var.description
  role                           = module.role.arn
  runtime                        = "provided.al2023"
  handler                        = "bootstrap"
  architectures                  = [var.architecture]
  filename                       = var.package
  source_code_hash               = filebase64sha256(var.package)
  memory_size                    = var.memory_mb
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = coalesce(var.reserved_concurrency, -1)

  environment {
    variables = var.environment
  }

  logging_config {
    # The functions write JSON and metric lines themselves; the runtime must not wrap them.
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  tracing_config {
    mode = var.tracing_mode
  }
}

resource "aws_lambda_function_event_invoke_config" "this" {
  count = var.asynchronous == null ? 0 : 1

  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = var.asynchronous.retries
  maximum_event_age_in_seconds = var.asynchronous.max_event_seconds

  destination_config {
    # Unlike a dead_letter_config, its message has the error and the event.
    on_failure {
      destination = aws_sqs_queue.dead_letters[0].arn
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  queue_name = "${var.name}-dead-letters"
  # Composed, so that the queue is created together with its policy, and the role and the function do not wait for it. The
  # provider waits 25 s for each change of a queue.
  queue_arn = join(":", [
    "arn", data.aws_partition.current.partition, "sqs", data.aws_region.current.region,
    data.aws_caller_identity.current.account_id, local.queue_name,
  ])

  queue_statements = concat(
    [for principal, source_arn in var.dead_letter_sources : {
      Sid       = "Undelivered${title(split(".", principal)[0])}"
      Effect    = "Allow"
      Principal = { Service = principal }
      Action    = "sqs:SendMessage"
      Resource  = local.queue_arn
      Condition = { ArnEquals = { "aws:SourceArn" = source_arn } }
    }],
    [for tls in [var.require_tls] : {
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = local.queue_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    } if tls],
  )
}

resource "aws_sqs_queue" "dead_letters" {
  count = var.asynchronous == null ? 0 : 1

  name                      = local.queue_name
  message_retention_seconds = 14 * 24 * 60 * 60
  sqs_managed_sse_enabled   = true

  policy = length(local.queue_statements) == 0 ? null : jsonencode({
    Version   = "2012-10-17"
    Statement = local.queue_statements
  })
}

# Policies are written with jsonencode, not with the aws_iam_policy_document data source: a mocked provider answers a
# data source with invented text, so the tests could not look inside.

resource "aws_iam_role" "this" {
  name        = var.name
  description = "What ${var.name} may do, and nothing else."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Lambda"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "least-privilege"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.own_statements, local.given_statements)
  })
}

locals {
  given_statements = [for s in var.statements : merge(
    {
      Sid      = s.sid
      Effect   = "Allow"
      Action   = s.actions
      Resource = s.resources
    },
    { for name, conditions in { Condition = s.conditions } : name => conditions if length(conditions) > 0 },
  )]

  log_statement = {
    Sid    = "OwnLog"
    Effect = "Allow"
    Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # Lambda invents the stream's name at each cold start, so the last part stays open, but only below this one group.
    # The group itself is Terraform's: the function may not create groups, which would have no retention.
    Resource = ["${aws_cloudwatch_log_group.this.arn}:log-stream:*"]
  }

  dead_letter_statements = [for arn in var.asynchronous == null ? [] : [local.queue_arn] : {
    Sid      = "OwnDeadLetters"
    Effect   = "Allow"
    Action   = ["sqs:SendMessage"]
    Resource = [arn]
  }]

  # X-Ray has no resource to name. Only who asks for active tracing pays with this statement.
  tracing_statements = [for mode in [var.tracing_mode] : {
    Sid      = "Trace"
    Effect   = "Allow"
    Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    Resource = ["*"]
  } if mode == "Active"]

  own_statements = concat([local.log_statement], local.dead_letter_statements, local.tracing_statements)
}

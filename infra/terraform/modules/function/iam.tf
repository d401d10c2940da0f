module "role" {
  source = "../service_role"

  name        = var.name
  description = "Permissions of the function ${var.name}."
  service     = "lambda.amazonaws.com"
  statements  = concat([local.log_statement], local.dead_letter_statements, local.tracing_statements, var.statements)
}

locals {
  log_statement = {
    sid     = "OwnLog"
    actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
    # Lambda names a new stream at each cold start, so the last part stays open, below this one group. Terraform creates
    # the group: one that the function created would have no retention.
    resources  = ["${aws_cloudwatch_log_group.this.arn}:log-stream:*"]
    conditions = {}
  }

  dead_letter_statements = [for arn in var.asynchronous == null ? [] : [local.queue_arn] : {
    sid        = "OwnDeadLetters"
    actions    = ["sqs:SendMessage"]
    resources  = [arn]
    conditions = {}
  }]

  # X-Ray has no resources to name, so the statement exists only with active tracing.
  tracing_statements = [for mode in [var.tracing_mode] : {
    sid        = "Trace"
    actions    = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources  = ["*"]
    conditions = {}
  } if mode == "Active"]
}

moved {
  from = aws_iam_role.this
  to   = module.role.aws_iam_role.this
}

moved {
  from = aws_iam_role_policy.this
  to   = module.role.aws_iam_role_policy.this
}

# One topic for alerts and alarms. Mail subscribers receive both; the filter of train accepts only requests to retrain.
resource "aws_sns_topic" "alerts" {
  name         = "${var.name}-alerts"
  display_name = "Weathervane"
  # Not encrypted at rest without a customer-managed key: CloudWatch alarms cannot publish to a topic that uses AWS's own
  # alias/aws/sns. Alerts contain no secrets.
  kms_master_key_id = var.alert_topic_kms_key_arn
}

resource "aws_sns_topic_policy" "alerts" {
  arn = aws_sns_topic.alerts.arn

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid       = "Alarms"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alerts.arn
        Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
      },
      {
        # A role of this account also needs its own permission.
        Sid       = "Account"
        Effect    = "Allow"
        Principal = { AWS = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action    = ["sns:Publish", "sns:Subscribe", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"]
        Resource  = aws_sns_topic.alerts.arn
      },
      ], [for statement in local.tls_only : merge(statement, {
        # A topic's policy does not accept sns:*. These are the actions that write to the topic or read from it.
        Action   = ["sns:Publish", "sns:Subscribe"]
        Resource = aws_sns_topic.alerts.arn
    })])
  })
}

resource "aws_sns_topic_subscription" "train" {
  topic_arn           = aws_sns_topic.alerts.arn
  protocol            = "lambda"
  endpoint            = module.function["train"].arn
  filter_policy_scope = "MessageAttributes"
  # The message of an alarm has no attributes, so an alarm cannot start a training.
  filter_policy  = jsonencode({ kind = ["drift"], action = ["retrain"] })
  redrive_policy = jsonencode({ deadLetterTargetArn = module.function["train"].dead_letter_queue.arn })
}

resource "aws_lambda_permission" "alerts" {
  statement_id  = "DriftAlerts"
  action        = "lambda:InvokeFunction"
  function_name = module.function["train"].name
  principal     = "sns.amazonaws.com"
  source_arn    = aws_sns_topic.alerts.arn
}

resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.alert_emails)

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.value
}

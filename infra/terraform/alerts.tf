# One topic for drift alerts and alarms. Who reads mail gets both; train hears only of drift, by its filter.
resource "aws_sns_topic" "alerts" {
  name         = "${var.name}-alerts"
  display_name = "Weathervane"
  # Unencrypted at rest unless a customer-managed key is given: CloudWatch alarms cannot publish to a topic under
  # AWS's own alias/aws/sns, and an alert holds no secret.
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
        # Roles of this account need their own permission besides.
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
  # An alarm's message has no attributes, so no alarm can start a training.
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

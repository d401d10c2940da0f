# Event bus, its rules, and the schedules.

resource "aws_cloudwatch_event_bus" "this" {
  name        = var.name
  description = "Events between the functions of Weathervane."
}

resource "aws_cloudwatch_event_rule" "bars_ingested" {
  name           = "${var.name}-bars-ingested"
  description    = "Starts score for new bars."
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = jsonencode({ source = ["weathervane"], detail-type = ["BarsIngested"] })
}

resource "aws_cloudwatch_event_target" "bars_ingested" {
  rule           = aws_cloudwatch_event_rule.bars_ingested.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  arn            = module.function["score"].arn

  retry_policy {
    maximum_event_age_in_seconds = local.delivery.max_event_seconds
    maximum_retry_attempts       = local.delivery.retries
  }

  dead_letter_config {
    arn = module.function["score"].dead_letter_queue.arn
  }
}

resource "aws_lambda_permission" "bars_ingested" {
  statement_id  = "BarsIngested"
  action        = "lambda:InvokeFunction"
  function_name = module.function["score"].name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.bars_ingested.arn
}

# An event can request any range of bars. Its detail is the request of ingest.
resource "aws_cloudwatch_event_rule" "ingest_requested" {
  name           = "${var.name}-ingest-requested"
  description    = "Starts ingest for a requested range of bars."
  event_bus_name = aws_cloudwatch_event_bus.this.name
  event_pattern  = jsonencode({ source = ["weathervane"], detail-type = ["IngestRequested"] })
}

resource "aws_cloudwatch_event_target" "ingest_requested" {
  rule           = aws_cloudwatch_event_rule.ingest_requested.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  arn            = module.function["ingest"].arn
  input_path     = "$.detail"

  retry_policy {
    maximum_event_age_in_seconds = local.delivery.max_event_seconds
    maximum_retry_attempts       = local.delivery.retries
  }

  dead_letter_config {
    arn = module.function["ingest"].dead_letter_queue.arn
  }
}

resource "aws_lambda_permission" "ingest_requested" {
  statement_id  = "IngestRequested"
  action        = "lambda:InvokeFunction"
  function_name = module.function["ingest"].name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.ingest_requested.arn
}

locals {
  # Retries of an event that the target does not accept, before it becomes a dead letter.
  delivery = { retries = 10, max_event_seconds = 60 * 60 }

  # Later than all retries of the ingest.
  score_schedules = { "1d" = "cron(20 3 * * ? *)", "1h" = "cron(25 * * * ? *)" }

  schedules = merge(
    { for slug, bars in local.symbol_intervals : "ingest-${slug}" => {
      description = "Fetches ${bars[0].symbol} ${bars[0].interval} bars."
      expression  = var.ingest_schedules[bars[0].interval]
      function    = "ingest"
      input       = { symbol = bars[0].symbol, interval = bars[0].interval }
    } },
    # Missing bars cause no event, so a schedule checks for stale data.
    { for slug, bars in local.symbol_intervals : "score-${slug}" => {
      description = "Checks for late ${bars[0].symbol} ${bars[0].interval} bars."
      expression  = local.score_schedules[bars[0].interval]
      function    = "score"
      input       = { symbol = bars[0].symbol, interval = bars[0].interval }
    } },
    { for slug, series in local.series : "train-${slug}" => {
      description = "Trains ${slug}."
      expression  = series.train_schedule
      function    = "train"
      input       = { series = slug, reason = "schedule" }
    } },
  )
}

resource "aws_scheduler_schedule_group" "this" {
  name = var.name
}

resource "aws_scheduler_schedule" "this" {
  # checkov:skip=CKV_AWS_297:A schedule contains a symbol and an interval, no secret that needs a customer-managed key.
  for_each = local.schedules

  name                         = each.key
  description                  = each.value.description
  group_name                   = aws_scheduler_schedule_group.this.name
  schedule_expression          = each.value.expression
  schedule_expression_timezone = "UTC"
  state                        = var.schedules_enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.function[each.value.function].arn
    role_arn = module.scheduler_role.arn
    input    = jsonencode(each.value.input)

    retry_policy {
      maximum_event_age_in_seconds = local.delivery.max_event_seconds
      maximum_retry_attempts       = local.delivery.retries
    }

    dead_letter_config {
      arn = module.function[each.value.function].dead_letter_queue.arn
    }
  }
}

module "scheduler_role" {
  source = "./modules/service_role"

  name        = "${var.name}-scheduler"
  description = "Lets the schedules start ingest, score and train."
  service     = "scheduler.amazonaws.com"
  # Schedules of other accounts cannot use the role.
  source_conditions = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id }

  statements = [
    {
      sid       = "Start"
      actions   = ["lambda:InvokeFunction"]
      resources = [for name in ["ingest", "score", "train"] : module.function[name].arn]
    },
    {
      sid       = "DeadLetters"
      actions   = ["sqs:SendMessage"]
      resources = [for name in ["ingest", "score", "train"] : module.function[name].dead_letter_queue.arn]
    },
  ]
}

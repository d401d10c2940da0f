# The plan accepts exactly the schedule expressions that EventBridge Scheduler accepts at apply.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "valid_expressions_match" {
  command = plan

  assert {
    condition = [for expression in [
      "cron(30 1 ? * SUN *)",
      "cron(3 * * * ? *)",
      "cron(0/15 8-17 ? JAN,MAR MON#2 2026-2030)",
      "cron(5,10-12,*/20 1 1,15 * ? *)",
      "cron(0 1 L * ? *)",
      "cron(0 1 15W * ? *)",
      "cron(0 1 ? * 6L *)",
      "cron(0 1 ? * MON-FRI *)",
      "cron(0 1 ? * SUN 2199)",
      "rate(1 minute)",
      "rate(1 hour)",
      "rate(12 hours)",
      "rate(7 days)",
    ] : expression if !can(regex(local.schedule_pattern, expression))] == []
    error_message = "Valid expressions must match."
  }
}

run "invalid_expressions_do_not_match" {
  command = plan

  assert {
    condition = [for reason, expression in {
      "text"              = "weekly"
      "one-time"          = "at(2026-01-01T00:00:00)"
      "plural for 1"      = "rate(1 hours)"
      "singular for 2"    = "rate(2 hour)"
      "rate of 0"         = "rate(0 minutes)"
      "fraction"          = "rate(1.5 hours)"
      "unknown unit"      = "rate(2 weeks)"
      "five fields"       = "cron(0 1 * * ?)"
      "seven fields"      = "cron(0 1 * * ? * *)"
      "minute"            = "cron(60 1 ? * SUN *)"
      "hour"              = "cron(0 24 ? * SUN *)"
      "day 0"             = "cron(0 1 0 * ? *)"
      "day 32"            = "cron(0 1 32 * ? *)"
      "month"             = "cron(0 1 ? 13 SUN *)"
      "weekday 0"         = "cron(0 1 ? * 0 *)"
      "weekday 8"         = "cron(0 1 ? * 8 *)"
      "name"              = "cron(0 1 ? * SUNDAY *)"
      "year before"       = "cron(0 1 ? * SUN 1969)"
      "year after"        = "cron(0 1 ? * SUN 2200)"
      "both day fields"   = "cron(0 1 * * * *)"
      "no day field"      = "cron(0 1 ? * ? *)"
      "a sixth Wednesday" = "cron(0 1 ? * 3#6 *)"
      "step of 0"         = "cron(*/0 1 ? * SUN *)"
      "empty value"       = "cron(,1 1 ? * SUN *)"
      "trailing text"     = "cron(0 1 ? * SUN *) daily"
    } : reason if can(regex(local.schedule_pattern, expression))] == []
    error_message = "Invalid expressions must not match."
  }
}

run "minute_60_in_a_train_schedule" {
  command = plan

  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 1, train_schedule = "cron(60 1 ? * SUN *)" }]
  }

  expect_failures = [var.series]
}

run "plural_for_1_in_an_ingest_schedule" {
  command = plan

  variables {
    ingest_schedules = { "1d" = "cron(7 0 * * ? *)", "1h" = "rate(1 hours)" }
  }

  expect_failures = [var.ingest_schedules]
}

run "both_day_fields_in_an_ingest_schedule" {
  command = plan

  variables {
    ingest_schedules = { "1d" = "cron(7 0 * * * *)", "1h" = "rate(1 hour)" }
  }

  expect_failures = [var.ingest_schedules]
}

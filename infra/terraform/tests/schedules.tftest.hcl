# An expression that EventBridge Scheduler would refuse at apply is refused at plan, and one that it takes is taken.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "each_form_that_aws_takes" {
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
    error_message = "A schedule that AWS takes is refused."
  }
}

run "each_form_that_aws_refuses" {
  command = plan

  assert {
    condition = [for why, expression in {
      "words"                = "weekly"
      "once and never again" = "at(2026-01-01T00:00:00)"
      "one is singular"      = "rate(1 hours)"
      "two are plural"       = "rate(2 hour)"
      "never"                = "rate(0 minutes)"
      "no half"              = "rate(1.5 hours)"
      "no such unit"         = "rate(2 weeks)"
      "five fields"          = "cron(0 1 * * ?)"
      "seven fields"         = "cron(0 1 * * ? * *)"
      "minute"               = "cron(60 1 ? * SUN *)"
      "hour"                 = "cron(0 24 ? * SUN *)"
      "day 0"                = "cron(0 1 0 * ? *)"
      "day 32"               = "cron(0 1 32 * ? *)"
      "month"                = "cron(0 1 ? 13 SUN *)"
      "weekday 0"            = "cron(0 1 ? * 0 *)"
      "weekday 8"            = "cron(0 1 ? * 8 *)"
      "name"                 = "cron(0 1 ? * SUNDAY *)"
      "year before"          = "cron(0 1 ? * SUN 1969)"
      "year after"           = "cron(0 1 ? * SUN 2200)"
      "both days"            = "cron(0 1 * * * *)"
      "no day"               = "cron(0 1 ? * ? *)"
      "a sixth Wednesday"    = "cron(0 1 ? * 3#6 *)"
      "step of 0"            = "cron(*/0 1 ? * SUN *)"
      "empty value"          = "cron(,1 1 ? * SUN *)"
      "something behind it"  = "cron(0 1 ? * SUN *) daily"
    } : why if can(regex(local.schedule_pattern, expression))] == []
    error_message = "A schedule that AWS refuses is taken."
  }
}

run "a_minute_60_of_a_training" {
  command = plan

  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 1, train_schedule = "cron(60 1 ? * SUN *)" }]
  }

  expect_failures = [var.series]
}

run "an_ingest_every_1_hours" {
  command = plan

  variables {
    ingest_schedules = { "1d" = "cron(7 0 * * ? *)", "1h" = "rate(1 hours)" }
  }

  expect_failures = [var.ingest_schedules]
}

run "both_days_of_an_ingest" {
  command = plan

  variables {
    ingest_schedules = { "1d" = "cron(7 0 * * * *)", "1h" = "rate(1 hour)" }
  }

  expect_failures = [var.ingest_schedules]
}

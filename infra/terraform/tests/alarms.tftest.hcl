# Alarms cover each failure once, use the dimensions that the functions write, and name their section of RUNBOOK.md.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "by_default" {
  assert {
    condition     = toset(keys(module.alarm["function_errors"].alarms)) == toset(["ingest", "train", "score", "predict", "track"]) && keys(module.alarm["function_throttles"].alarms) == keys(module.alarm["function_errors"].alarms)
    error_message = "Each function must have an alarm for errors and one for throttles."
  }

  assert {
    condition = { for name, alarm in module.alarm["function_slow"].alarms : name => alarm.threshold } == {
      predict = 9000, score = 270000, track = 26100, train = 810000
    }
    error_message = "Each function but ingest must have an alarm at 90 % of its time-out."
  }

  assert {
    condition     = toset(keys(module.alarm["dead_letters"].alarms)) == toset(["ingest", "train", "score"])
    error_message = "Each dead-letter queue must have an alarm."
  }

  assert {
    condition = jsonencode({ for slug, alarm in module.alarm["ingest_stale"].alarms : slug => alarm.dimensions }) == jsonencode({
      eth-usd-1d = { Symbol = "ETH-USD", Interval = "1d" }
      eth-usd-1h = { Symbol = "ETH-USD", Interval = "1h" }
    })
    error_message = "Each symbol and interval must have an alarm with the dimensions that ingest writes."
  }

  assert {
    condition = alltrue([
      for alarm in module.alarm["ingest_stale"].alarms :
      alarm.period * alarm.evaluation_periods == 26 * 60 * 60 && alarm.treat_missing_data == "breaching" && alarm.actions_enabled
    ])
    error_message = "26 hours without an ingest, or without metrics, must start the alarm."
  }

  assert {
    condition = { for slug, alarm in module.alarm["forecasts_missing"].alarms : slug => alarm.period * alarm.evaluation_periods / 3600 if alarm.treat_missing_data == "breaching" } == {
      eth-usd-1d-h1 = 26, eth-usd-1d-h7 = 26, eth-usd-1h-h24 = 4, eth-usd-1h-h1 = 4
    }
    error_message = "26 hours without a daily forecast, or 4 without an hourly one, must start the alarm."
  }

  assert {
    condition     = alltrue([for alarm in module.alarm["training_missing"].alarms : alarm.period * alarm.evaluation_periods == 7 * 24 * 60 * 60 && alarm.treat_missing_data == "breaching"])
    error_message = "A week without a finished training must start the alarm."
  }

  assert {
    condition = alltrue([
      for alarms in [
        module.alarm["forecasts_missing"].alarms, module.alarm["training_failed"].alarms,
        module.alarm["training_missing"].alarms, module.alarm["model_refused"].alarms,
        module.alarm["evidence"].alarms,
      ] : toset([for alarm in alarms : alarm.dimensions["Series"]]) == toset(output.series)
    ])
    error_message = "Each series must have its own alarms."
  }

  assert {
    condition     = { for query in aws_cloudwatch_metric_alarm.api_errors.metric_query : query.id => try(query.metric[0].metric_name, query.expression) } == { errors = "5xx", requests = "Count", percent = "IF(errors >= 3, 100 * errors / requests, 0)" }
    error_message = "The percentage of failed responses must start the alarm, from 3 failures on."
  }

  assert {
    condition     = module.alarm["api_slow"].alarms["api"].extended_statistic == "p99" && module.alarm["api_slow"].alarms["api"].threshold == 1000 && module.alarm["api_slow"].alarms["api"].datapoints_to_alarm == 3
    error_message = "A slow API must start the alarm after 3 periods; a single cold start must not."
  }

  assert {
    condition     = toset([for alarm in local.alarm_resources : alarm.metric_name if alarm.actions_enabled == false]) == toset(["AlertAction"])
    error_message = "All alarms but evidence must send notifications; score sends those of evidence."
  }

  assert {
    condition     = alltrue([for alarm in module.alarm["evidence"].alarms : alarm.treat_missing_data == "ignore" && alarm.threshold == 3])
    error_message = "The alarm evidence must keep its state between two bars."
  }

  assert {
    condition     = alltrue([for alarm in local.alarm_resources : alarm.alarm_actions == toset([aws_sns_topic.alerts.arn]) && alarm.ok_actions == alarm.alarm_actions])
    error_message = "Each alarm must notify the topic when it starts and when it ends."
  }

  assert {
    condition     = length(distinct(output.alarm_names)) == length(local.alarm_resources) && alltrue([for name in output.alarm_names : startswith(name, "weathervane-")])
    error_message = "Alarm names must be distinct and have the prefix."
  }

  assert {
    condition = alltrue([
      for alarm in local.alarm_resources :
      strcontains(lower(file("../../RUNBOOK.md")), "\n### ${replace(one(regex("RUNBOOK\\.md#([a-z-]+)$", alarm.alarm_description)), "-", " ")}\n")
    ])
    error_message = "Each alarm must name an existing section of RUNBOOK.md."
  }
}

run "disabled_schedules_silence_alarms_of_missing_data" {
  variables {
    schedules_enabled = false
  }

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.this : schedule.state == "DISABLED"])
    error_message = "All schedules must be disabled."
  }

  assert {
    condition     = toset([for alarm in local.alarm_resources : alarm.metric_name if alarm.actions_enabled == false]) == toset(["IngestSucceeded", "ForecastsMade", "TrainingFinished", "AlertAction"])
    error_message = "Alarms of missing data, and no others, must stop their notifications."
  }
}

run "no_training_alarm_days_means_no_alarm" {
  variables {
    training_alarm_days = null
  }

  assert {
    condition     = length(module.alarm["training_missing"].alarms) == 0
    error_message = "There must be no alarm training-missing."
  }
}

run "dashboard_covers_alarms_functions_and_series" {
  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 1 }, { symbol = "BTC-USD", interval = "1h", horizon = 24 }]
  }

  assert {
    condition     = toset(one([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.alarms if widget.type == "alarm"])) == toset([for alarm in local.alarm_resources : alarm.arn])
    error_message = "The dashboard must show all alarms."
  }

  assert {
    condition = length(setsubtract(
      ["ingest", "train", "score", "predict", "track", "eth-usd-1d", "btc-usd-1h"],
      [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : try(widget.properties.title, "")],
    )) == 0
    error_message = "Each function, and each symbol and interval, must have a graph."
  }

  assert {
    condition     = alltrue([for slug in output.series : contains([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : try(widget.properties.markdown, "")], "## ${slug}")])
    error_message = "Each series must have a row."
  }

  assert {
    # A graph with dimensions that no function writes stays empty.
    condition = alltrue(flatten([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [
        for metric in try(widget.properties.metrics, []) :
        contains(["AWS/ApiGateway", "AWS/Lambda", "AWS/SQS"], metric[0]) || contains([["Series"], ["Function"], ["Source"], ["Symbol", "Interval"]], [for index, part in metric : part if index >= 2 && index % 2 == 0 && can(regex("^", part))])
      ]
    ]))
    error_message = "Graphs must use dimensions that the functions write."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.x + widget.width <= 24 && widget.height >= 1
    ])
    error_message = "Widgets must fit in the dashboard's width."
  }

  assert {
    condition     = length(distinct([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : "${widget.x} ${widget.y}"])) == length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets)
    error_message = "Widgets must have distinct positions."
  }
}

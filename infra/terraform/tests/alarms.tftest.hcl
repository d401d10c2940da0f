# Each failure rings once, under the dimensions that the functions write, and leads to its part of the runbook.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "by_default" {
  assert {
    condition     = toset(keys(module.alarm["function_errors"].alarms)) == toset(["ingest", "train", "score", "predict"]) && keys(module.alarm["function_throttles"].alarms) == keys(module.alarm["function_errors"].alarms)
    error_message = "Each function's errors and throttles ring."
  }

  assert {
    condition = { for name, alarm in module.alarm["function_slow"].alarms : name => alarm.threshold } == {
      predict = 9000, score = 270000, train = 810000
    }
    error_message = "A function that is about to be cut off rings; a back-fill uses its time by design."
  }

  assert {
    condition     = toset(keys(module.alarm["dead_letters"].alarms)) == toset(["ingest", "train", "score"])
    error_message = "Each dead-letter queue rings."
  }

  assert {
    condition = jsonencode({ for market, alarm in module.alarm["ingest_stale"].alarms : market => alarm.dimensions }) == jsonencode({
      eth-usd-1d = { Symbol = "ETH-USD", Interval = "1d" }
      eth-usd-1h = { Symbol = "ETH-USD", Interval = "1h" }
    })
    error_message = "Each market's silence rings, under the dimensions that ingest writes."
  }

  assert {
    condition = alltrue([
      for alarm in module.alarm["ingest_stale"].alarms :
      alarm.period * alarm.evaluation_periods == 26 * 60 * 60 && alarm.treat_missing_data == "breaching" && alarm.actions_enabled
    ])
    error_message = "26 hours without an ingest have to ring, silence included."
  }

  assert {
    condition = { for slug, alarm in module.alarm["forecasts_missing"].alarms : slug => alarm.period * alarm.evaluation_periods / 3600 if alarm.treat_missing_data == "breaching" } == {
      eth-usd-1d-h1 = 26, eth-usd-1d-h7 = 26, eth-usd-1h-h24 = 4
    }
    error_message = "A score that makes no forecast, or is silent, rings by its bars' pace."
  }

  assert {
    condition     = alltrue([for alarm in module.alarm["training_missing"].alarms : alarm.period * alarm.evaluation_periods == 7 * 24 * 60 * 60 && alarm.treat_missing_data == "breaching"])
    error_message = "A week without a finished training rings."
  }

  assert {
    condition = alltrue([
      for alarms in [
        module.alarm["forecasts_missing"].alarms, module.alarm["training_failed"].alarms,
        module.alarm["training_missing"].alarms, module.alarm["model_refused"].alarms,
        module.alarm["evidence"].alarms,
      ] : toset([for alarm in alarms : alarm.dimensions["Series"]]) == toset(output.series)
    ])
    error_message = "Each series rings for itself."
  }

  assert {
    condition     = { for query in aws_cloudwatch_metric_alarm.api_errors.metric_query : query.id => try(query.metric[0].metric_name, query.expression) } == { errors = "5xx", requests = "Count", percent = "IF(errors >= 3, 100 * errors / requests, 0)" }
    error_message = "The share of failed answers rings, and one failure of two requests does not."
  }

  assert {
    condition     = module.alarm["api_slow"].alarms["api"].extended_statistic == "p99" && module.alarm["api_slow"].alarms["api"].threshold == 1000 && module.alarm["api_slow"].alarms["api"].datapoints_to_alarm == 3
    error_message = "An API that stays slow rings; one cold start does not."
  }

  assert {
    condition     = toset([for alarm in local.alarm_resources : alarm.metric_name if alarm.actions_enabled == false]) == toset(["AlertAction"])
    error_message = "Only of the evidence nobody is told a second time: score's own mail says it."
  }

  assert {
    condition     = alltrue([for alarm in module.alarm["evidence"].alarms : alarm.treat_missing_data == "ignore" && alarm.threshold == 3])
    error_message = "What asks for a training shows until it is over, also between two bars."
  }

  assert {
    condition     = alltrue([for alarm in local.alarm_resources : alarm.alarm_actions == toset([aws_sns_topic.alerts.arn]) && alarm.ok_actions == alarm.alarm_actions])
    error_message = "An alarm tells nobody, or not that it is over."
  }

  assert {
    condition     = length(distinct(output.alarm_names)) == length(local.alarm_resources) && alltrue([for name in output.alarm_names : startswith(name, "weathervane-")])
    error_message = "Two alarms have one name, or one has no prefix."
  }

  assert {
    condition = alltrue([
      for alarm in local.alarm_resources :
      strcontains(lower(file("../../RUNBOOK.md")), "\n### ${replace(one(regex("RUNBOOK\\.md#([a-z-]+)$", alarm.alarm_description)), "-", " ")}\n")
    ])
    error_message = "An alarm does not say which part of RUNBOOK.md is about it, or that part is not there."
  }
}

run "with_the_schedules_off_silence_is_expected" {
  variables {
    schedules_enabled = false
  }

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.this : schedule.state == "DISABLED"])
    error_message = "A schedule still runs."
  }

  assert {
    condition     = toset([for alarm in local.alarm_resources : alarm.metric_name if alarm.actions_enabled == false]) == toset(["IngestSucceeded", "ForecastsMade", "TrainingFinished", "AlertAction"])
    error_message = "An alarm would ring for ever, or one that is no matter of schedules is silent."
  }
}

run "trained_less_often_than_weekly" {
  variables {
    training_alarm_days = null
  }

  assert {
    condition     = length(module.alarm["training_missing"].alarms) == 0
    error_message = "It would ring between two trainings."
  }
}

run "the_dashboard" {
  variables {
    series = [{ symbol = "ETH-USD", interval = "1d", horizon = 1 }, { symbol = "BTC-USD", interval = "1h", horizon = 24 }]
  }

  assert {
    condition     = toset(one([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.properties.alarms if widget.type == "alarm"])) == toset([for alarm in local.alarm_resources : alarm.arn])
    error_message = "An alarm is not on the dashboard."
  }

  assert {
    condition = length(setsubtract(
      ["ingest", "train", "score", "predict", "eth-usd-1d", "btc-usd-1h"],
      [for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : try(widget.properties.title, "")],
    )) == 0
    error_message = "A function or a market has no graph."
  }

  assert {
    condition     = alltrue([for slug in output.series : contains([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : try(widget.properties.markdown, "")], "## ${slug}")])
    error_message = "A series has no row."
  }

  assert {
    # Of the metrics' dimensions: a graph of a name that no function writes would stay empty for ever.
    condition = alltrue(flatten([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [
        for metric in try(widget.properties.metrics, []) :
        contains(["AWS/ApiGateway", "AWS/Lambda", "AWS/SQS"], metric[0]) || contains([["Series"], ["Function"], ["Source"], ["Symbol", "Interval"]], [for place, part in metric : part if place >= 2 && place % 2 == 0 && can(regex("^", part))])
      ]
    ]))
    error_message = "A graph asks for dimensions that no function writes."
  }

  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget.x + widget.width <= 24 && widget.height >= 1
    ])
    error_message = "A widget is wider than the dashboard."
  }

  assert {
    condition     = length(distinct([for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : "${widget.x} ${widget.y}"])) == length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets)
    error_message = "Two widgets are at one place."
  }
}

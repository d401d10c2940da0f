# CloudWatch dashboard, derived from the lists of functions, series and alarms. A row has a heading and graphs side by side;
# their number decides their positions.

locals {
  function_names = { for name, function in module.function : name => function.name }
  api_dimension  = ["ApiId", aws_apigatewayv2_api.this.id]

  # Metrics are [namespace, name, dimension name, dimension value, ..., options].
  dashboard_rows = concat(
    [
      {
        title = "API"
        graphs = [
          { title = "requests and errors", stat = "Sum", period = 300, metrics = [
            for name in ["Count", "4xx", "5xx"] : concat(["AWS/ApiGateway", name], local.api_dimension, [{ label = name }])
          ] },
          { title = "latency, ms", stat = "p50", period = 300, metrics = [
            for stat in ["p50", "p99"] : concat(["AWS/ApiGateway", "Latency"], local.api_dimension, [{ label = stat, stat = stat }])
          ] },
          { title = "failed reads", stat = "Sum", period = 300, metrics = [
            for name in ["ModelUnavailable", "WindowUnavailable", "QualityReportUnavailable", "ModelRefused"] :
            [local.metric_namespace, name, "Function", "predict", { label = name }]
          ] },
        ]
      },
      {
        title = "Functions"
        graphs = [for name, function in local.functions : {
          title = name, stat = "Sum", period = 300, metrics = concat(
            [for metric in ["Invocations", "Errors", "Throttles"] : ["AWS/Lambda", metric, "FunctionName", local.function_names[name], { label = metric }]],
            [["AWS/Lambda", "Duration", "FunctionName", local.function_names[name], { label = "longest duration, ms (time-out ${function.timeout_seconds * 1000})", stat = "Maximum", yAxis = "right" }]],
          )
        }]
      },
      {
        title = "Market data"
        graphs = concat(
          [for slug, bars in local.symbol_intervals : {
            title = slug, stat = "Sum", period = 3600, metrics = concat(
              [for metric in ["BarsIngested", "BarsRevised", "QualityFindings"] : [local.metric_namespace, metric, "Symbol", bars[0].symbol, "Interval", bars[0].interval, { label = metric }]],
              [[local.metric_namespace, "DataAgeSeconds", "Symbol", bars[0].symbol, "Interval", bars[0].interval, { label = "age of the last bar, s", stat = "Maximum", yAxis = "right" }]],
            )
          }],
          [{ title = "failures of sources", stat = "Sum", period = 3600, metrics = [
            for source in var.sources : [local.metric_namespace, "SourceFailure", "Source", source, { label = source }]
          ] }],
        )
      },
    ],
    [for slug, series in local.series : {
      title = slug
      graphs = [
        { title = "forecasts and notifications", stat = "Sum", period = 3600, metrics = [
          for metric in ["ForecastsMade", "ForecastsSettled", "AlertSent", "RetrainRequested", "RecoverySent"] : [local.metric_namespace, metric, "Series", slug, { label = metric }]
        ] },
        { title = "live performance; skill above 0 is better than climatology", stat = "Average", period = 3600, metrics = [
          [local.metric_namespace, "BrierSkill", "Series", slug, { label = "Brier skill" }],
          [local.metric_namespace, "RollingLogLoss", "Series", slug, { label = "log loss", yAxis = "right" }],
          [local.metric_namespace, "ExpectedLogLoss", "Series", slug, { label = "expected log loss", yAxis = "right" }],
        ] },
        { title = "distribution of the move", stat = "Average", period = 3600, metrics = [
          [local.metric_namespace, "CrpsSkill", "Series", slug, { label = "CRPS skill" }],
          [local.metric_namespace, "CrpsSkillRecent", "Series", slug, { label = "CRPS skill over 365 days" }],
          [local.metric_namespace, "Coverage80", "Series", slug, { label = "held by the 80 % band", yAxis = "right" }],
        ] },
        { title = "evidence against the champion", stat = "Maximum", period = 3600, metrics = [
          [local.metric_namespace, "EValueClimatology", "Series", slug, { label = "e-value: worse than climatology" }],
          [local.metric_namespace, "EValueHoldout", "Series", slug, { label = "e-value: worse than hold-out bound" }],
          [local.metric_namespace, "EValueDistribution", "Series", slug, { label = "e-value: distribution worse than climatology" }],
          [local.metric_namespace, "EValueCoverage", "Series", slug, { label = "e-value: 80 % band holds another share" }],
          [local.metric_namespace, "AlertAction", "Series", slug, { label = "action, 0 to 4", yAxis = "right" }],
        ] },
        { title = "market shift", stat = "Maximum", period = 3600, metrics = [
          [local.metric_namespace, "DriftSeverity", "Series", slug, { label = "range and volume; limit 1" }],
          [local.metric_namespace, "DriftShare", "Series", slug, { label = "share of drifted features" }],
          [local.metric_namespace, "BarsLate", "Series", slug, { label = "bars late", yAxis = "right" }],
        ] },
        { title = "trainings", stat = "Sum", period = 24 * 60 * 60, metrics = concat(
          [for metric in ["TrainingFinished", "TrainingFailed", "Promoted"] : [local.metric_namespace, metric, "Series", slug, { label = metric }]],
          [[local.metric_namespace, "HoldoutBrierSkill", "Series", slug, { label = "hold-out Brier skill", stat = "Average", yAxis = "right" }]],
        ) },
      ]
    }],
    [{
      title = "Dead letters"
      graphs = [{ title = "messages in dead-letter queues", stat = "Maximum", period = 300, metrics = [
        for name in local.queue_functions : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", module.function[name].dead_letter_queue.name, { label = name }]
      ] }]
    }],
  )

  # A row has height 1 for its heading and 6 for its graphs. The alarms are above the rows.
  dashboard_widgets = concat(
    [
      { type = "text", x = 0, y = 0, width = 24, height = 1, properties = { markdown = "# ${var.name}" } },
      { type = "alarm", x = 0, y = 1, width = 24, height = 5, properties = { title = "Alarms (see RUNBOOK.md)", alarms = [for alarm in local.alarm_resources : alarm.arn] } },
    ],
    flatten([for index, row in local.dashboard_rows : concat(
      [{ type = "text", x = 0, y = 6 + 7 * index, width = 24, height = 1, properties = { markdown = "## ${row.title}" } }],
      [for column, graph in row.graphs : {
        type = "metric", x = column * floor(24 / length(row.graphs)), y = 7 + 7 * index, width = floor(24 / length(row.graphs)), height = 6
        properties = {
          title   = graph.title, view = "timeSeries", region = data.aws_region.current.region
          metrics = graph.metrics, stat = graph.stat, period = graph.period
        }
      }],
    )]),
    [{
      type = "log", x = 0, y = 6 + 7 * length(local.dashboard_rows), width = 24, height = 6
      properties = {
        title = "Latest errors", view = "table", region = data.aws_region.current.region
        query = join(" | ", concat(
          [for name, function in module.function : "SOURCE '${function.log_group.name}'"],
          ["filter level = 'ERROR'", "fields @timestamp, function, series, run, request_id, message, error", "sort @timestamp desc", "limit 20"],
        ))
      }
    }],
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({ start = "-P7D", periodOverride = "inherit", widgets = local.dashboard_widgets })
}

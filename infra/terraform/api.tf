locals {
  # Group => its routes. Authorisation and throttling are set for a group. CloudWatch counts each listed route separately.
  route_groups = {
    # Probes and load balancers.
    status = [
      "GET /health",
      "GET /ready",
      "GET /version",
      "GET /ping",
      "GET /openapi.json",
      "GET /v1/series/{series}/ping",
      "GET /v1/series/{series}/version",
    ]
    # Stored forecasts, reports and pages.
    read = [
      "GET /",
      # All reports, as pages and as JSON: a path variable of the gateway stands for a whole segment.
      "GET /reports/{series}/{report}",
      "GET /v1/series",
      "GET /v1/series/{series}/forecast",
      "GET /v1/series/{series}/forecasts",
      "GET /v1/series/{series}/versions",
    ]
    # Routes that run a model on the caller's bars, and explanations, which cost as much as thousands of forecasts.
    compute = [
      "GET /v1/series/{series}/explanation",
      "POST /predict",
      "POST /invocations",
      "POST /v1/series/{series}/forecast",
      "POST /v1/series/{series}/invocations",
    ]
  }

  api_auth      = merge({ for group in keys(local.route_groups) : group => "none" }, var.api_auth)
  any_iam       = contains(values(local.api_auth), "iam")
  authorization = { none = "NONE", iam = "AWS_IAM" }

  # All routes of MLflow's REST API; track itself knows them and refuses others. With tokens it also knows the callers.
  track_routes = { "ANY /api/{proxy+}" = var.tracking_auth == "signed" ? "AWS_IAM" : "NONE" }

  # HEAD needs the same authorisation as GET.
  grouped_routes = merge([for group, routes in local.route_groups : merge([for route in routes : merge(
    { (route) = group },
    startswith(route, "GET ") ? { replace(route, "GET ", "HEAD ") = group } : {},
  )]...)]...)

  # Route => authorisation. With $default predict handles all other requests, and returns problem JSON. A listed path with
  # a trailing slash also matches $default, which therefore has the strictest authorisation.
  routes = merge(
    { for route, group in local.grouped_routes : route => local.authorization[local.api_auth[group]] },
    { "$default" = local.any_iam ? "AWS_IAM" : "NONE" },
    local.preflight,
  )

  cors = length(var.cors_allowed_origins) > 0
  # Browsers send preflight requests without credentials. The gateway handles them itself, unless $default matches first.
  preflight = local.cors && local.any_iam ? { "OPTIONS /" = "NONE", "OPTIONS /{proxy+}" = "NONE" } : {}
  # Headers of a signed request.
  signature_headers = local.any_iam ? ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"] : []
}

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = "Forecasts of Weathervane."
  protocol_type = "HTTP"

  dynamic "cors_configuration" {
    for_each = local.cors ? [var.cors_allowed_origins] : []

    content {
      allow_origins = cors_configuration.value
      # Without those that only track has: its clients are no pages.
      allow_methods = ["GET", "HEAD", "POST"]
      # With if-none-match a page that polls receives 304 while nothing has changed.
      allow_headers = concat(["content-type", "if-none-match"], local.signature_headers)
      # Headers that a page needs for caching, for error reports and for retries.
      expose_headers = ["cache-control", "etag", "retry-after", "x-request-id"]
      max_age        = 3600
    }
  }
}

resource "aws_apigatewayv2_integration" "predict" {
  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.function["predict"].invoke_arn
  payload_format_version = "2.0"
  # Longer than the time-out of the function, so that its error is returned. The maximum is 30 s.
  timeout_milliseconds = min(30000, local.functions.predict.timeout_seconds * 1000 + 1000)
}

resource "aws_apigatewayv2_route" "this" {
  # checkov:skip=CKV_AWS_309:Each route has NONE or AWS_IAM, by `api_auth`; checkov does not evaluate for_each.
  for_each = local.routes

  api_id             = aws_apigatewayv2_api.this.id
  route_key          = each.key
  authorization_type = each.value
  target             = "integrations/${aws_apigatewayv2_integration.predict.id}"
}

resource "aws_apigatewayv2_integration" "track" {
  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.function["track"].invoke_arn
  payload_format_version = "2.0"
  timeout_milliseconds   = min(30000, local.functions.track.timeout_seconds * 1000 + 1000)
}

resource "aws_apigatewayv2_route" "track" {
  # checkov:skip=CKV_AWS_309:The route has AWS_IAM, or NONE where track checks tokens (`tracking_auth`); checkov does not evaluate for_each.
  for_each = local.track_routes

  api_id             = aws_apigatewayv2_api.this.id
  route_key          = each.key
  authorization_type = each.value
  target             = "integrations/${aws_apigatewayv2_integration.track.id}"
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = local.throttle.rate_per_second
    throttling_burst_limit   = local.throttle.burst
    detailed_metrics_enabled = true
  }

  dynamic "route_settings" {
    for_each = local.throttle.compute == null ? {} : { for route, group in local.grouped_routes : route => local.throttle.compute if group == "compute" }

    content {
      route_key                = route_settings.key
      throttling_rate_limit    = route_settings.value.rate_per_second
      throttling_burst_limit   = route_settings.value.burst
      detailed_metrics_enabled = true
    }
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    # Without text of the caller, which the gateway does not escape. The log line of predict with the same request_id has
    # the path, escaped.
    format = jsonencode({
      time               = "$context.requestTime"
      request_id         = "$context.integration.requestId"
      gateway_request    = "$context.requestId"
      route              = "$context.routeKey"
      status             = "$context.status"
      latency_ms         = "$context.responseLatency"
      function_ms        = "$context.integrationLatency"
      source_ip          = "$context.identity.sourceIp"
      response_bytes     = "$context.responseLength"
      gateway_error      = "$context.error.responseType"
      integration_status = "$context.integrationStatus"
    })
  }

  # Without this the stage could be deployed before its routes exist.
  depends_on = [aws_apigatewayv2_route.this, aws_apigatewayv2_route.track]
}

resource "aws_cloudwatch_log_group" "api" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts with AWS's own key; a customer-managed key would cost more than the logs, which contain no secrets.
  # checkov:skip=CKV_AWS_338:`log_retention_days` decides, 30 by default; data of lasting value is in the bucket and the tables.
  # API Gateway adds groups outside /aws/vendedlogs/ to the account's log resource policy, whose size is limited.
  name              = "/aws/vendedlogs/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_permission" "api" {
  statement_id  = "Api"
  action        = "lambda:InvokeFunction"
  function_name = module.function["predict"].name
  principal     = "apigateway.amazonaws.com"
  # All routes of this API.
  source_arn = "${aws_apigatewayv2_api.this.execution_arn}/*/*"
}

resource "aws_lambda_permission" "api_track" {
  statement_id  = "Api"
  action        = "lambda:InvokeFunction"
  function_name = module.function["track"].name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/*/*/api/*"
}

locals {
  # Each route in one group; a group is what authorisation and throttling are set for. The routes are listed, so that
  # CloudWatch counts them apart and a new one is in no group by oversight.
  route_groups = {
    # What a probe or a load balancer asks: nothing of it is about a market.
    status = [
      "GET /health",
      "GET /ready",
      "GET /version",
      "GET /ping",
      "GET /openapi.json",
      "GET /v1/series/{series}/ping",
      "GET /v1/series/{series}/version",
    ]
    # What is stored already.
    read = [
      "GET /",
      # The latest report and each earlier one, as a page and as JSON: a gateway's path has variables for whole parts only.
      "GET /reports/{series}/{report}",
      "GET /v1/series",
      "GET /v1/series/{series}/forecast",
      "GET /v1/series/{series}/forecasts",
    ]
    # What runs a model on what the caller sends, or takes one apart: an explanation costs as much as thousands of forecasts.
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

  # HEAD is answered like GET, so it is asked for the same credentials.
  grouped_routes = merge([for group, routes in local.route_groups : merge([for route in routes : merge(
    { (route) = group },
    startswith(route, "GET ") ? { replace(route, "GET ", "HEAD ") = group } : {},
  )]...)]...)

  # Route => its authorisation. $default lets predict answer all other requests with its own problem JSON. A path that
  # differs from a listed one by a slash comes to it, so it is as strict as the strictest group.
  routes = merge(
    { for route, group in local.grouped_routes : route => local.authorization[local.api_auth[group]] },
    { "$default" = local.any_iam ? "AWS_IAM" : "NONE" },
    local.preflight,
  )

  cors = length(var.cors_allowed_origins) > 0
  # A browser sends its preflight without credentials. The gateway answers it by itself, unless $default catches it first.
  preflight = local.cors && local.any_iam ? { "OPTIONS /" = "NONE", "OPTIONS /{proxy+}" = "NONE" } : {}
  # What the signature of a request consists of.
  signature_headers = local.any_iam ? ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"] : []
}

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = "Weathervane's forecasts."
  protocol_type = "HTTP"

  dynamic "cors_configuration" {
    for_each = local.cors ? [var.cors_allowed_origins] : []

    content {
      allow_origins = cors_configuration.value
      allow_methods = ["GET", "HEAD", "POST"]
      # A page that polls asks by if-none-match, and is spared the answer it has.
      allow_headers = concat(["content-type", "if-none-match"], local.signature_headers)
      # Without these a page could read the answer and neither cache it, nor name it in a complaint, nor know when to
      # come back.
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
  # Longer than the function's own time-out, so that the function's failure is what is seen; 30 s is the most there is.
  timeout_milliseconds = min(30000, local.functions.predict.timeout_seconds * 1000 + 1000)
}

resource "aws_apigatewayv2_route" "this" {
  # checkov:skip=CKV_AWS_309:Each route says NONE or AWS_IAM, by `api_auth`; checkov does not follow for_each.
  for_each = local.routes

  api_id             = aws_apigatewayv2_api.this.id
  route_key          = each.key
  authorization_type = each.value
  target             = "integrations/${aws_apigatewayv2_integration.predict.id}"
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
    # Nothing of it is the caller's text, which the gateway would put between the quotes as it is: the path is in
    # predict's own line of the same request_id, escaped.
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

  # Without its routes a stage would be deployed empty.
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_cloudwatch_log_group" "api" {
  # checkov:skip=CKV_AWS_158:CloudWatch Logs encrypts by AWS's own key; a key of one's own would cost more than the logs, and they hold no secret.
  # checkov:skip=CKV_AWS_338:How long is `log_retention_days`, 30 by default: what lasts is in the bucket and the tables.
  # Under /aws/vendedlogs/ API Gateway need not grow the account's log resource policy, whose size is limited.
  name              = "/aws/vendedlogs/apigateway/${var.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_permission" "api" {
  statement_id  = "Api"
  action        = "lambda:InvokeFunction"
  function_name = module.function["predict"].name
  principal     = "apigateway.amazonaws.com"
  # Any route of this one API.
  source_arn = "${aws_apigatewayv2_api.this.execution_arn}/*/*"
}

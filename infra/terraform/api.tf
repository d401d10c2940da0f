locals {
  # The routes are listed so that CloudWatch counts them apart; $default lets predict answer all others with its own
  # problem JSON.
  routes = toset([
    "GET /v1/series",
    "GET /v1/series/{series}/forecast",
    "POST /v1/series/{series}/forecast",
    "GET /v1/series/{series}/forecasts",
    "POST /predict",
    "GET /health",
    "GET /openapi.json",
    "$default",
  ])
}

resource "aws_apigatewayv2_api" "this" {
  name          = var.name
  description   = "Weathervane's forecasts."
  protocol_type = "HTTP"

  dynamic "cors_configuration" {
    for_each = length(var.cors_allowed_origins) == 0 ? [] : [var.cors_allowed_origins]

    content {
      allow_origins = cors_configuration.value
      allow_methods = ["GET", "POST"]
      allow_headers = ["content-type"]
      max_age       = 3600
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
  for_each = local.routes

  api_id    = aws_apigatewayv2_api.this.id
  route_key = each.value
  target    = "integrations/${aws_apigatewayv2_integration.predict.id}"
}

resource "aws_apigatewayv2_stage" "this" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = var.throttle.rate_per_second
    throttling_burst_limit   = var.throttle.burst
    detailed_metrics_enabled = true
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    format = jsonencode({
      time               = "$context.requestTime"
      request            = "$context.requestId"
      route              = "$context.routeKey"
      path               = "$context.path"
      status             = "$context.status"
      latency_ms         = "$context.responseLatency"
      function_ms        = "$context.integrationLatency"
      source_ip          = "$context.identity.sourceIp"
      response_bytes     = "$context.responseLength"
      gateway_error      = "$context.error.message"
      integration_status = "$context.integrationStatus"
    })
  }

  # Without its routes a stage would be deployed empty.
  depends_on = [aws_apigatewayv2_route.this]
}

resource "aws_cloudwatch_log_group" "api" {
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

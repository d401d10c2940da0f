# Who may call what, how often, and from whose pages.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "by_default" {
  assert {
    # The contract of predict (functions/predict/openapi.json) lists the same; what is under reports/ is one route here.
    condition = toset([for route in keys(local.grouped_routes) : route if !startswith(route, "HEAD ")]) == toset([
      "GET /", "GET /reports/{series}/{report}", "GET /v1/series", "GET /v1/series/{series}/forecast",
      "GET /v1/series/{series}/explanation", "POST /v1/series/{series}/forecast", "GET /v1/series/{series}/forecasts",
      "POST /predict", "GET /ping",
      "POST /invocations", "GET /v1/series/{series}/ping", "GET /v1/series/{series}/version", "POST /v1/series/{series}/invocations", "GET /health",
      "GET /ready", "GET /version", "GET /openapi.json",
    ])
    error_message = "A route is in no group, or there is one that predict does not answer."
  }

  assert {
    condition     = length(local.grouped_routes) == sum([for route in flatten(values(local.route_groups)) : startswith(route, "GET ") ? 2 : 1])
    error_message = "A route is in two groups, or a GET without its HEAD."
  }

  assert {
    condition     = toset(keys(aws_apigatewayv2_route.this)) == setunion(keys(local.grouped_routes), ["$default"])
    error_message = "There is a route beside those of the groups and $default."
  }

  assert {
    condition     = contains(local.route_groups.compute, "GET /v1/series/{series}/explanation") && !anytrue([for route in concat(local.route_groups.status, local.route_groups.read) : startswith(route, "POST ")])
    error_message = "What runs a model on what the caller sends, or takes one apart, is not in compute."
  }

  assert {
    condition     = alltrue([for authorization in values(output.api_routes) : authorization == "NONE"])
    error_message = "The API is open unless it is closed."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 5 && aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 5
    error_message = "In an account of 10 executions the API is not held to half of them."
  }

  assert {
    condition     = length(aws_apigatewayv2_stage.this.route_settings) == 0
    error_message = "No route has limits of its own unless they are given."
  }

  assert {
    condition     = length(aws_apigatewayv2_api.this.cors_configuration) == 0
    error_message = "No origin was allowed."
  }

  assert {
    condition     = !strcontains(aws_apigatewayv2_stage.this.access_log_settings[0].format, "$context.path")
    error_message = "The access log takes the caller's text as it comes: a path could forge its fields."
  }

  assert {
    condition     = jsondecode(aws_apigatewayv2_stage.this.access_log_settings[0].format).request_id == "$context.integration.requestId"
    error_message = "An access log line does not lead to predict's own."
  }

  assert {
    condition     = module.function["predict"].environment["WEATHERVANE_API_URL"] == "https://mock.execute-api.eu-central-1.amazonaws.com" && output.api_url == module.function["score"].environment["WEATHERVANE_API_URL"]
    error_message = "The mails would link to nothing."
  }
}

run "closed" {
  variables {
    api_auth             = { status = "iam", read = "iam", compute = "iam" }
    cors_allowed_origins = []
  }

  assert {
    condition     = alltrue([for route in aws_apigatewayv2_route.this : route.authorization_type == "AWS_IAM"])
    error_message = "A route is left open."
  }
}

run "one_closed_group_closes_what_is_in_no_group" {
  variables {
    api_auth = { compute = "iam" }
  }

  assert {
    condition     = toset([for route, authorization in output.api_routes : route if authorization == "AWS_IAM"]) == setunion(local.route_groups.compute, ["HEAD /v1/series/{series}/explanation", "$default"])
    error_message = "POST /predict/ would go round the authorisation of POST /predict, or an open group is closed."
  }

  assert {
    condition     = output.api_routes["HEAD /health"] == "NONE" && output.api_routes["GET /v1/series/{series}/ping"] == "NONE"
    error_message = "A probe needs no credentials."
  }
}

run "pages_of_another_origin_with_credentials" {
  variables {
    api_auth             = { read = "iam", compute = "iam" }
    cors_allowed_origins = ["https://example.com"]
  }

  assert {
    condition = [for cors in aws_apigatewayv2_api.this.cors_configuration : {
      origins = cors.allow_origins
      methods = cors.allow_methods
      exposed = cors.expose_headers
      }] == [{
      origins = toset(["https://example.com"])
      methods = toset(["GET", "HEAD", "POST"])
      exposed = toset(["cache-control", "etag", "retry-after", "x-request-id"])
    }]
    error_message = "A page of an allowed origin cannot use what it is answered."
  }

  assert {
    condition     = length(setsubtract(["content-type", "if-none-match", "authorization", "x-amz-date"], one(aws_apigatewayv2_api.this.cors_configuration).allow_headers)) == 0
    error_message = "A page may not send what a conditional or a signed request needs."
  }

  assert {
    condition     = [for route, authorization in output.api_routes : route if authorization == "NONE" && !contains(local.route_groups.status, replace(route, "HEAD ", "GET "))] == ["OPTIONS /", "OPTIONS /{proxy+}"]
    error_message = "Beside the status routes only the preflight, which carries no credentials, may be open."
  }
}

run "pages_of_another_origin_without_credentials" {
  variables {
    cors_allowed_origins = ["https://example.com"]
  }

  assert {
    condition     = one(aws_apigatewayv2_api.this.cors_configuration).allow_headers == toset(["content-type", "if-none-match"])
    error_message = "An open API asks for no signature."
  }

  assert {
    condition     = !contains(keys(aws_apigatewayv2_route.this), "OPTIONS /{proxy+}")
    error_message = "The gateway answers preflights by itself."
  }
}

run "models_are_throttled_apart" {
  variables {
    throttle = { rate_per_second = 50, compute = { rate_per_second = 5, burst = 10 } }
  }

  assert {
    condition     = toset([for setting in aws_apigatewayv2_stage.this.route_settings : setting.route_key if setting.throttling_rate_limit == 5 && setting.throttling_burst_limit == 10 && setting.detailed_metrics_enabled]) == setunion(local.route_groups.compute, ["HEAD /v1/series/{series}/explanation"])
    error_message = "A route that runs a model has the limits of the others."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 50 && aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 5
    error_message = "What is not given keeps its default."
  }
}

# Authorisation, throttling and allowed origins of the API.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "by_default" {
  assert {
    # As in functions/predict/openapi.json, except that all reports are one route here.
    condition = toset([for route in keys(local.grouped_routes) : route if !startswith(route, "HEAD ")]) == toset([
      "GET /", "GET /reports/{series}/{report}", "GET /v1/series", "GET /v1/series/{series}/forecast",
      "GET /v1/series/{series}/explanation", "POST /v1/series/{series}/forecast", "GET /v1/series/{series}/forecasts",
      "GET /v1/series/{series}/versions", "POST /predict", "GET /ping",
      "POST /invocations", "GET /v1/series/{series}/ping", "GET /v1/series/{series}/version", "POST /v1/series/{series}/invocations", "GET /health",
      "GET /ready", "GET /version", "GET /openapi.json",
    ])
    error_message = "The groups must list all routes of predict, and no others."
  }

  assert {
    condition     = length(local.grouped_routes) == sum([for route in flatten(values(local.route_groups)) : startswith(route, "GET ") ? 2 : 1])
    error_message = "A route must be in one group, and each GET must have its HEAD."
  }

  assert {
    condition     = toset(keys(aws_apigatewayv2_route.this)) == setunion(keys(local.grouped_routes), ["$default"])
    error_message = "All routes but $default must be in a group."
  }

  assert {
    condition     = contains(local.route_groups.compute, "GET /v1/series/{series}/explanation") && !anytrue([for route in concat(local.route_groups.status, local.route_groups.read) : startswith(route, "POST ")])
    error_message = "Explanations, and all POST routes, must be in the group compute."
  }

  assert {
    condition     = alltrue([for route in aws_apigatewayv2_route.this : route.authorization_type == "NONE"])
    error_message = "The routes of predict must be open by default."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 5 && aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 5
    error_message = "With a limit of 10 executions the API must be throttled to half of them."
  }

  assert {
    condition     = length(aws_apigatewayv2_stage.this.route_settings) == 0
    error_message = "Routes must have no limits of their own by default."
  }

  assert {
    condition     = length(aws_apigatewayv2_api.this.cors_configuration) == 0
    error_message = "No origin must be allowed by default."
  }

  assert {
    condition     = !strcontains(aws_apigatewayv2_stage.this.access_log_settings[0].format, "$context.path")
    error_message = "The access log must not have the path: its text is not escaped and could forge fields."
  }

  assert {
    condition     = jsondecode(aws_apigatewayv2_stage.this.access_log_settings[0].format).request_id == "$context.integration.requestId"
    error_message = "The access log must have the request_id of predict's log."
  }

  assert {
    condition     = module.function["predict"].environment["WEATHERVANE_API_URL"] == "https://mock.execute-api.eu-central-1.amazonaws.com" && output.api_url == module.function["score"].environment["WEATHERVANE_API_URL"]
    error_message = "The functions must have the URL of the API, for links in mails."
  }
}

run "mlflow_routes_are_closed_by_default" {
  assert {
    condition     = { for key, route in aws_apigatewayv2_route.track : key => route.authorization_type } == { "ANY /api/{proxy+}" = "AWS_IAM" }
    error_message = "MLflow's REST API must require a signature, while all other routes are open."
  }

  assert {
    condition     = length(aws_secretsmanager_secret.tracking_tokens) == 0 && !contains(keys(module.function["track"].environment), "WEATHERVANE_TRACKING_TOKENS")
    error_message = "With signed requests there must be no secret, which has a price."
  }

  assert {
    condition     = aws_lambda_permission.api_track.source_arn == "arn:aws:execute-api:eu-central-1:123456789012:mock/*/*/api/*"
    error_message = "The gateway must invoke track by its own routes only."
  }
}

run "tokens_are_checked_by_track" {
  variables {
    tracking_auth = "token"
  }

  assert {
    condition     = output.api_routes["ANY /api/{proxy+}"] == "NONE" && module.function["track"].environment["WEATHERVANE_TRACKING_TOKENS"] == "weathervane-tracking-tokens"
    error_message = "The gateway must let requests through to track, which must know the secret."
  }

  assert {
    condition     = [for s in jsondecode(module.function["track"].policy).Statement : s.Action if s.Sid == "Tokens"] == [["secretsmanager:GetSecretValue"]]
    error_message = "track must be allowed to read the secret."
  }

  assert {
    condition     = !contains(flatten([for name, function in module.function : keys(function.environment) if name != "track"]), "WEATHERVANE_TRACKING_TOKENS")
    error_message = "Other functions must not know the secret."
  }
}

run "iam_in_all_groups_closes_all_routes" {
  variables {
    api_auth             = { status = "iam", read = "iam", compute = "iam" }
    cors_allowed_origins = []
  }

  assert {
    condition     = alltrue([for route in aws_apigatewayv2_route.this : route.authorization_type == "AWS_IAM"])
    error_message = "All routes must require a signature."
  }
}

run "a_closed_group_closes_the_default_route" {
  variables {
    api_auth = { compute = "iam" }
  }

  assert {
    condition     = toset([for route, authorization in output.api_routes : route if authorization == "AWS_IAM"]) == setunion(local.route_groups.compute, ["HEAD /v1/series/{series}/explanation", "$default", "ANY /api/{proxy+}"])
    error_message = "The closed group and $default must require a signature, and the other groups must not."
  }

  assert {
    condition     = output.api_routes["HEAD /health"] == "NONE" && output.api_routes["GET /v1/series/{series}/ping"] == "NONE"
    error_message = "Probes must need no credentials."
  }
}

run "an_allowed_origin_can_send_signed_requests" {
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
    error_message = "Pages of an allowed origin must be able to read the response headers."
  }

  assert {
    condition     = length(setsubtract(["content-type", "if-none-match", "authorization", "x-amz-date"], one(aws_apigatewayv2_api.this.cors_configuration).allow_headers)) == 0
    error_message = "Pages must be able to send the headers of conditional and signed requests."
  }

  assert {
    condition     = [for route, authorization in output.api_routes : route if authorization == "NONE" && !contains(local.route_groups.status, replace(route, "HEAD ", "GET "))] == ["OPTIONS /", "OPTIONS /{proxy+}"]
    error_message = "Only the status routes and preflight requests must be open."
  }
}

run "an_open_api_accepts_no_signature_headers" {
  variables {
    cors_allowed_origins = ["https://example.com"]
  }

  assert {
    condition     = one(aws_apigatewayv2_api.this.cors_configuration).allow_headers == toset(["content-type", "if-none-match"])
    error_message = "An open API must not list signature headers."
  }

  assert {
    condition     = !contains(keys(aws_apigatewayv2_route.this), "OPTIONS /{proxy+}")
    error_message = "The gateway must handle preflight requests itself."
  }
}

run "compute_routes_have_their_own_throttle" {
  variables {
    throttle = { rate_per_second = 50, compute = { rate_per_second = 5, burst = 10 } }
  }

  assert {
    condition     = toset([for setting in aws_apigatewayv2_stage.this.route_settings : setting.route_key if setting.throttling_rate_limit == 5 && setting.throttling_burst_limit == 10 && setting.detailed_metrics_enabled]) == setunion(local.route_groups.compute, ["HEAD /v1/series/{series}/explanation"])
    error_message = "All compute routes must have the limits of throttle.compute."
  }

  assert {
    condition     = aws_apigatewayv2_stage.this.default_route_settings[0].throttling_rate_limit == 50 && aws_apigatewayv2_stage.this.default_route_settings[0].throttling_burst_limit == 5
    error_message = "Limits that are not set must keep their defaults."
  }
}

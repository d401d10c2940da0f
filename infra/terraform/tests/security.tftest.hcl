# Access is limited to what each part needs.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifact_dir = "tests/artifacts"
}

run "by_default" {
  assert {
    condition = keys(aws_s3_bucket_public_access_block.this) == ["audit", "data"] && alltrue([
      for block in aws_s3_bucket_public_access_block.this :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "Both buckets must block public access in all four ways."
  }

  assert {
    condition     = [for versioning in aws_s3_bucket_versioning.this : versioning.versioning_configuration[0].status] == ["Enabled", "Enabled"]
    error_message = "Both buckets must keep overwritten objects."
  }

  assert {
    condition     = [for encryption in aws_s3_bucket_server_side_encryption_configuration.this : one(encryption.rule).apply_server_side_encryption_by_default[0].sse_algorithm] == ["AES256", "AES256"]
    error_message = "Both buckets must be encrypted."
  }

  assert {
    condition = [for s in jsondecode(aws_s3_bucket_policy.this["data"].policy).Statement : s] == [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::mock", "arn:aws:s3:::mock/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "The policy of the data bucket must refuse requests without TLS, and allow nothing."
  }

  assert {
    condition = {
      for name in ["ingest", "train", "score"] : name => [
        for s in jsondecode(module.function[name].dead_letter_queue.policy).Statement : s if s.Effect == "Deny"
      ]
      } == { for name in ["ingest", "train", "score"] : name => [{
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = "arn:aws:sqs:eu-central-1:123456789012:weathervane-${name}-dead-letters"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }] }
    error_message = "The queues must refuse requests without TLS."
  }

  assert {
    condition = [for s in jsondecode(aws_sns_topic_policy.alerts.policy).Statement : s if s.Effect == "Deny"] == [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = ["sns:Publish", "sns:Subscribe"]
      Resource  = "arn:aws:sns:eu-central-1:123456789012:mock"
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "The alert topic must refuse requests without TLS."
  }

  assert {
    condition = toset(keys(aws_dynamodb_resource_policy.tls_only)) == toset(["runs", "registry", "forecasts", "locks", "tracking"]) && alltrue([
      for policy in aws_dynamodb_resource_policy.tls_only : [
        for s in jsondecode(policy.policy).Statement : [s.Effect, s.Action, s.Condition]
      ] == [["Deny", "dynamodb:*", { Bool = { "aws:SecureTransport" = "false" } }]]
    ])
    error_message = "The tables must refuse requests without TLS."
  }

  assert {
    condition = {
      for name, function in module.function : name => [for s in jsondecode(function.policy).Statement : s.Condition if s.Sid == "Locks"]
      } == {
      for name, lock in { ingest = "ingest", train = "train", score = "alerts", predict = null, track = null } : name => [for owner in lock[*] : {
        "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["LOCK#${owner}#*"] }
        Null                      = { "dynamodb:LeadingKeys" = ["false"] }
      }]
    }
    error_message = "A function must not be allowed to release the lock of another."
  }

  assert {
    condition = {
      for name, function in module.function : name => [for s in jsondecode(function.policy).Statement : s.Condition if contains(s.Action, "events:PutEvents")]
      } == {
      for name, publishes in { ingest = true, train = true, score = false, predict = false, track = false } : name => [for allowed in [publishes] : {
        "ForAllValues:StringEquals" = { "events:source" = ["weathervane"] }
        Null                        = { "events:source" = ["false"] }
      } if allowed]
    }
    error_message = "Functions must publish as weathervane only, and only ingest and train."
  }

  assert {
    condition = alltrue(flatten([for name, function in module.function : [
      for s in jsondecode(function.policy).Statement : [
        for action in s.Action : !contains(["dynamodb:BatchWriteItem", "dynamodb:DeleteItem"], action) || s.Sid == "Locks" && action == "dynamodb:DeleteItem"
      ]
    ]]))
    error_message = "Functions must be allowed to delete locks only."
  }

  assert {
    # As JSON, because in HCL a list never equals a tuple.
    condition = jsonencode([
      for selector in aws_cloudtrail.writes[0].advanced_event_selector : {
        for field in selector.field_selector : field.field => coalescelist(coalesce(field.equals, []), coalesce(field.starts_with, []))
      }
      ]) == jsonencode([
      { eventCategory = ["Data"], "resources.type" = ["AWS::DynamoDB::Table"], "resources.ARN" = ["arn:aws:dynamodb:eu-central-1:123456789012:table/mock"], readOnly = ["false"] },
      { eventCategory = ["Data"], "resources.type" = ["AWS::S3::Object"], "resources.ARN" = ["arn:aws:s3:::mock/"], readOnly = ["false"] },
    ])
    error_message = "The trail must record writes of objects and of the registry."
  }

  assert {
    condition     = aws_cloudtrail.writes[0].enable_log_file_validation && aws_cloudtrail.writes[0].s3_bucket_name != aws_s3_bucket.this["data"].bucket
    error_message = "The trail must use another bucket than the data, and signed files."
  }

  assert {
    condition     = output.audit_log_group == "/aws/cloudtrail/weathervane-writes"
    error_message = "The log group must exist; RUNBOOK.md uses it."
  }

  assert {
    condition     = !contains(keys(module.function["predict"].environment), "AWS_CA_BUNDLE")
    error_message = "The functions must trust the compiled-in root certificates by default."
  }

  assert {
    condition     = alltrue([for bucket in aws_s3_bucket.this : bucket.force_destroy == false])
    error_message = "A bucket with objects must not be deleted by default."
  }

  assert {
    condition     = toset(keys(module.function)) == toset(["ingest", "train", "score", "predict", "track"])
    error_message = "There must be five functions."
  }

  assert {
    condition     = length(distinct([for name, function in module.function : function.policy])) == 5
    error_message = "Each function must have its own policy."
  }

  assert {
    condition = alltrue(flatten([for name, function in module.function : [
      for s in jsondecode(function.policy).Statement : [for action in s.Action : can(regex("^[a-z0-9]+:[A-Za-z]+$", action))]
    ]]))
    error_message = "Policies must name each action in full."
  }

  assert {
    # Allowed wildcards: the objects below a prefix, and the streams of the function's own log group.
    condition = alltrue(flatten([for name, function in module.function : [
      for s in jsondecode(function.policy).Statement : [
        for resource in s.Resource :
        !strcontains(resource, "*") || can(regex("^arn:aws:s3:::mock/(bars|observations|quality|window|pending|raw|models|reports|tracking)/\\*$", resource)) || can(regex(":log-group:[^*]+:log-stream:\\*$", resource))
      ]
    ]]))
    error_message = "Policies must name each resource."
  }

  assert {
    condition = alltrue([
      for s in jsondecode(module.function["predict"].policy).Statement :
      s.Sid == "OwnLog" || length(setsubtract(s.Action, ["s3:GetObject", "s3:ListBucket", "dynamodb:GetItem", "dynamodb:Query"])) == 0
    ])
    error_message = "predict must only read, because it serves the internet."
  }

  assert {
    condition = {
      for prefix in ["bars", "observations", "quality", "window", "pending", "raw"] : prefix => join(" ", sort([
        for name, function in module.function : name
        if contains(flatten([for s in jsondecode(function.policy).Statement : s.Action if contains(s.Resource, "arn:aws:s3:::mock/${prefix}/*")]), "s3:PutObject")
      ]))
    } == { bars = "ingest", observations = "ingest", quality = "ingest", window = "ingest", pending = "ingest", raw = "ingest" }
    error_message = "Only ingest must write market data."
  }

  assert {
    condition = {
      for prefix in ["bars", "observations", "quality", "window", "pending", "raw"] : prefix => join(" ", sort([
        for name, function in module.function : name
        if contains(flatten([for s in jsondecode(function.policy).Statement : s.Action if contains(s.Resource, "arn:aws:s3:::mock/${prefix}/*")]), "s3:GetObject")
      ]))
    } == { bars = "ingest score train", observations = "ingest", quality = "ingest predict", window = "ingest predict score", pending = "ingest", raw = "" }
    error_message = "Each function must read only the market data that it needs."
  }

  assert {
    condition = toset([
      for name, function in module.function : name
      if contains(flatten([for s in jsondecode(function.policy).Statement : s.Action if strcontains(s.Sid, "Registry")]), "dynamodb:PutItem")
    ]) == toset(["train"])
    error_message = "Only train must write the registry."
  }

  assert {
    condition     = alltrue([for s in jsondecode(module.function["predict"].policy).Statement : s.Sid == "OwnLog" || !anytrue([for r in s.Resource : strcontains(r, "/index/") || strcontains(r, "/bars/")])])
    error_message = "predict must read no index and no bars."
  }

  assert {
    condition = toset([
      for name, function in module.function : name
      if contains(flatten([for s in jsondecode(function.policy).Statement : s.Action]), "sns:Publish")
    ]) == toset(["score"])
    error_message = "Only score must publish alerts."
  }

  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.server_side_encryption[0].enabled])
    error_message = "Tables must be encrypted with a key of the account."
  }

  assert {
    condition     = alltrue([for table in aws_dynamodb_table.this : table.point_in_time_recovery[0].enabled && table.deletion_protection_enabled])
    error_message = "Tables must have point-in-time recovery and deletion protection."
  }

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.train.filter_policy) == { kind = ["drift"], action = ["retrain"] }
    error_message = "Only a drift alert that requests retraining must start train."
  }
}

run "require_tls_off_removes_all_tls_statements" {
  variables {
    require_tls = false
  }

  assert {
    condition = keys(aws_s3_bucket_policy.this) == ["audit"] && length(aws_dynamodb_resource_policy.tls_only) == 0 && !anytrue([
      for policy in concat([aws_sns_topic_policy.alerts.policy, aws_s3_bucket_policy.this["audit"].policy], [for name in ["ingest", "train", "score"] : module.function[name].dead_letter_queue.policy]) :
      strcontains(policy, "SecureTransport")
    ])
    error_message = "No policy must require TLS."
  }
}

run "audit_writes_off_removes_the_trail" {
  variables {
    audit_writes = false
  }

  assert {
    condition     = length(aws_cloudtrail.writes) == 0 && keys(aws_s3_bucket.this) == ["data"] && output.audit_log_group == null
    error_message = "The trail, its bucket and its log group must be absent."
  }
}

run "all_functions_trust_the_ca_bundle" {
  variables {
    ca_bundle = "/etc/pki/tls/certs/ca-bundle.crt"
  }

  assert {
    condition     = alltrue([for function in module.function : function.environment["AWS_CA_BUNDLE"] == "/etc/pki/tls/certs/ca-bundle.crt"])
    error_message = "All functions must trust the given root certificates."
  }
}

run "active_tracing_adds_the_only_wildcard_resource" {
  variables {
    tracing_mode = "Active"
  }

  assert {
    condition = alltrue(flatten([for name, function in module.function : [
      for s in jsondecode(function.policy).Statement : s.Sid == "Trace" if contains(s.Resource, "*")
    ]]))
    error_message = "Only the statement for X-Ray must have the resource *."
  }
}

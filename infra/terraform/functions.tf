locals {
  bucket_arn = aws_s3_bucket.this["data"].arn
  table_arns = { for name, table in aws_dynamodb_table.this : name => table.arn }

  # Without s3:ListBucket S3 returns 403 instead of 404 for a missing object. A condition on the prefix is not possible,
  # because a read of an object has no prefix.
  missing_objects = { sid = "MissingObjects", actions = ["s3:ListBucket"], resources = [local.bucket_arn] }

  # Function => first part of the names of its locks. No function can release the lock of another.
  lock_names = { ingest = "ingest", train = "train", score = "alerts" }

  use_locks = { for function, name in local.lock_names : function => {
    sid        = "Locks"
    actions    = ["dynamodb:PutItem", "dynamodb:DeleteItem"]
    resources  = [local.table_arns.locks]
    conditions = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["LOCK#${name}#*"] }, Null = { "dynamodb:LeadingKeys" = ["false"] } }
  } }

  # The rules accept this source only, and no function can publish as another.
  publish_events = {
    sid        = "PublishEvents"
    actions    = ["events:PutEvents"]
    resources  = [aws_cloudwatch_event_bus.this.arn]
    conditions = { "ForAllValues:StringEquals" = { "events:source" = ["weathervane"] }, Null = { "events:source" = ["false"] } }
  }

  statements = {
    ingest = [
      local.missing_objects,
      {
        sid       = "Bars"
        actions   = ["s3:GetObject", "s3:PutObject"]
        resources = [for prefix in ["bars", "observations", "quality", "window", "pending"] : "${local.bucket_arn}/${prefix}/*"]
      },
      { sid = "RawResponses", actions = ["s3:PutObject"], resources = ["${local.bucket_arn}/raw/*"] },
      local.use_locks.ingest,
      local.publish_events,
    ]

    train = [
      local.missing_objects,
      { sid = "Bars", actions = ["s3:GetObject"], resources = ["${local.bucket_arn}/bars/*"] },
      { sid = "Models", actions = ["s3:GetObject", "s3:PutObject"], resources = ["${local.bucket_arn}/models/*"] },
      {
        sid       = "Runs"
        actions   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]
        resources = [local.table_arns.runs]
      },
      {
        sid       = "Registry"
        actions   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"]
        resources = [local.table_arns.registry]
      },
      # The live forecasts of champion and challengers, for the gate.
      { sid = "Forecasts", actions = ["dynamodb:Query"], resources = [local.table_arns.forecasts] },
      local.use_locks.train,
      local.publish_events,
    ]

    score = concat(
      [
        local.missing_objects,
        {
          sid       = "BarsAndModels"
          actions   = ["s3:GetObject"]
          resources = ["${local.bucket_arn}/bars/*", "${local.bucket_arn}/window/*", "${local.bucket_arn}/models/*"]
        },
        { sid = "Reports", actions = ["s3:GetObject", "s3:PutObject"], resources = ["${local.bucket_arn}/reports/*"] },
        {
          sid       = "Forecasts"
          actions   = ["dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem"]
          resources = [local.table_arns.forecasts]
        },
        { sid = "Registry", actions = ["dynamodb:GetItem"], resources = [local.table_arns.registry] },
        local.use_locks.score,
        { sid = "Notifications", actions = ["sns:Publish"], resources = [aws_sns_topic.alerts.arn] },
      ],
      [for key in var.alert_topic_kms_key_arn[*] : {
        sid       = "EncryptNotifications"
        actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
        resources = [key]
      }],
    )

    predict = [
      local.missing_objects,
      {
        sid       = "ServedObjects"
        actions   = ["s3:GetObject"]
        resources = [for prefix in ["window", "quality", "models", "reports"] : "${local.bucket_arn}/${prefix}/*"]
      },
      {
        # Champion; for the dashboard also the versions and the champion history.
        sid       = "Registry"
        actions   = ["dynamodb:GetItem", "dynamodb:Query"]
        resources = [local.table_arns.registry]
      },
      {
        # Forecasts and alerts; for the dashboard also the latest runs.
        sid       = "ForecastsAndRuns"
        actions   = ["dynamodb:Query"]
        resources = [local.table_arns.forecasts, local.table_arns.runs]
      },
    ]

    track = concat(
      [
        local.missing_objects,
        {
          # Deletion leaves the versions of the bucket.
          sid       = "Files"
          actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
          resources = ["${local.bucket_arn}/tracking/*"]
        },
        {
          # Every write is a conditional put; what is deleted for a client is marked.
          sid       = "Experiments"
          actions   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"]
          resources = [local.table_arns.tracking, "${local.table_arns.tracking}/index/by_change"]
        },
      ],
      # Weathervane's own trainings, which clients see and do not change.
      [{ sid = "OwnTrainings", actions = ["dynamodb:GetItem", "dynamodb:Query"], resources = [local.table_arns.runs, local.table_arns.registry] }],
      [for secret in aws_secretsmanager_secret.tracking_tokens : {
        sid       = "Tokens"
        actions   = ["secretsmanager:GetSecretValue"]
        resources = [secret.arn]
      }],
    )
  }

  descriptions = {
    ingest  = "Fetches, validates and stores bars"
    train   = "Trains, evaluates and registers a model, and promotes it if it passes the gate"
    score   = "Stores and settles forecasts, monitors the champion, and sends reports and alerts"
    predict = "Serves forecasts over HTTP"
    track   = "Speaks MLflow's REST API: experiments, runs, registered models and files"
  }

  # predict and track are invoked synchronously only, so they have no dead letters.
  asynchronous = {
    ingest = { retries = 2, max_event_seconds = 6 * 60 * 60 }
    # A training that waits for another one of its series until its time-out is retried.
    train   = { retries = 2, max_event_seconds = 6 * 60 * 60 }
    score   = { retries = 2, max_event_seconds = 6 * 60 * 60 }
    predict = null
    track   = null
  }

  # Without the schedules: EventBridge Scheduler writes its dead letters with its own role.
  dead_letter_sources = {
    ingest  = { "events.amazonaws.com" = aws_cloudwatch_event_rule.ingest_requested.arn }
    train   = { "sns.amazonaws.com" = aws_sns_topic.alerts.arn }
    score   = { "events.amazonaws.com" = aws_cloudwatch_event_rule.bars_ingested.arn }
    predict = {}
    track   = {}
  }
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name                 = "${var.name}-${each.key}"
  description          = local.descriptions[each.key]
  package              = "${var.artifact_dir}/${each.key}/bootstrap.zip"
  architecture         = var.architecture
  memory_mb            = each.value.memory_mb
  timeout_seconds      = each.value.timeout_seconds
  reserved_concurrency = each.value.reserved_concurrency
  tracing_mode         = var.tracing_mode
  environment          = merge(local.environment, local.own_environment[each.key])
  log_retention_days   = var.log_retention_days
  statements           = local.statements[each.key]
  asynchronous         = local.asynchronous[each.key]
  dead_letter_sources  = local.dead_letter_sources[each.key]
  require_tls          = var.require_tls
}

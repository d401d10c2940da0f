locals {
  bucket_arn = aws_s3_bucket.this["data"].arn
  table_arns = { for name, table in aws_dynamodb_table.this : name => table.arn }

  # Without this S3 answers 403 instead of 404 for an object that is not there. A condition on the prefix would not
  # help: a read of an object carries no prefix, so the condition would fail and the 403 come back.
  tell_missing_objects = { sid = "TellMissingObjects", actions = ["s3:ListBucket"], resources = [local.bucket_arn] }

  # Function => the locks it takes, by the first part of their names. Nobody can free another's lock.
  lock_names = { ingest = "ingest", train = "train", score = "alerts" }

  use_locks = { for function, name in local.lock_names : function => {
    sid        = "Locks"
    actions    = ["dynamodb:PutItem", "dynamodb:DeleteItem"]
    resources  = [local.table_arns.locks]
    conditions = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["LOCK#${name}#*"] }, Null = { "dynamodb:LeadingKeys" = ["false"] } }
  } }

  # The rules listen to this one source, and no other may be claimed.
  announce = {
    sid        = "Announce"
    actions    = ["events:PutEvents"]
    resources  = [aws_cloudwatch_event_bus.this.arn]
    conditions = { "ForAllValues:StringEquals" = { "events:source" = ["weathervane"] }, Null = { "events:source" = ["false"] } }
  }

  statements = {
    ingest = [
      local.tell_missing_objects,
      {
        sid       = "Bars"
        actions   = ["s3:GetObject", "s3:PutObject"]
        resources = [for prefix in ["bars", "observations", "quality", "window"] : "${local.bucket_arn}/${prefix}/*"]
      },
      { sid = "RawAnswers", actions = ["s3:PutObject"], resources = ["${local.bucket_arn}/raw/*"] },
      local.use_locks.ingest,
      local.announce,
    ]

    train = [
      local.tell_missing_objects,
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
      local.use_locks.train,
      local.announce,
    ]

    score = concat(
      [
        local.tell_missing_objects,
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
        { sid = "Alert", actions = ["sns:Publish"], resources = [aws_sns_topic.alerts.arn] },
      ],
      [for key in var.alert_topic_kms_key_arn[*] : {
        sid       = "EncryptAlerts"
        actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
        resources = [key]
      }],
    )

    predict = [
      local.tell_missing_objects,
      {
        sid       = "WhatIsServed"
        actions   = ["s3:GetObject"]
        resources = [for prefix in ["window", "quality", "models", "reports"] : "${local.bucket_arn}/${prefix}/*"]
      },
      {
        # Who serves; for the dashboard also the versions and who served before.
        sid       = "Registry"
        actions   = ["dynamodb:GetItem", "dynamodb:Query"]
        resources = [local.table_arns.registry]
      },
      {
        # Forecasts and alerts; for the dashboard the latest runs.
        sid       = "Record"
        actions   = ["dynamodb:Query"]
        resources = [local.table_arns.forecasts, local.table_arns.runs]
      },
    ]
  }

  descriptions = {
    ingest  = "Fetches closed bars, checks and stores them"
    train   = "Searches, evaluates and registers a model, and judges it by the gate"
    score   = "Forecasts, settles, measures drift, reports and alerts"
    predict = "Answers HTTP with forecasts"
  }

  # Nothing calls predict asynchronously, so nothing of it can become a dead letter.
  asynchronous = {
    ingest = { retries = 2, max_event_seconds = 6 * 60 * 60 }
    # A training that finds another of its series at work until its time is over tries again.
    train   = { retries = 2, max_event_seconds = 6 * 60 * 60 }
    score   = { retries = 2, max_event_seconds = 6 * 60 * 60 }
    predict = null
  }

  # The schedules are missing here: EventBridge Scheduler writes its dead letters under its own role.
  dead_letter_sources = {
    ingest  = { "events.amazonaws.com" = aws_cloudwatch_event_rule.ingest_requested.arn }
    train   = { "sns.amazonaws.com" = aws_sns_topic.alerts.arn }
    score   = { "events.amazonaws.com" = aws_cloudwatch_event_rule.bars_ingested.arn }
    predict = {}
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
  environment          = local.environment
  log_retention_days   = var.log_retention_days
  statements           = local.statements[each.key]
  asynchronous         = local.asynchronous[each.key]
  dead_letter_sources  = local.dead_letter_sources[each.key]
  require_tls          = var.require_tls
}

locals {
  # The functions need no scan with these keys. ARCHITECTURE.md has their meaning.
  tables = {
    runs = {
      attributes = { pk = "S", sk = "S", series = "S", holdout_log_loss = "N" }
      range_key  = "sk"
      ttl        = null
      # Runs of a series by hold-out log loss.
      indexes = { by_log_loss = { hash_key = "series", range_key = "holdout_log_loss" } }
    }
    registry  = { attributes = { pk = "S", sk = "S" }, range_key = "sk", ttl = null, indexes = {} }
    forecasts = { attributes = { pk = "S", sk = "S" }, range_key = "sk", ttl = null, indexes = {} }
    # DynamoDB deletes a lock that its owner could not release.
    locks = { attributes = { pk = "S" }, range_key = null, ttl = "expires_at", indexes = {} }
    # Experiments, runs and registered models of people. The index has the runs of an experiment by the time of their last change,
    # and is read consistently, which only a local one allows.
    tracking = { attributes = { pk = "S", sk = "S", changed = "S" }, range_key = "sk", ttl = null, indexes = {} }
  }

  # Table => local index => its sort key.
  local_indexes = { tracking = { by_change = "changed" } }
}

resource "aws_dynamodb_table" "this" {
  # checkov:skip=CKV_AWS_119:The account's aws/dynamodb key encrypts the tables; models and forecasts of a public market need no customer-managed key.
  for_each = local.tables

  name                        = "${var.name}-${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = each.value.range_key
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = each.value.attributes

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.hash_key
      range_key       = global_secondary_index.value.range_key
      projection_type = "ALL"
    }
  }

  dynamic "local_secondary_index" {
    for_each = lookup(local.local_indexes, each.key, {})

    content {
      name            = local_secondary_index.key
      range_key       = local_secondary_index.value
      projection_type = "ALL"
    }
  }

  dynamic "ttl" {
    for_each = each.value.ttl[*]

    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled = true
  }
}

resource "aws_dynamodb_resource_policy" "tls_only" {
  for_each = var.require_tls ? aws_dynamodb_table.this : {}

  resource_arn = each.value.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in local.tls_only : merge(statement, {
      Action   = "dynamodb:*"
      Resource = [each.value.arn, "${each.value.arn}/index/*"]
    })]
  })
}

# Policies are written with jsonencode, not with the aws_iam_policy_document data source: a mocked provider returns
# invented text for a data source, so tests could not read the policy.

resource "aws_iam_role" "this" {
  name        = var.name
  description = var.description

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [merge(
      {
        Sid       = title(split(".", var.service)[0])
        Effect    = "Allow"
        Principal = { Service = var.service }
        Action    = "sts:AssumeRole"
      },
      { for name, conditions in { Condition = { StringEquals = var.source_conditions } } : name => conditions if length(var.source_conditions) > 0 },
    )]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "least-privilege"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for s in var.statements : merge(
      {
        Sid      = s.sid
        Effect   = "Allow"
        Action   = s.actions
        Resource = s.resources
      },
      { for name, conditions in { Condition = s.conditions } : name => conditions if length(conditions) > 0 },
    )]
  })
}

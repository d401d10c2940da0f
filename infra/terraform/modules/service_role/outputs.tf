# Each output waits for the policy, so that nothing starts under a role without permissions.

output "arn" {
  description = "ARN of the role."
  value       = aws_iam_role.this.arn
  depends_on  = [aws_iam_role_policy.this]
}

output "policy" {
  description = "The role's policy, as JSON."
  value       = aws_iam_role_policy.this.policy
}

# Tokens of callers of MLflow's REST API. Terraform makes the secret and not its value, which would be in the state. README.md has
# the command that sets it: {"tokens": [{"name": "ci", "sha256": "...", "access": "write"}]}. It has hashes only.

resource "aws_secretsmanager_secret" "tracking_tokens" {
  # checkov:skip=CKV_AWS_149:The account's aws/secretsmanager key encrypts it, and it has hashes of random tokens only.
  # checkov:skip=CKV2_AWS_57:A function that rotated tokens would have to give them to their callers; they are replaced by hand.
  count = var.tracking_auth == "token" ? 1 : 0

  name        = "${var.name}-tracking-tokens"
  description = "SHA-256 hashes of the tokens of callers of MLflow's REST API."
  # A name that waits for its deletion cannot be used again.
  recovery_window_in_days = var.deletion_protection ? 30 : 0
}

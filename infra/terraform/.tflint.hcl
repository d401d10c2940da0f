# All rules of the built-in ruleset. The ruleset for AWS is a separate program that tflint downloads; `terraform validate`
# checks values by the schema of the provider instead.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

rule "terraform_standard_module_structure" {
  # Files are named after their content and kept short: variables are in three files, and there is no main.tf.
  enabled = false
}

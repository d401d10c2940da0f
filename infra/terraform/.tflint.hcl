# All rules of the ruleset that tflint brings along. The one for AWS is a program of its own that tflint downloads; what it would
# say of values, `terraform validate` says by the provider's schema.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

rule "terraform_standard_module_structure" {
  # Files are named after what is in them, and no file is longer than 400 lines: variables are in two, and there is no main.tf.
  enabled = false
}

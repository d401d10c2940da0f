module weathervane.invalid/provider

go 1.24

require github.com/hashicorp/terraform-provider-aws v1.60.0

replace github.com/hashicorp/terraform-provider-aws => github.com/upbound/terraform-provider-aws v0.0.0-20251204202605-7049bcc1808e

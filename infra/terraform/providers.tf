# The provider reads endpoint and credentials from the environment (AWS_ENDPOINT_URL, AWS_REGION, AWS_PROFILE, ...), so
# that an emulator needs no other provider block.
provider "aws" {
  region            = var.region
  s3_use_path_style = var.s3_addressing == "path"

  default_tags {
    tags = merge({ application = var.name, managed-by = "terraform" }, var.tags)
  }
}

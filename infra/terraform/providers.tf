# Endpoint and credentials come from the environment (AWS_ENDPOINT_URL, AWS_REGION, AWS_PROFILE, ...): the provider
# reads them itself, so that an emulator needs no provider block of its own.
provider "aws" {
  region            = var.region
  s3_use_path_style = var.s3_addressing == "path"

  default_tags {
    tags = merge({ application = var.name, managed-by = "terraform" }, var.tags)
  }
}

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

# One region of AWS for each workspace: a provider block cannot be chosen by each.key. For more regions, make one workspace and one
# 'kind: Provider' for each.
variable "region" {
  description = "The region of AWS that all nodes of this workspace are in."
  type        = string
  default     = "us-east-1"
}

provider "aws" {
  region = var.region
}

# The spec's 'image' is an AMI, its 'instanceType' an instance type. 'settings' may have: subnet, security_groups (separated by commas).
resource "aws_instance" "node" {
  for_each = var.nodes

  ami                    = each.value.image
  instance_type          = coalesce(each.value.instance_type, "c6i.large")
  subnet_id              = lookup(each.value.settings, "subnet", null)
  vpc_security_group_ids = compact(split(",", lookup(each.value.settings, "security_groups", "")))
  user_data              = var.user_data[each.key]

  metadata_options {
    http_tokens = "required"
  }

  tags = {
    Name                 = each.key
    "smreconcile:owner"  = each.value.owner
    "smreconcile:group"  = each.value.group
    "smreconcile:region" = each.value.region
    "smreconcile:role"   = each.value.role
    "smreconcile:node"   = each.key
  }

  lifecycle {
    # A node stays as it was made: a change of the spec makes new nodes. Without this every change here would touch all.
    ignore_changes = [ami, user_data, tags_all]
  }
}

output "nodes" {
  description = "Read by smreconcile: what became of each node."
  value = {
    for id, node in aws_instance.node : id => {
      id      = node.id
      address = coalesce(node.public_ip, node.private_ip)
    }
  }
}

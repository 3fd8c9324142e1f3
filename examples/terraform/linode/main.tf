terraform {
  required_providers {
    linode = {
      source  = "linode/linode"
      version = ">= 2.0"
    }
  }
}

variable "region" {
  description = "The region of nodes whose settings name none. It must have the Metadata service."
  type        = string
  default     = "nl-ams"
}

variable "authorized_keys" {
  description = "Public keys of those who may log in as root."
  type        = list(string)
  default     = []
}

# The token is in LINODE_TOKEN.
provider "linode" {}

# The spec's 'image' is an image with cloud-init, its 'instanceType' a type. 'settings' may have: region.
resource "linode_instance" "node" {
  for_each = var.nodes

  # A label has 3 to 64 characters.
  label           = substr(each.key, 0, 64)
  image           = each.value.image
  type            = coalesce(each.value.instance_type, "g6-dedicated-4")
  region          = lookup(each.value.settings, "region", var.region)
  authorized_keys = var.authorized_keys

  metadata {
    user_data = base64encode(var.user_data[each.key])
  }

  tags = [
    "smreconcile:owner:${each.value.owner}",
    "smreconcile:group:${each.value.group}",
    "smreconcile:region:${each.value.region}",
    "smreconcile:role:${each.value.role}",
  ]

  lifecycle {
    ignore_changes = [image, metadata, authorized_keys]
  }
}

output "nodes" {
  description = "Read by smreconcile: what became of each node."
  value = {
    for id, node in linode_instance.node : id => {
      id      = node.id
      address = node.ip_address
    }
  }
}

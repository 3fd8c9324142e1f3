terraform {
  required_providers {
    digitalocean = {
      source  = "digitalocean/digitalocean"
      version = ">= 2.0"
    }
  }
}

variable "region" {
  description = "The region of nodes whose settings name none."
  type        = string
  default     = "fra1"
}

# The token is in DIGITALOCEAN_TOKEN.
provider "digitalocean" {}

# The spec's 'image' is a slug or the id of a snapshot, its 'instanceType' a size. 'settings' may have: region, vpc.
resource "digitalocean_droplet" "node" {
  for_each = var.nodes

  name      = each.key
  image     = each.value.image
  size      = coalesce(each.value.instance_type, "c-4")
  region    = lookup(each.value.settings, "region", var.region)
  vpc_uuid  = lookup(each.value.settings, "vpc", null)
  user_data = var.user_data[each.key]

  tags = [
    "smreconcile:owner:${each.value.owner}",
    "smreconcile:group:${each.value.group}",
    "smreconcile:region:${each.value.region}",
    "smreconcile:role:${each.value.role}",
  ]

  lifecycle {
    ignore_changes = [image, user_data]
  }
}

output "nodes" {
  description = "Read by smreconcile: what became of each node."
  value = {
    for id, node in digitalocean_droplet.node : id => {
      id      = node.id
      address = node.ipv4_address
    }
  }
}

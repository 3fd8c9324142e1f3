terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 5.0"
    }
  }
}

variable "project" {
  description = "The project that the nodes are in."
  type        = string
}

variable "zone" {
  description = "The zone of nodes whose settings name none."
  type        = string
  default     = "us-east1-b"
}

variable "network" {
  description = "The network of nodes whose settings name no subnetwork."
  type        = string
  default     = "default"
}

provider "google" {
  project = var.project
}

# The spec's 'image' is an image or a family, its 'instanceType' a machine type. 'settings' may have: zone, subnetwork. The id of a node
# is its name: labels take no capital letters, and smreconcile's names have none but perhaps the owner's.
resource "google_compute_instance" "node" {
  for_each = var.nodes

  name         = each.key
  zone         = lookup(each.value.settings, "zone", var.zone)
  machine_type = coalesce(each.value.instance_type, "c3-standard-4")

  boot_disk {
    initialize_params {
      image = each.value.image
    }
  }

  network_interface {
    network    = lookup(each.value.settings, "subnetwork", null) == null ? var.network : null
    subnetwork = lookup(each.value.settings, "subnetwork", null)
    # An address of its own, from outside.
    access_config {}
  }

  metadata = {
    user-data = var.user_data[each.key]
  }

  labels = {
    smreconcile-owner  = lower(each.value.owner)
    smreconcile-group  = each.value.group
    smreconcile-region = each.value.region
    smreconcile-role   = each.value.role
    smreconcile-node   = each.key
  }

  lifecycle {
    ignore_changes = [boot_disk, metadata]
  }
}

output "nodes" {
  description = "Read by smreconcile: what became of each node."
  value = {
    for id, node in google_compute_instance.node : id => {
      id      = node.instance_id
      address = node.network_interface[0].access_config[0].nat_ip
    }
  }
}

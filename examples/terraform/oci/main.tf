terraform {
  required_providers {
    oci = {
      source  = "oracle/oci"
      version = ">= 5.0"
    }
  }
}

variable "compartment_id" {
  description = "The OCID of the compartment that the nodes are in."
  type        = string
}

variable "availability_domain" {
  description = "The availability domain of nodes whose settings name none, e.g. Uocm:PHX-AD-1."
  type        = string
}

variable "subnet_id" {
  description = "The OCID of the subnet of nodes whose settings name none."
  type        = string
}

# From ~/.oci/config, or from variables of the environment.
provider "oci" {}

# The spec's 'image' is the OCID of an image, its 'instanceType' a shape. 'settings' may have: availability_domain, subnet, ocpus, memory
# (GB, for flexible shapes).
resource "oci_core_instance" "node" {
  for_each = var.nodes

  compartment_id      = var.compartment_id
  availability_domain = lookup(each.value.settings, "availability_domain", var.availability_domain)
  display_name        = each.key
  shape               = coalesce(each.value.instance_type, "VM.Standard.E4.Flex")

  dynamic "shape_config" {
    for_each = endswith(coalesce(each.value.instance_type, "VM.Standard.E4.Flex"), ".Flex") ? [1] : []
    content {
      ocpus         = tonumber(lookup(each.value.settings, "ocpus", "2"))
      memory_in_gbs = tonumber(lookup(each.value.settings, "memory", "8"))
    }
  }

  source_details {
    source_type = "image"
    source_id   = each.value.image
  }

  create_vnic_details {
    subnet_id        = lookup(each.value.settings, "subnet", var.subnet_id)
    assign_public_ip = "true"
  }

  metadata = {
    user_data = base64encode(var.user_data[each.key])
  }

  freeform_tags = {
    smreconcile-owner  = each.value.owner
    smreconcile-group  = each.value.group
    smreconcile-region = each.value.region
    smreconcile-role   = each.value.role
    smreconcile-node   = each.key
  }

  lifecycle {
    ignore_changes = [source_details, metadata, defined_tags]
  }
}

output "nodes" {
  description = "Read by smreconcile: what became of each node."
  value = {
    for id, node in oci_core_instance.node : id => {
      id      = node.id
      address = coalesce(node.public_ip, node.private_ip)
    }
  }
}

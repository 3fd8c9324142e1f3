terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 3.0"
    }
  }
}

variable "resource_group" {
  description = "The resource group that the nodes are in."
  type        = string
}

variable "location" {
  description = "The location of nodes whose settings name none."
  type        = string
  default     = "westeurope"
}

variable "subnet_id" {
  description = "The id of the subnet of nodes whose settings name none."
  type        = string
}

variable "ssh_public_key" {
  description = "For the administrator of the machines; Azure makes none without."
  type        = string
}

provider "azurerm" {
  features {}
}

# The spec's 'image' is the id of an image of yours, its 'instanceType' a size. 'settings' may have: location, subnet. A node is three
# resources, each with its id as key: they come and go together.
resource "azurerm_public_ip" "node" {
  for_each = var.nodes

  name                = each.key
  resource_group_name = var.resource_group
  location            = lookup(each.value.settings, "location", var.location)
  allocation_method   = "Static"
  sku                 = "Standard"
  tags                = local.tags[each.key]
}

resource "azurerm_network_interface" "node" {
  for_each = var.nodes

  name                = each.key
  resource_group_name = var.resource_group
  location            = lookup(each.value.settings, "location", var.location)
  tags                = local.tags[each.key]

  ip_configuration {
    name                          = "node"
    subnet_id                     = lookup(each.value.settings, "subnet", var.subnet_id)
    private_ip_address_allocation = "Dynamic"
    public_ip_address_id          = azurerm_public_ip.node[each.key].id
  }
}

resource "azurerm_linux_virtual_machine" "node" {
  for_each = var.nodes

  name                  = each.key
  resource_group_name   = var.resource_group
  location              = lookup(each.value.settings, "location", var.location)
  size                  = coalesce(each.value.instance_type, "Standard_F2s_v2")
  source_image_id       = each.value.image
  admin_username        = "smoperator"
  network_interface_ids = [azurerm_network_interface.node[each.key].id]
  custom_data           = base64encode(var.user_data[each.key])
  tags                  = local.tags[each.key]

  admin_ssh_key {
    username   = "smoperator"
    public_key = var.ssh_public_key
  }

  os_disk {
    caching              = "ReadWrite"
    storage_account_type = "Premium_LRS"
  }

  lifecycle {
    ignore_changes = [source_image_id, custom_data, admin_ssh_key]
  }
}

locals {
  tags = {
    for id, node in var.nodes : id => {
      smreconcile-owner  = node.owner
      smreconcile-group  = node.group
      smreconcile-region = node.region
      smreconcile-role   = node.role
      smreconcile-node   = id
    }
  }
}

output "nodes" {
  description = "Read by smreconcile: what became of each node."
  value = {
    for id, node in azurerm_linux_virtual_machine.node : id => {
      id      = node.id
      address = azurerm_public_ip.node[id].ip_address
    }
  }
}

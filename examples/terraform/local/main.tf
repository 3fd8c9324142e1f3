# Nodes without a cloud: each is the agent as a process of this machine, and a record in Terraform's state. It needs no provider and no
# registry, and shows what a workspace for smreconcile looks like.

variable "nodes" {
  description = "Written by smreconcile: the nodes that there are to be, by their ids."
  type = map(object({
    owner         = string
    group         = string
    region        = string
    role          = string
    node          = string
    token         = string
    revision      = string
    image         = string
    instance_type = string
    settings      = map(string)
    endpoints     = list(object({ protocol = string, port = number }))
    manager_url   = string
  }))
  default = {}
}

variable "node_tokens" {
  description = "Written by smreconcile: each node's own token for its heartbeats."
  type        = map(string)
  default     = {}
  sensitive   = true
}

# Declared so that Terraform does not warn of a value that nobody asked for.
variable "user_data" {
  description = "Written by smreconcile: what a machine begins with. A process needs none."
  type        = map(string)
  default     = {}
  sensitive   = true
}

resource "terraform_data" "node" {
  for_each = var.nodes
  # What a destroy needs to know it must find in the state: the variables have no such node any more.
  input = {
    node    = each.key
    address = "127.0.0.1"
  }

  provisioner "local-exec" {
    command = "./node.sh start"
    environment = {
      SMRECONCILE_SERVER     = each.value.manager_url
      SMRECONCILE_NODE_ID    = each.key
      SMRECONCILE_NODE_TOKEN = var.node_tokens[each.key]
    }
  }

  provisioner "local-exec" {
    when    = destroy
    command = "./node.sh stop"
    environment = {
      SMRECONCILE_NODE_ID = self.input.node
    }
  }
}

output "nodes" {
  description = "Read by smreconcile: what became of each node."
  value = {
    for id, node in terraform_data.node : id => {
      id      = node.id
      address = node.input.address
    }
  }
}

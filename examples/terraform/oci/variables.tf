# The contract with smreconcile: these three variables and the output 'nodes'. Nothing here needs a change.

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

variable "user_data" {
  description = "Written by smreconcile: what each machine begins with. It holds the node's own token."
  type        = map(string)
  default     = {}
  sensitive   = true
}

variable "node_tokens" {
  description = "Written by smreconcile: the tokens alone, for images that start the agent in their own way."
  type        = map(string)
  default     = {}
  sensitive   = true
}

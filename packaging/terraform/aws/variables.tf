variable "region" {
  description = "The region that the manager runs in."
  type        = string
  default     = "us-east-1"
}

variable "subnet_id" {
  description = "A public subnet; the manager, its volume and its address are there."
  type        = string
}

variable "ami" {
  description = "An image of Debian 12 with cloud-init."
  type        = string
}

variable "instance_type" {
  description = "The manager's machine. It takes no media: two cores serve a hundred thousand nodes."
  type        = string
  default     = "t3.medium"
}

variable "domain" {
  description = "The manager's name, e.g. sm.example.com. Its certificate is for this name."
  type        = string
}

variable "zone_id" {
  description = "The Route 53 zone of the domain; null: point the name at the output 'address' yourself."
  type        = string
  default     = null
}

variable "acme_email" {
  description = "Let's Encrypt writes there when a certificate cannot be renewed."
  type        = string
}

variable "program_url" {
  description = "Where the program 'smreconcile' for Linux is downloaded from, e.g. a bucket of yours."
  type        = string
}

variable "program_sha256" {
  description = "Its SHA-256 in hexadecimal: anything else is not started."
  type        = string

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.program_sha256))
    error_message = "64 hexadecimal digits: sha256sum smreconcile."
  }
}

variable "admin_password" {
  description = "The password of the user 'admin' at the first start."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9_.+-]{16,}$", var.admin_password))
    error_message = "At least 16 letters, digits, or one of _ . + -; for example the output of: openssl rand -hex 16."
  }
}

variable "cluster" {
  description = "The spec: providers and node groups. The document of the manager itself is added to it. Null: cluster.yaml beside this file."
  type        = string
  default     = null
}

variable "admin_cidr" {
  description = "Who may log in over ssh, e.g. 203.0.113.0/24; null: nobody."
  type        = string
  default     = null
}

variable "key_name" {
  description = "The key pair for ssh; null: none."
  type        = string
  default     = null
}

variable "database_size" {
  description = "The volume of the database, in GB."
  type        = number
  default     = 10
}

# The manager on one machine of AWS: the program, its database on a volume of its own, its first node group, and Caddy in front of it for
# TLS. See README.md.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

provider "aws" {
  region = var.region
}

locals {
  tags = { Name = "smreconcile-manager" }
  # How the volume is seen on machines of the Nitro system: by its id, whatever the kernel calls it.
  volume_device = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${replace(aws_ebs_volume.data.id, "-", "")}"

  manager = yamlencode({
    apiVersion = "smreconcile/v1"
    kind       = "Manager"
    metadata   = { name = "manager" }
    spec = {
      # Caddy alone speaks to it, and says who the client is.
      listen         = "127.0.0.1:5080"
      trustedProxies = ["127.0.0.1/32"]
      advertiseURL   = "https://${var.domain}"
    }
  })
}

data "aws_subnet" "manager" {
  id = var.subnet_id
}

# The database. It outlives the machine.
resource "aws_ebs_volume" "data" {
  availability_zone = data.aws_subnet.manager.availability_zone
  size              = var.database_size
  type              = "gp3"
  encrypted         = true
  tags              = local.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_volume_attachment" "data" {
  device_name = "/dev/sdf"
  volume_id   = aws_ebs_volume.data.id
  instance_id = aws_instance.manager.id
  # The database is closed before its disk goes.
  stop_instance_before_detaching = true
}

resource "aws_security_group" "manager" {
  name_prefix = "smreconcile-manager-"
  description = "The manager: HTTPS for clients and nodes, HTTP for its certificate"
  vpc_id      = data.aws_subnet.manager.vpc_id
  tags        = local.tags

  dynamic "ingress" {
    for_each = toset([80, 443])
    content {
      from_port        = ingress.value
      to_port          = ingress.value
      protocol         = "tcp"
      cidr_blocks      = ["0.0.0.0/0"]
      ipv6_cidr_blocks = ["::/0"]
    }
  }

  dynamic "ingress" {
    for_each = var.admin_cidr == null ? [] : [var.admin_cidr]
    content {
      from_port   = 22
      to_port     = 22
      protocol    = "tcp"
      cidr_blocks = [ingress.value]
    }
  }

  egress {
    from_port        = 0
    to_port          = 0
    protocol         = "-1"
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

# What the provider 'ec2' does, and no more: instances are ended only where they carry its tag.
data "aws_iam_policy_document" "nodes" {
  statement {
    actions   = ["ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeSubnets", "ec2:DescribeImages"]
    resources = ["*"]
  }

  statement {
    actions   = ["ec2:RunInstances"]
    resources = ["*"]
  }

  statement {
    actions   = ["ec2:CreateTags"]
    resources = ["*"]
    condition {
      test     = "StringEquals"
      variable = "ec2:CreateAction"
      values   = ["RunInstances"]
    }
  }

  statement {
    actions   = ["ec2:TerminateInstances"]
    resources = ["*"]
    condition {
      test     = "StringLike"
      variable = "aws:ResourceTag/smreconcile:owner"
      values   = ["?*"]
    }
  }
}

data "aws_iam_policy_document" "machine" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "manager" {
  name_prefix        = "smreconcile-manager-"
  assume_role_policy = data.aws_iam_policy_document.machine.json
  tags               = local.tags
}

resource "aws_iam_role_policy" "nodes" {
  name   = "nodes"
  role   = aws_iam_role.manager.id
  policy = data.aws_iam_policy_document.nodes.json
}

resource "aws_iam_instance_profile" "manager" {
  name_prefix = "smreconcile-manager-"
  role        = aws_iam_role.manager.name
}

resource "aws_instance" "manager" {
  ami                    = var.ami
  instance_type          = var.instance_type
  subnet_id              = var.subnet_id
  key_name               = var.key_name
  vpc_security_group_ids = [aws_security_group.manager.id]
  iam_instance_profile   = aws_iam_instance_profile.manager.name
  tags                   = local.tags

  user_data = templatefile("${path.module}/cloud-init.yaml.tftpl", {
    acme_email     = var.acme_email
    admin_password = var.admin_password
    cluster        = coalesce(var.cluster, file("${path.module}/cluster.yaml"))
    domain         = var.domain
    manager        = local.manager
    program_sha256 = var.program_sha256
    program_url    = var.program_url
    unit           = file("${path.module}/../../systemd/smreconcile.service")
    volume_device  = local.volume_device
  })
  user_data_replace_on_change = true

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    encrypted = true
  }
}

resource "aws_eip" "manager" {
  domain   = "vpc"
  instance = aws_instance.manager.id
  tags     = local.tags
}

resource "aws_route53_record" "manager" {
  count   = var.zone_id == null ? 0 : 1
  zone_id = var.zone_id
  name    = var.domain
  type    = "A"
  ttl     = 60
  records = [aws_eip.manager.public_ip]
}

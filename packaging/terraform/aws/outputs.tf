output "stream_manager_url" {
  description = "The API of the manager, once its certificate is there: a minute or two after the name points at the address."
  value       = "https://${var.domain}:443"
}

output "stream_manager_admin_user" {
  description = "Who logs in first."
  value       = "admin"
}

output "stream_manager_admin_password" {
  description = "The password of the first start. Change it after the first login."
  value       = var.admin_password
  sensitive   = true
}

output "address" {
  description = "Where the domain's name must point."
  value       = aws_eip.manager.public_ip
}

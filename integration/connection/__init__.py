"""One instance, whatever integrations a deployment has: its webhook, the webhook's token, its set-up."""

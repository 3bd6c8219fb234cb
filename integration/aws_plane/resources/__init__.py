"""Resource types of CloudFormation, one file per service: what is made of each, and which properties count here."""

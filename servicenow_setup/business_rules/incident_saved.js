(function executeRule(current, previous /* null when async */) {
    new AwsSecurityIr().incidentSaved(current);
})(current, previous);

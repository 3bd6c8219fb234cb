(function executeRule(current, previous /* null when async */) {
    new AwsSecurityIr().incidentDeleted(current);
})(current, previous);

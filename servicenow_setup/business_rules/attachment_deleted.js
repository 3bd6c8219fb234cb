(function executeRule(current, previous /* null when async */) {
    new AwsSecurityIr().attachmentDeleted(current);
})(current, previous);

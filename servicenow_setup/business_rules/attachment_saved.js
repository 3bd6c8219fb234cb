(function executeRule(current, previous /* null when async */) {
    new AwsSecurityIr().attachmentSaved(current);
})(current, previous);

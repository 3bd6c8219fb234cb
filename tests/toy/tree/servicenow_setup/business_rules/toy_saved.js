(function executeRule(current, previous /* null when async */) {
    var rules = new AwsSecurityIr();
    var told = { event_type: 'ToySaved', sys_id: rules.text(current, 'sys_id'), table: 'sys_user_group' };
    rules.post(told, rules.TIMEOUT_MS);
})(current, previous);

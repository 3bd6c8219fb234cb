(function executeRule(current, previous /* null when async */) {
    var rules = new AwsSecurityIr();
    rules.post({
        event_type: 'ChangeUpdated',
        sys_id: rules.text(current, 'sys_id'),
        table: 'change_request',
        sys_mod_count: rules.text(current, 'sys_mod_count'),
        instance_name: String(gs.getProperty('instance_name') || '')
    }, rules.TIMEOUT_MS);
})(current, previous);

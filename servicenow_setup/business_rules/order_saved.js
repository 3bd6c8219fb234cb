(function executeRule(current, previous /* null when async */) {
    var rules = new AwsSecurityIr();
    rules.post({
        event_type: 'WorkspaceOrdered',
        sys_id: rules.text(current, 'sys_id'),
        table: 'sc_req_item',
        sys_mod_count: rules.text(current, 'sys_mod_count'),
        instance_name: String(gs.getProperty('instance_name') || '')
    }, rules.TIMEOUT_MS);
})(current, previous);

(function executeRule(current, previous /* null when inserted */) {
    current.setValue('approval', 'approved');
})(current, previous);

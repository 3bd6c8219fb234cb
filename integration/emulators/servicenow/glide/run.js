/*
 * One run of one script: globals, the condition, Script Includes on demand, and what came of it.
 *
 * The engine is newer than an instance's: the library it has beyond ES5 is taken away, so that a rule using it fails
 * here as it would there. (Newer syntax cannot be taken away; the rules' own tests refuse it.)
 */
glide.scope = this;

(function () {
    var newer = {
        Array: ['from', 'of', 'fromAsync'],
        Object: ['assign', 'entries', 'values', 'fromEntries', 'is', 'groupBy', 'hasOwn'],
        Number: ['isInteger', 'isNaN', 'isFinite', 'parseInt', 'parseFloat', 'isSafeInteger']
    };
    var newerOnPrototype = {
        Array: ['find', 'findIndex', 'findLast', 'findLastIndex', 'fill', 'includes', 'flat', 'flatMap', 'at', 'toSorted'],
        String: ['includes', 'startsWith', 'endsWith', 'repeat', 'padStart', 'padEnd', 'replaceAll', 'at', 'matchAll']
    };
    Object.keys(newer).forEach(function (type) {
        newer[type].forEach(function (name) { delete glide.scope[type][name]; });
    });
    Object.keys(newerOnPrototype).forEach(function (type) {
        newerOnPrototype[type].forEach(function (name) { delete glide.scope[type].prototype[name]; });
    });
    ['Promise', 'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Proxy', 'Reflect', 'BigInt', 'Symbol', 'queueMicrotask']
        .forEach(function (name) { delete glide.scope[name]; });
}());

/** Loads a Script Include of the global scope by its api_name; false when there is none. */
glide.include = function (name) {
    var query = glide.term(['api_name', 'global.' + name]) + '^sys_scope=global^active=true';
    var rows = glide.ask('query', ['sys_script_include', query, 2]);
    if (rows.length === 0) {
        return false;
    }
    delete glide.scope[name];
    glide.watch(rows[0].script);
    (0, eval)(glide.text(rows[0].script));
    return true;
};

/**
 * Every unknown name in a source may be a Script Include: it is looked for when the name is first used, and a
 * ReferenceError where there is none. Names that the source declares or asks for with typeof are undefined instead.
 */
glide.watch = function (source) {
    var names = glide.text(source).match(/[A-Za-z_$][A-Za-z0-9_$]*/g) || [];
    var known = (glide.text(source).match(/\b(?:typeof|var)\s+[A-Za-z0-9_$]+/g) || []).map(function (words) {
        return words.split(/\s+/)[1];
    });
    names.forEach(function (name) {
        if (name in glide.scope || /^(?:undefined|arguments|eval)$/.test(name)) {
            return;
        }
        Object.defineProperty(glide.scope, name, {
            configurable: true,
            enumerable: false,
            get: function () {
                if (glide.include(name)) {
                    return glide.scope[name];
                }
                if (known.indexOf(name) < 0) {
                    throw new ReferenceError(name + ' is not defined');
                }
            },
            set: function (value) {
                Object.defineProperty(glide.scope, name, {
                    value: value, configurable: true, enumerable: true, writable: true
                });
            }
        });
    });
};

glide.wrap = function (table, row, before, operation) {
    var record = new GlideRecord(table);
    record._load(row, false);
    if (before) {
        record._glide.before = before;
    }
    record._glide.operation = operation;
    return record;
};

glide.start = function (run) {
    glide.user = run.user;
    glide.name = run.name;
    glide.current = run.current ? glide.wrap(run.table, run.current, run.before, run.operation) : null;
    if (glide.current && run.variables) {
        glide.current._glide.pool = run.variables;
    }
    glide.given = run.current || {};
    glide.scope.current = glide.current;
    glide.scope.previous = run.previous ? glide.wrap(run.table, run.previous, null, run.operation) : null;
    glide.watch(run.condition);
    glide.watch(run.script);
};

glide.finish = function () {
    var changes = {}, current = glide.current;
    if (current) {
        current._collect();
        Object.keys(current._glide.row).forEach(function (name) {
            if (current._glide.row[name] !== glide.text(glide.given[name])) {
                changes[name] = current._glide.row[name];
            }
        });
    }
    return JSON.stringify({
        aborted: !!(current && current.isActionAborted()), changes: changes, messages: glide.messages,
        variables: (current && current._glide.variables && current._glide.pool) || {}
    });
};

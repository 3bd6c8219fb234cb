/*
 * GlideRecord and GlideElement over the host's rows. ES5, so that Rhino can run the same file.
 *
 * `glideHost(op, json)` is the only way out: it answers a JSON text {"ok": value} or {"error": text}.
 * Columns become accessors on the record when its row is known; a column the row does not have is a plain
 * property that insert() and update() pick up, as assigning to a GlideRecord does.
 */
var glide = { user: '', name: '', messages: [], operation: '' };

glide.ask = function (op, args) {
    var answer = JSON.parse(glideHost(op, JSON.stringify(args)));
    if (answer.error !== undefined) {
        throw new Error(answer.error);
    }
    return answer.ok;
};

glide.hide = function (target, name, value) {
    Object.defineProperty(target, name, { value: value, enumerable: false, configurable: true, writable: true });
};

/** A value as the database keeps it: text; null, undefined and NaN-free numbers included. */
glide.text = function (value) {
    if (value === null || value === undefined) {
        return '';
    }
    return String(value);
};

function GlideElement(record, name) {
    glide.hide(this, '_record', record);
    glide.hide(this, '_name', name);
}

GlideElement.prototype = {
    toString: function () { return glide.text(this._record._glide.row[this._name]); },
    valueOf: function () { return this.toString(); },
    getValue: function () { return this._record.getValue(this._name); },
    setValue: function (value) { this._record.setValue(this._name, value); },
    setDisplayValue: function (value) { this._record.setValue(this._name, value); },
    getDisplayValue: function () { return this._record.getDisplayValue(this._name); },
    getName: function () { return this._name; },
    getTableName: function () { return this._record.getTableName(); },
    nil: function () { return this.toString() === ''; },
    hasValue: function () { return !this.nil(); },
    changes: function () { return this.toString() !== this._before(); },
    changesTo: function (value) { return this.changes() && this.toString() === glide.text(value); },
    changesFrom: function (value) { return this.changes() && this._before() === glide.text(value); },
    getDecryptedValue: function () {
        var state = this._record._glide;
        return glide.ask('decrypted', [state.table, this._record.getUniqueValue(), this._name]);
    }
};
glide.hide(GlideElement.prototype, '_before', function () {
    return glide.text(this._record._glide.before[this._name]);
});

function GlideQueryCondition(terms, at) {
    glide.hide(this, '_terms', terms);
    glide.hide(this, '_at', at);
}

GlideQueryCondition.prototype = {
    addOrCondition: function (field, operator, value) {
        this._terms[this._at] += '^OR' + glide.term(arguments);
        return this;
    },
    addCondition: function (field, operator, value) {
        this._terms[this._at] += '^' + glide.term(arguments);
        return this;
    }
};

/** One condition from (field, value), (field, operator, value) or (encoded). A caret in a value has no encoding. */
glide.term = function (args) {
    if (args.length === 1) {
        return glide.text(args[0]);
    }
    var value = glide.text(args[args.length - 1]);
    if (value.indexOf('^') >= 0) {
        throw new Error('a value with ^ cannot be asked for through an encoded query');
    }
    var operator = args.length === 3 ? glide.text(args[1]) : '=';
    return glide.text(args[0]) + operator + value;
};

function GlideRecord(table) {
    glide.hide(this, '_glide', {
        table: glide.text(table), row: {}, before: {}, columns: {}, terms: [], order: [], limit: 0,
        rows: [], at: -1, isNew: false, aborted: false, valid: false
    });
}

GlideRecord.prototype = {
    get: function (field, value) {
        var term = arguments.length === 1 ? ['sys_id', field] : [field, value];
        if (glide.text(term[1]) === '') {
            return false;
        }
        this._glide.terms = [glide.term(term)];
        this._glide.limit = 1;
        this.query();
        return this.next();
    },
    addQuery: function () {
        this._glide.terms.push(glide.term(arguments));
        return new GlideQueryCondition(this._glide.terms, this._glide.terms.length - 1);
    },
    addEncodedQuery: function (query) {
        if (glide.text(query) !== '') {
            this._glide.terms.push(glide.text(query));
        }
    },
    addNullQuery: function (field) { return this.addQuery(field + 'ISEMPTY'); },
    addNotNullQuery: function (field) { return this.addQuery(field + 'ISNOTEMPTY'); },
    addActiveQuery: function () { return this.addQuery('active', 'true'); },
    addInactiveQuery: function () { return this.addQuery('active', 'false'); },
    orderBy: function (field) { this._glide.order.push('ORDERBY' + field); },
    orderByDesc: function (field) { this._glide.order.push('ORDERBYDESC' + field); },
    setLimit: function (limit) { this._glide.limit = Number(limit); },
    getEncodedQuery: function () { return this._glide.terms.concat(this._glide.order).join('^'); },
    query: function () {
        var state = this._glide;
        state.rows = glide.ask('query', [state.table, this.getEncodedQuery(), state.limit]);
        state.at = -1;
    },
    _query: function () { this.query(); },
    hasNext: function () { return this._glide.at + 1 < this._glide.rows.length; },
    next: function () {
        if (!this.hasNext()) {
            return false;
        }
        this._glide.at += 1;
        this._load(this._glide.rows[this._glide.at], false);
        return true;
    },
    _next: function () { return this.next(); },
    getRowCount: function () { return this._glide.rows.length; },
    initialize: function () { this._load({}, true); },
    newRecord: function () { this._load({}, true); },
    isNewRecord: function () { return this._glide.isNew; },
    isValidRecord: function () { return this._glide.valid; },
    isValid: function () { return this._glide.table !== ''; },
    isValidField: function (field) { return this._glide.columns.hasOwnProperty(field); },
    isActionAborted: function () { return this._glide.aborted; },
    setAbortAction: function (abort) { this._glide.aborted = !!abort; },
    setWorkflow: function () {},
    autoSysFields: function () {},
    setForceUpdate: function (force) { this._glide.force = !!force; },
    canRead: function () { return true; },
    canWrite: function () { return true; },
    operation: function () { return this._glide.operation || null; },
    getTableName: function () { return this._glide.table; },
    getRecordClassName: function () { return glide.text(this._glide.row.sys_class_name) || this._glide.table; },
    getUniqueValue: function () { return this.getValue('sys_id'); },
    getElement: function (field) { return new GlideElement(this, field); },
    getValue: function (field) {
        this._collect();
        var text = glide.text(this._glide.row[field]);
        return text === '' ? null : text;
    },
    setValue: function (field, value) {
        this._collect();
        this._glide.row[field] = glide.text(value);
        this._column(field);
    },
    getDisplayValue: function (field) {
        this._collect();
        var state = this._glide;
        var name = field === undefined ? (state.row.number !== undefined ? 'number' : 'name') : field;
        var text = glide.text(state.row[name]);
        if (state.isNew || text !== glide.text(state.before[name])) {
            return text;
        }
        return glide.ask('display_value', [state.table, this.getUniqueValue(), name]);
    },
    changes: function () {
        return Object.keys(this._changed()).length > 0;
    },
    insert: function () {
        var values = this._changed();
        this._load(glide.ask('insert', [this._glide.table, values, glide.user]), false);
        return this.getUniqueValue();
    },
    update: function () {
        var values = this._changed();
        var sysId = this.getUniqueValue();
        if (this._glide.isNew || sysId === null) {
            return this.insert();
        }
        if (Object.keys(values).length > 0 || this._glide.force) {
            this._load(glide.ask('update', [this._glide.table, sysId, values, glide.user]), false);
        }
        return sysId;
    },
    deleteRecord: function () {
        var sysId = this.getUniqueValue();
        if (sysId === null) {
            return false;
        }
        glide.ask('delete', [this._glide.table, sysId, glide.user]);
        return true;
    },
    deleteMultiple: function () {
        this.query();
        while (this.next()) {
            this.deleteRecord();
        }
    }
};

glide.hide(GlideRecord.prototype, '_load', function (row, isNew) {
    var state = this._glide, name;
    for (name in state.columns) {
        delete this[name];
    }
    for (name in this) {
        if (this.hasOwnProperty(name)) {
            delete this[name];
        }
    }
    state.columns = {};
    state.row = {};
    state.before = {};
    state.isNew = isNew;
    state.pool = undefined;
    state.variables = undefined;
    state.valid = true;
    for (name in row) {
        state.row[name] = glide.text(row[name]);
        state.before[name] = state.row[name];
        this._column(name);
    }
});

/** Makes `record.name` read and write the row; a column named like a method stays reachable by getValue only. */
glide.hide(GlideRecord.prototype, '_column', function (name) {
    var record = this;
    if (this._glide.columns.hasOwnProperty(name)) {
        return;
    }
    this._glide.columns[name] = true;
    if (name in GlideRecord.prototype) {
        return;
    }
    Object.defineProperty(this, name, {
        enumerable: true,
        configurable: true,
        get: function () { return new GlideElement(record, name); },
        set: function (value) { record._glide.row[name] = glide.text(value); }
    });
});

/** Takes values assigned to columns the row did not have. */
glide.hide(GlideRecord.prototype, '_collect', function () {
    var names = Object.keys(this), i, value;
    for (i = 0; i < names.length; i += 1) {
        if (!this._glide.columns.hasOwnProperty(names[i])) {
            value = this[names[i]];
            delete this[names[i]];
            this._glide.row[names[i]] = glide.text(value);
            this._column(names[i]);
        }
    }
});

glide.hide(GlideRecord.prototype, '_changed', function () {
    var state = this._glide, values = {}, name;
    this._collect();
    for (name in state.row) {
        if (state.row[name] !== glide.text(state.before[name])) {
            values[name] = state.row[name];
        }
    }
    return values;
});

/** One variable of a request item. What is set is kept from before rules only, as on the platform. */
function GlideVariable(pool, name) {
    glide.hide(this, '_pool', pool);
    glide.hide(this, '_name', name);
}

GlideVariable.prototype = {
    toString: function () { return glide.text(this._pool[this._name]); },
    valueOf: function () { return this.toString(); },
    getValue: function () { return this.toString(); },
    setValue: function (value) { this._pool[this._name] = glide.text(value); },
    nil: function () { return this.toString() === ''; }
};

/** `record.variables`: asked for when first used; one that the item does not have is undefined. */
glide.variables = function (record) {
    var state = record._glide;
    if (state.variables === undefined) {
        state.pool = state.pool || glide.ask('variables', [state.table, record.getUniqueValue()]);
        state.variables = {};
        Object.keys(state.pool).forEach(function (name) {
            Object.defineProperty(state.variables, name, {
                enumerable: true,
                get: function () { return new GlideVariable(state.pool, name); },
                set: function (value) { state.pool[name] = glide.text(value); }
            });
        });
    }
    return state.variables;
};

Object.defineProperty(GlideRecord.prototype, 'variables', {
    enumerable: false,
    configurable: true,
    get: function () { return glide.variables(this); }
});

var GlideRecordSecure = GlideRecord;

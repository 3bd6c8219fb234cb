/* gs, Class, and the small Glide classes scripts reach for. */
var Class = {
    create: function () {
        return function () {
            if (this.initialize) {
                this.initialize.apply(this, arguments);
            }
        };
    }
};

var AbstractAjaxProcessor = Class.create();

glide.format = function (message, args) {
    return glide.text(message).replace(/\{(\d)\}/g, function (whole, index) {
        var value = args[Number(index) + 1];
        return value === undefined ? whole : glide.text(value);
    });
};

glide.log = function (level, args) {
    glide.ask('log', [level, glide.format(args[0], args), glide.name]);
};

/** Milliseconds by the instance's clock, which need not be the machine's. */
glide.now = function () {
    return Number(glide.ask('now', [])) * 1000;
};

/** `YYYY-MM-DD HH:MM:SS`, UTC. */
glide.time = function (millis) {
    return new Date(millis).toISOString().slice(0, 19).replace('T', ' ');
};

function GlideUser(row) {
    glide.hide(this, '_row', row);
}

GlideUser.prototype = {
    getID: function () { return glide.text(this._row.sys_id); },
    getName: function () { return glide.text(this._row.user_name) || glide.user; },
    getUserName: function () { return this.getName(); },
    getFullName: function () { return glide.text(this._row.name); },
    getDisplayName: function () { return this.getFullName() || this.getName(); },
    getFirstName: function () { return glide.text(this._row.first_name); },
    getLastName: function () { return glide.text(this._row.last_name); },
    getEmail: function () { return glide.text(this._row.email); },
    hasRole: function (role) {
        var mine = ',' + glide.text(this._row.roles).replace(/\s/g, '') + ',', asked = glide.text(role).split(','), i;
        if (mine.indexOf(',admin,') >= 0) {
            return true;
        }
        for (i = 0; i < asked.length; i += 1) {
            if (mine.indexOf(',' + asked[i] + ',') >= 0) {
                return true;
            }
        }
        return false;
    }
};

var gs = {
    log: function (message, source) { glide.ask('log', ['info', glide.text(message), source || glide.name]); },
    print: function () { glide.log('info', arguments); },
    debug: function () { glide.log('debug', arguments); },
    info: function () { glide.log('info', arguments); },
    warn: function () { glide.log('warn', arguments); },
    error: function () { glide.log('error', arguments); },
    addInfoMessage: function (message) { glide.messages.push(glide.text(message)); },
    addErrorMessage: function (message) { glide.messages.push(glide.text(message)); },
    getUser: function () { return new GlideUser(glide.ask('user', [glide.user])); },
    getUserID: function () { return gs.getUser().getID(); },
    getUserName: function () { return glide.user; },
    getUserDisplayName: function () { return gs.getUser().getDisplayName(); },
    hasRole: function (role) { return gs.getUser().hasRole(role); },
    isInteractive: function () { return false; },
    isLoggedIn: function () { return true; },
    getProperty: function (name, otherwise) {
        var value = glide.ask('property', [glide.text(name)]);
        return value === null ? (otherwise === undefined ? null : otherwise) : value;
    },
    nil: function (value) { return value === null || value === undefined || glide.text(value) === ''; },
    now: function () { return glide.time(glide.now()).slice(0, 10); },
    nowDateTime: function () { return glide.time(glide.now()); },
    nowNoTZ: function () { return glide.time(glide.now()); },
    minutesAgo: function (minutes) { return glide.time(glide.now() - minutes * 60000); },
    hoursAgo: function (hours) { return glide.time(glide.now() - hours * 3600000); },
    daysAgo: function (days) { return glide.time(glide.now() - days * 86400000); },
    generateGUID: function () { return glide.ask('guid', []); },
    getMessage: function (message) { return glide.format(message, arguments); },
    include: function (name) { return glide.include(name); },
    eventQueue: function (name, record, parm1, parm2) {
        glide.ask('insert', ['sysevent', {
            name: glide.text(name), table: record ? record.getTableName() : '',
            instance: record ? glide.text(record.getUniqueValue()) : '',
            parm1: glide.text(parm1), parm2: glide.text(parm2), state: 'ready'
        }, glide.user]);
    }
};

function GlideDateTime(value) {
    var parts = value === undefined ? null : /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(glide.text(value));
    glide.hide(this, '_millis', parts
        ? Date.UTC(+parts[1], parts[2] - 1, +parts[3], +parts[4], +parts[5], +parts[6])
        : glide.now());
}

GlideDateTime.prototype = {
    getValue: function () { return glide.time(this._millis); },
    toString: function () { return this.getValue(); },
    getDisplayValue: function () { return this.getValue(); },
    getNumericValue: function () { return this._millis; },
    addSeconds: function (seconds) { this._millis += seconds * 1000; },
    before: function (other) { return this._millis < other._millis; },
    after: function (other) { return this._millis > other._millis; }
};

var GlideStringUtil = {
    escapeHTML: function (text) {
        return glide.text(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
    },
    notNil: function (value) { return !gs.nil(value); },
    nil: function (value) { return gs.nil(value); }
};

function GlideSysAttachment() {}

GlideSysAttachment.prototype = {
    getAttachments: function (table, sysId) {
        var record = new GlideRecord('sys_attachment');
        record.addQuery('table_name', table);
        record.addQuery('table_sys_id', sysId);
        record.query();
        return record;
    },
    deleteAttachment: function (sysId) { glide.ask('delete', ['sys_attachment', glide.text(sysId), glide.user]); }
};

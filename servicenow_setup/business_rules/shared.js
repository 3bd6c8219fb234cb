/* What the rules share: who is told, how, and what is said about a failure. Ids only leave the instance. */
var AwsSecurityIr = Class.create();

AwsSecurityIr.prototype = {
    MESSAGE: '@message@',
    CREDENTIAL: '@credential@',
    TABLE: '@table@',
    USER: '@user@',
    SCOPE: ['@scope@'],
    PROBE: '@probe@',
    TIMEOUT_MS: 10000,
    DELETION_TIMEOUT_MS: 2000,

    type: 'AwsSecurityIr',

    initialize: function () {
        this.token = '';
    },

    /** @param {Incident} incident */
    incidentSaved: function (incident) {
        this.post(this.payload(this.kindOf(incident), incident), this.TIMEOUT_MS);
    },

    /** @param {Incident} incident */
    incidentDeleted: function (incident) {
        this.post(this.payload('IncidentDeleted', incident), this.DELETION_TIMEOUT_MS);
    },

    /**
     * The instance holds a new file back for a moment, or until it is scanned: then its release is told, once.
     * @param {Attachment} attachment
     */
    attachmentSaved: function (attachment) {
        if (this.text(attachment, 'state') !== 'pending' && !this.isOurs(attachment)) {
            this.attachmentChanged(attachment, this.isNew(attachment) ? 'added' : 'updated', this.TIMEOUT_MS);
        }
    },

    /** @param {Attachment} attachment */
    attachmentDeleted: function (attachment) {
        this.attachmentChanged(attachment, 'deleted', this.DELETION_TIMEOUT_MS);
    },

    /** @param {Attachment} attachment @param {string} action @param {number} timeoutMs */
    attachmentChanged: function (attachment, action, timeoutMs) {
        var incident = this.incidentOf(attachment);
        var payload;
        if (incident === null) {
            return;
        }
        payload = this.payload('IncidentUpdated', incident);
        payload.attachment_action = action;
        this.post(payload, timeoutMs);
    },

    /**
     * Files the integration user uploaded are let go by the user `system`, which the rule's condition does not know.
     * @param {Attachment} attachment
     */
    isOurs: function (attachment) {
        var user = new GlideRecord('sys_user');
        user.addQuery('sys_id', this.USER);
        user.addQuery('user_name', this.text(attachment, 'sys_created_by'));
        user.setLimit(1);
        user.query();
        return user.next();
    },

    /**
     * The record `check` writes is told apart, so that the event travels and nobody acts on it.
     * @param {Incident} incident
     * @returns {string}
     */
    kindOf: function (incident) {
        if (this.text(incident, 'correlation_id') === this.PROBE) {
            return '@probed@';
        }
        return this.isNew(incident) ? 'IncidentCreated' : 'IncidentUpdated';
    },

    /**
     * An async rule may see an insert as an update, so the count of changes is asked too.
     * @param {Incident|Attachment} record
     */
    isNew: function (record) {
        return String(record.operation()) === 'insert' || this.text(record, 'sys_mod_count') === '0';
    },

    /**
     * The incident an attachment hangs on, or null when it is gone or none of ours.
     * @param {Attachment} attachment
     * @returns {Incident|null}
     */
    incidentOf: function (attachment) {
        var sysId = this.text(attachment, 'table_sys_id');
        var i;
        var incident;
        for (i = 0; sysId !== '' && i < this.SCOPE.length; i += 1) {
            incident = new GlideRecord(/** @type {'incident'} */ (this.TABLE));
            incident.addQuery('sys_id', sysId);
            if (this.SCOPE[i] !== '') {
                incident.addEncodedQuery(this.SCOPE[i]);
            }
            incident.setLimit(1);
            incident.query();
            if (incident.next()) {
                return incident;
            }
        }
        return null;
    },

    /** @param {string} eventType @param {Incident} incident @returns {Payload} */
    payload: function (eventType, incident) {
        return {
            event_type: eventType,
            incident_number: this.text(incident, 'number'),
            sys_id: this.text(incident, 'sys_id'),
            table: this.TABLE,
            sys_mod_count: this.text(incident, 'sys_mod_count'),
            instance_name: String(gs.getProperty('instance_name') || '')
        };
    },

    /**
     * Never `executeAsync`: it puts the request, token included, into the queue ecc_queue, where it stays for days.
     * @param {Payload} payload @param {number} timeoutMs
     */
    post: function (payload, timeoutMs) {
        var message;
        var status;
        try {
            this.token = this.readToken();
            message = new sn_ws.RESTMessageV2(this.MESSAGE, 'POST');
            message.setStringParameterNoEscape('token', this.token);
            message.setRequestBody(JSON.stringify(payload));
            message.setHttpTimeout(timeoutMs);
            status = Number(message.execute().getStatusCode());
            if (status < 200 || status > 299) {
                this.log(payload, 'AWS answered with status ' + status);
            }
        } catch (error) {
            this.log(payload, String(error.message || error));
        }
    },

    /** password2 columns hold ciphertext; only the element itself decrypts. */
    readToken: function () {
        var credential = new GlideRecord('discovery_credentials');
        credential.addQuery('name', this.CREDENTIAL);
        credential.setLimit(1);
        credential.query();
        if (!credential.next()) {
            throw new Error('the credential "' + this.CREDENTIAL + '" is missing');
        }
        return String(credential.password.getDecryptedValue() || '');
    },

    /** @param {Payload} payload @param {string} reason */
    log: function (payload, reason) {
        var safe = this.token === '' ? reason : reason.split(this.token).join('***');
        gs.error(this.MESSAGE + ': ' + payload.event_type + ' of ' + payload.sys_id + ' was not delivered: ' + safe +
            '. The next sweep repairs it.');
    },

    /**
     * A script string: getValue gives null for an empty column, and a Java string otherwise.
     * @type {Text}
     */
    text: function (record, field) {
        return String(record.getValue(field) || '');
    }
};

/*
 * The global scope of an instance's scripts, out of the official typings, and the columns our rules use.
 *
 * One correction: the typings give RESTMessageV2 the engine's own constructor (context, arguments) instead of the
 * documented one (message, function). `Class` is no part of them.
 */
import type { GlideRecord as Typed } from '@servicenow/glide/types';
import { RESTMessageV2 as TypedMessage } from '@servicenow/glide/sn_ws';

interface Row {
    sys_id: string;
    sys_mod_count: string;
}

interface IncidentRow extends Row {
    number: string;
    correlation_id: string;
}

interface AttachmentRow extends Row {
    table_sys_id: string;
    state: string;
    sys_created_by: string;
}

interface CredentialRow extends Row {
    name: string;
    password: string;
}

declare global {
    interface Tables {
        incident: IncidentRow;
        sys_attachment: AttachmentRow;
        discovery_credentials: CredentialRow;
    }

    /** Of either module; the columns we read are the same. */
    type Incident = Typed<'incident'>;
    type Attachment = Typed<'sys_attachment'>;

    interface Text {
        (record: Incident, field: keyof IncidentRow): string;
        (record: Attachment, field: keyof AttachmentRow): string;
        (record: Incident | Attachment, field: keyof Row): string;
    }

    interface Payload {
        event_type: string;
        incident_number: string;
        sys_id: string;
        table: string;
        sys_mod_count: string;
        instance_name: string;
        attachment_action?: string;
    }

    const GlideRecord: typeof import('@servicenow/glide/types').GlideRecord;
    const gs: typeof import('@servicenow/glide/types').gs;
    const Class: { create(): any };

    namespace sn_ws {
        class RESTMessageV2 extends TypedMessage {
            constructor(message: string, method: string);
        }
    }

    var current: any;
    var previous: any;
}

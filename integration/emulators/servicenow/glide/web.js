/* sn_ws (outbound REST messages) and sn_cc (credentials). */
glide.substitute = function (text, variables) {
    return glide.text(text).replace(/\$\{([^}]*)\}/g, function (whole, name) {
        return variables.hasOwnProperty(name) ? variables[name] : whole;
    });
};

glide.rows = function (table, field, value) {
    return glide.ask('query', [table, glide.term([field, value]), 0]);
};

glide.one = function (rows, what) {
    if (rows.length !== 1) {
        throw new Error(what + (rows.length ? ' is not unique' : ' was not found'));
    }
    return rows[0];
};

function RESTResponseV2(answer) {
    glide.hide(this, '_answer', answer);
    glide.hide(this, '_pending', null);
}

RESTResponseV2.prototype = {
    _get: function () {
        if (this._answer === null) {
            this._answer = glide.ask('wait', [this._pending, 60]);
        }
        return this._answer;
    },
    waitForResponse: function (seconds) { this._answer = glide.ask('wait', [this._pending, Number(seconds)]); },
    getStatusCode: function () { return Number(this._get().status); },
    getBody: function () { return glide.text(this._get().body); },
    haveError: function () { return glide.text(this._get().error) !== ''; },
    getErrorMessage: function () { return glide.text(this._get().error); },
    getErrorCode: function () { return this.haveError() ? 1 : 0; },
    getHeaders: function () { return this._get().headers || {}; },
    getHeader: function (name) {
        var headers = this.getHeaders(), key;
        for (key in headers) {
            if (key.toLowerCase() === glide.text(name).toLowerCase()) {
                return headers[key];
            }
        }
        return null;
    }
};

function RESTMessageV2(name, functionName) {
    glide.hide(this, '_request', {
        method: 'GET', endpoint: '', headers: [], body: '', timeout_ms: 30000, variables: {}, query: []
    });
    if (name !== undefined) {
        this._fromTables(glide.text(name), glide.text(functionName));
    }
}

RESTMessageV2.prototype = {
    _fromTables: function (name, functionName) {
        var request = this._request;
        var message = glide.one(glide.rows('sys_rest_message', 'name', name), 'REST message ' + name);
        var functions = glide.rows('sys_rest_message_fn', 'rest_message', message.sys_id).filter(function (row) {
            return row.function_name === functionName;
        });
        var fn = glide.one(functions, 'HTTP method ' + functionName + ' of ' + name);
        request.method = glide.text(fn.http_method).toUpperCase();
        request.endpoint = fn.rest_endpoint || message.rest_endpoint;
        request.body = glide.text(fn.content);
        this._headersOf('sys_rest_message_headers', 'rest_message', message.sys_id);
        this._headersOf('sys_rest_message_fn_headers', 'rest_message_function', fn.sys_id);
    },
    _headersOf: function (table, field, sysId) {
        var rows = glide.rows(table, field, sysId), i;
        for (i = 0; i < rows.length; i += 1) {
            this.setRequestHeader(rows[i].name, rows[i].value);
        }
    },
    setEndpoint: function (url) { this._request.endpoint = glide.text(url); },
    setHttpMethod: function (method) { this._request.method = glide.text(method).toUpperCase(); },
    setHttpTimeout: function (millis) { this._request.timeout_ms = Number(millis); },
    setRequestBody: function (body) { this._request.explicit = glide.text(body); },
    setRequestHeader: function (name, value) {
        var text = glide.text(name);
        this._request.headers = this._request.headers.filter(function (header) {
            return header[0].toLowerCase() !== text.toLowerCase();
        });
        this._request.headers.push([text, glide.text(value)]);
    },
    setStringParameter: function (name, value) {
        this.setStringParameterNoEscape(name, GlideStringUtil.escapeHTML(value).replace(/'/g, '&apos;'));
    },
    setStringParameterNoEscape: function (name, value) { this._request.variables[name] = glide.text(value); },
    setQueryParameter: function (name, value) {
        this._request.query.push(encodeURIComponent(name) + '=' + encodeURIComponent(glide.text(value)));
    },
    setLogLevel: function () {},
    setEccCorrelator: function () {},
    getEndpoint: function () { return this._request.endpoint; },
    getRequestBody: function () { return this._body(); },
    getRequestHeaders: function () {
        var headers = {};
        this._request.headers.forEach(function (header) { headers[header[0]] = header[1]; });
        return headers;
    },
    _body: function () {
        var request = this._request;
        return request.explicit !== undefined ? request.explicit : glide.substitute(request.body, request.variables);
    },
    _wire: function () {
        var request = this._request, url = glide.substitute(request.endpoint, request.variables);
        if (request.query.length) {
            url += (url.indexOf('?') < 0 ? '?' : '&') + request.query.join('&');
        }
        return {
            method: request.method,
            url: url,
            headers: request.headers.map(function (header) {
                return [header[0], glide.substitute(header[1], request.variables)];
            }),
            body: this._body(),
            timeout_ms: request.timeout_ms
        };
    },
    execute: function () { return new RESTResponseV2(glide.ask('send', [this._wire()])); },
    executeAsync: function () {
        var response = new RESTResponseV2(null);
        response._pending = glide.ask('send_async', [this._wire()]);
        return response;
    }
};

var sn_ws = { RESTMessageV2: RESTMessageV2, RESTResponseV2: RESTResponseV2 };

function StandardCredential(row) {
    glide.hide(this, '_row', row);
}

StandardCredential.prototype = {
    getAttribute: function (name) {
        if (name === 'password') {
            return glide.ask('decrypted', ['discovery_credentials', this._row.sys_id, name]);
        }
        return glide.text(this._row[name]);
    }
};

var sn_cc = {
    StandardCredentialsProvider: function () {
        this.getCredentialByID = function (sysId) {
            var rows = glide.rows('discovery_credentials', 'sys_id', sysId);
            return rows.length === 1 ? new StandardCredential(rows[0]) : null;
        };
        this.getAuthCredentialByID = this.getCredentialByID;
    }
};

/*
 * Runs in Rhino. A line in starts a run: {"start": …, "shim": [source, …], "java": bool}. A line out is a question of
 * the script, {"op": …, "args": "[…]"}, answered by the next line in, or what came of the run, {"result": …}.
 */
var input = new java.io.BufferedReader(new java.io.InputStreamReader(java.lang.System['in'], 'UTF-8'));
var output = new java.io.PrintStream(java.lang.System.out, true, 'UTF-8');

function say(value) {
    output.println(JSON.stringify(value).replace(/[\u007f-\uffff]/g, function (letter) {
        return '\\u' + ('000' + letter.charCodeAt(0).toString(16)).slice(-4);
    }));
}

/** Rhino's own strings are what an instance's engine has: what Java hands out is a Java string, not a script's. */
var JAVA = [
    '(function () {',
    '    function wrap(of, names) {',
    '        names.forEach(function (name) {',
    '            var plain = of[name];',
    '            of[name] = function () {',
    '                var value = plain.apply(this, arguments);',
    '                return typeof value === "string" ? new java.lang.String(value) : value;',
    '            };',
    '        });',
    '    }',
    '    var ask = glide.ask;',
    '    glide.ask = function (op, args) {',
    '        try {',
    '            return ask(op, JSON.parse(JSON.stringify(args, function (key, value) {',
    '                return value instanceof java.lang.String ? String(value) : value;',
    '            })));',
    '        } catch (error) {',
    '            java.lang.Integer.parseInt(String(error.message));',
    '        }',
    '    };',
    '    wrap(GlideRecord.prototype, ["getValue", "getUniqueValue", "getDisplayValue", "operation", "getTableName"]);',
    '    wrap(GlideElement.prototype, ["getValue", "getDisplayValue", "getDecryptedValue"]);',
    '    wrap(RESTResponseV2.prototype, ["getBody", "getErrorMessage"]);',
    '    wrap(gs, ["getProperty", "getUserID", "getUserName"]);',
    '}());'
].join('\n');

function glideHost(op, args) {
    say({ op: String(op), args: String(args) });
    return String(input.readLine());
}

/** What comes back is a Java Boolean, and as an object always true. */
function holds(context, scope, condition) {
    return String(context.evaluateString(scope, '!!(' + condition + '\n)', 'condition', 1, null)) === 'true';
}

function run(order) {
    var context = org.mozilla.javascript.Context.getCurrentContext();
    var scope = context.initStandardObjects();
    var start = order.start;
    var ran = false;
    var error = null;
    scope.glideHost = glideHost;
    order.shim.concat(order.java ? [JAVA] : []).forEach(function (source) {
        context.evaluateString(scope, source, 'shim', 1, null);
    });
    scope.glide.start(start);
    try {
        if (start.condition.trim() !== '' && !holds(context, scope, start.condition)) {
            return { ran: false };
        }
        ran = true;
        context.evaluateString(scope, start.script, 'script', 1, null);
    } catch (thrown) {
        error = String(thrown);
    }
    return { ran: ran, error: error, left: JSON.parse(String(scope.glide.finish())) };
}

(function () {
    var line;
    while ((line = input.readLine()) !== null) {
        say({ result: run(JSON.parse(String(line))) });
    }
}());

// Wires the parts to the stream.
import { byId, say } from "./dom.js";
import { mark, showCards, startCards } from "./cards.js";
import { showFigures } from "./figures.js";
import { showFlow, startFlow } from "./flow.js";
import { draw, showLag, startLag } from "./lag.js";
import { listen, mayAct } from "./line.js";
import { showLinks, startLinks } from "./links.js";
import { startMaking } from "./make.js";
import { showPanels } from "./panels.js";
import { openSheet, refreshSheet } from "./sheet.js";
import { showSwitches, startSwitches } from "./switches.js";
import { startTheme } from "./theme.js";
import { addTraffic, nameIncidents, startTraffic } from "./traffic.js";

const TICK_MS = 5000;
const LINE = { live: "live", lost: "reconnecting", over: "ended; open the address of the new console" };
let picture = null;

const open = (caseId, sysId) => openSheet(caseId, sysId, picture);
startTheme();
startFlow();
startLag();
startCards(open, mark);
startLinks(open, mark);
startTraffic(open);
if (mayAct) {
  startMaking();
  startSwitches();
}

function show() {
  showFigures(picture);
  showCards(picture);
  showLinks(picture);
  showFlow(picture);
  showPanels(picture);
  nameIncidents(picture);
  if (mayAct) showSwitches(picture);
}

function complain(sentence) {
  say(byId("trouble"), sentence);
  byId("trouble").hidden = !sentence;
}

listen({
  picture(told) {
    picture = told;
    show();
    showLag(picture);
    refreshSheet(picture);
    complain(picture.missing.join(" "));
  },
  traffic: addTraffic,
  trouble: complain,
  line(state) {
    byId("line").className = `line ${state}`;
    say(byId("line"), LINE[state]);
  },
});

setInterval(() => {
  if (!picture || document.hidden) return;
  show(); // "ago" grows older
  draw();
}, TICK_MS);

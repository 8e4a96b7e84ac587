/* Polls: what is asked, what was chosen, and the figures. */
"use strict";
var ownVotes = {};

function showPolls() {
  var open = state.polls.filter(function (poll) { return poll.is_open; });
  var closed = state.polls.filter(function (poll) { return !poll.is_open; }).reverse();
  var place = document.getElementById("polls");
  var kept = formsInUse(place);
  fill(place, open.concat(closed).map(function (poll) {
    return kept[poll.id] && poll.is_open ? refreshed(kept[poll.id], poll) : pollCard(poll);
  }));
}

/* A form that somebody is filling in stays as it is when figures change. */
function formsInUse(place) {
  var kept = {};
  place.querySelectorAll("[data-poll]").forEach(function (card) {
    if (card.getAttribute("data-language") === language && card.querySelector("form")) kept[card.getAttribute("data-poll")] = card;
  });
  return kept;
}

function refreshed(card, poll) {
  var old = card.querySelector(".result");
  if (old) old.replaceWith(result(poll));
  return card;
}

function pollCard(poll) {
  var card = make("article", { "class": "card", "data-poll": poll.id, "data-language": language }, [
    make("h3", { text: chosen(poll.question), id: "question-" + poll.id }),
    make("p", { "class": "soft", text: say(poll.rule === "slip" ? "ruleSlip" : "ruleOpen") }),
  ]);
  if (poll.is_open) card.appendChild(pollForm(poll));
  card.appendChild(result(poll));
  return card;
}

function pollForm(poll) {
  var own = ownVotes[poll.id];
  var form = make("form", { onsubmit: function (event) { event.preventDefault(); castVote(poll, form); } });
  var group = make("fieldset", { "aria-labelledby": "question-" + poll.id });
  if (poll.kind === "multiple" && poll.most) group.appendChild(make("p", { text: say("most", { n: poll.most }) }));
  if (poll.kind === "ranking") group.appendChild(make("p", { text: say("rank") }));
  poll.options.forEach(function (option) { group.appendChild(optionControl(poll, option, own)); });
  form.appendChild(group);
  if (poll.rule === "slip" || helper) form.appendChild(field(say("slip"), make("input", { name: "slip", id: "slip-" + poll.id, autocomplete: "off", autocapitalize: "characters", required: true })));
  form.appendChild(make("button", { "class": "first", text: say(own ? "changeVote" : "vote"), id: "vote-" + poll.id }));
  return form;
}

function optionControl(poll, option, own) {
  var text = chosen(option.text) || option.id, name = "poll-" + poll.id;
  if (poll.kind === "single" || poll.kind === "scenario") return choice("radio", name, option.id, text, !!own && own[0] === option.id);
  if (poll.kind === "multiple") return choice("checkbox", name, option.id, text, !!own && own.indexOf(option.id) >= 0);
  var isRating = poll.kind === "rating", many = isRating ? poll.highest : poll.options.length;
  var values = [["", say(isRating ? "noMark" : "noPlace")]];
  for (var n = 1; n <= many; n++) values.push([String(n), say(isRating ? "mark" : "place", { n: n, of: many })]);
  var control = select(values, { id: name + "-" + option.id, "data-option": option.id });
  if (own) control.value = isRating ? String(own[option.id] || "") : String(own.indexOf(option.id) + 1 || "");
  return make("label", { "class": "choice", "for": control.id }, [make("span", { text: text }), control]);
}

function chosenAnswer(poll, form) {
  if (poll.kind === "rating" || poll.kind === "ranking") {
    var given = [];
    form.querySelectorAll("select[data-option]").forEach(function (control) {
      if (control.value) given.push([control.getAttribute("data-option"), Number(control.value)]);
    });
    if (!given.length) return null;
    if (poll.kind === "ranking") return given.sort(function (a, b) { return a[1] - b[1]; }).map(function (one) { return one[0]; });
    var marks = {};
    given.forEach(function (one) { marks[one[0]] = one[1]; });
    return marks;
  }
  var ticked = [];
  form.querySelectorAll("input:checked").forEach(function (input) { ticked.push(input.value); });
  return ticked.length ? ticked : null;
}

function castVote(poll, form) {
  var answer = chosenAnswer(poll, form), slip = form.elements.slip ? form.elements.slip.value : "";
  if (!answer) { tell(say("choose"), true); return; }
  var body = { choice: answer };
  if (slip) body.slip = slip;
  if (helper) body.is_assisted = true;
  ask("POST", "/api/polls/" + encodeURIComponent(poll.id) + "/vote", body).then(function (reply) {
    tell(say(ownVotes[poll.id] ? "changed" : "voted"));
    keepReceipt(poll.id, reply.receipt);
    if (helper) { clearHelper(); return; }
    if (poll.rule !== "slip") ownVotes[poll.id] = answer;
    else form.reset();
    form.querySelector("button.first").textContent = say(poll.rule === "slip" ? "vote" : "changeVote");
    showMine();
  }, tellError);
}

function result(poll) {
  var box = make("div", { "class": "result" });
  if (!poll.counts) { box.appendChild(make("p", { "class": "soft", text: say("hidden") })); return box; }
  var most = Math.max.apply(null, [1].concat(Object.keys(poll.counts).map(function (key) { return poll.counts[key]; })));
  box.appendChild(make("table", { "class": "figures" }, [
    make("caption", { "class": "soft", text: say("votes", { n: poll.votes }) + " · " + say(poll.is_open ? "openPoll" : "closedPoll") }),
    make("tbody", {}, poll.options.map(function (option) { return figureRow(poll, option, most); })),
  ]));
  box.appendChild(make("p", { "class": "soft", text: say("bySource", Object.assign({ room: 0, online: 0, paper: 0, hands: 0, assisted: 0 }, poll.by_source)) }));
  if (poll.rule === "slip") box.appendChild(make("p", { "class": "soft", text: say("slipsIssued", { n: poll.slips_issued }) }));
  if (!poll.is_open && poll.head_at_close) box.appendChild(make("p", { "class": "soft" }, [say("head") + ": ", make("span", { "class": "hash", text: poll.head_at_close })]));
  return box;
}

function figureRow(poll, option, most) {
  var bar = make("div", {});
  bar.style.width = 100 * poll.counts[option.id] / most + "%";
  var figure = String(poll.counts[option.id]);
  if (poll.kind === "rating") figure = poll.means[option.id] === undefined ? "–" : say("mean") + " " + poll.means[option.id].toFixed(1);
  if (poll.kind === "ranking") figure += " " + say("points");
  return make("tr", {}, [
    make("th", { scope: "row" }, [chosen(option.text) || option.id, make("div", { "class": "bar" }, [bar])]),
    make("td", { "class": "number", text: figure }),
  ]);
}

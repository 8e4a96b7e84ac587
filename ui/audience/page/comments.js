/* Comments: writing one, reading the others', and what became of one's own. */
"use strict";
var writing = null;
var shownComments = [];
var totalComments = 0;
var supported = {};

function writeComment(place, more) {
  writing = Object.assign({ place: place, from: currentTab }, more || {});
  showTab("write");
}

function placeName(place) {
  if (!place || place.type === "project") return say("wholeProject");
  return place.name || say("thisPlace") + (place.lonlat && typeof place.lonlat[0] === "number" ? " (" + place.lonlat[1].toFixed(5) + ", " + place.lonlat[0].toFixed(5) + ")" : "");
}

function showWriting() {
  var form = document.getElementById("write-form");
  var text = make("textarea", { name: "text", maxlength: 1000, required: true, id: "comment-text" });
  var parts = [make("p", { text: say("about", { place: placeName(writing.place) }), id: "comment-place" })];
  if (writing.rating) parts.push(ratingField());
  parts.push(field(say(writing.rating ? "why" : "text"), text), kinds());
  if (!helper) parts.push(groupField("age_group", "ageGroup", state.age_groups), groupField("district", "district", state.districts));
  if (helper) parts.push(field(say("slip"), make("input", { name: "slip", id: "comment-slip", autocomplete: "off", required: true })));
  parts.push(make("button", { "class": "first", text: say("send"), id: "send" }), button("cancel", function () { showTab(writing.from || "now"); }));
  fill(form, parts);
  form.onsubmit = function (event) { event.preventDefault(); sendComment(form); };
  text.focus();
}

function kinds() {
  var group = make("fieldset", {}, [make("legend", { text: say("meant") })]);
  ["idea", "worry", "question", "like"].forEach(function (kind) {
    group.appendChild(choice("radio", "kind", kind, say(kind), kind === (writing.kind || "idea")));
  });
  return group;
}

function ratingField() {
  var marks = [];
  for (var n = 5; n >= 1; n--) marks.push([String(n), say("mark", { n: n, of: 5 })]);
  return field(say("rating"), select(marks, { name: "rating", id: "comment-rating" }));
}

function groupField(name, label, values) {
  if (!values || !values.length) return null;
  return field(say(label), select([["", say("notSaid")]].concat(values.map(function (v) { return [v, v]; })), { name: name }));
}

function sendComment(form) {
  var parts = form.elements;
  var body = {
    text: parts.text.value, kind: form.querySelector("input[name=kind]:checked").value, place: writing.place, language: language,
    context: { slide: String(state.slide.number), view: sight },
  };
  if (writing.call) body.call = writing.call;
  if (writing.rating) { body.rating = Number(parts.rating.value); body.facility = writing.rating; }
  if (parts.age_group && parts.age_group.value) body.age_group = parts.age_group.value;
  if (parts.district && parts.district.value) body.district = parts.district.value;
  if (helper) { body.is_assisted = true; body.slip = parts.slip.value; }
  ask("POST", "/api/comments", body).then(function (answer) {
    keepReceipt("comment-" + answer.id, answer.receipt);
    if (helper) { clearHelper(); return; }
    tell(say("sentHeld"));
    showTab("mine");
  }, tellError);
}

function loadComments(isMore) {
  if (!isMore) shownComments = [];
  ask("GET", "/api/comments?from=" + shownComments.length).then(function (answer) {
    shownComments = shownComments.concat(answer.comments);
    totalComments = answer.total;
    showComments();
  }, tellError);
}

function showComments() {
  var listed = shownComments.slice().reverse();
  listed.sort(function (a, b) { return b.is_pinned - a.is_pinned; });
  var cards = listed.map(commentCard);
  if (!cards.length) cards = [make("p", { text: say("noComments") })];
  if (shownComments.length < totalComments) cards.push(button("more", function () { loadComments(true); }, { id: "more-comments" }));
  fill(document.getElementById("comment-list"), [make("div", { "class": "row" }, [
    button("wholeProject", function () { writeComment({ type: "project" }); }, { id: "comment-project" }),
  ])].concat(cards));
}

function commentBody(comment) {
  var parts = [
    make("p", {}, [make("span", { "class": "kind", text: say(comment.kind) }), " ", make("span", { "class": "soft", text: placeName(comment.place) })]),
    make("p", { text: comment.text }),
  ];
  if (comment.is_redacted) parts.push(make("p", { "class": "soft", text: say("redacted") }));
  if (comment.answer) parts.push(make("p", {}, [make("strong", { text: say("answer") + " (" + say("status_" + comment.status) + "): " }), comment.answer]));
  return parts;
}

function commentCard(comment) {
  var isOn = !!supported[comment.id];
  var row = make("div", { "class": "row" }, [
    button(isOn ? "supported" : "support", function () { react(comment, !isOn); },
      { "aria-pressed": String(isOn), id: "support-" + comment.id }),
    make("span", { text: say("supporters", { n: comment.support }) }),
    button("flag", function () {
      ask("POST", "/api/comments/" + comment.id + "/flag", {}).then(function () { tell(say("flagged")); }, tellError);
    }, { id: "flag-" + comment.id }),
  ]);
  return make("article", { "class": "card" }, commentBody(comment).concat([row]));
}

function react(comment, isOn) {
  ask("POST", "/api/comments/" + comment.id + "/support", { is_on: isOn }).then(function () {
    supported[comment.id] = isOn;
    comment.support += isOn ? 1 : -1;
    showComments();
  }, tellError);
}

function showMine() {
  ask("GET", "/api/mine").then(function (answer) {
    ownVotes = answer.votes;
    if (currentTab !== "mine") return;
    var parts = [helperRow()];
    var votes = Object.keys(ownVotes).map(voteCard);
    if (votes.length) parts.push(make("h3", { text: say("yourVotes") }));
    parts = parts.concat(votes);
    if (answer.comments.length) parts.push(make("h3", { text: say("yourComments") }));
    parts = parts.concat(answer.comments.map(ownCard));
    if (!votes.length && !answer.comments.length) parts.push(make("p", { text: say("nothingSent") }));
    fill(document.getElementById("mine-list"), parts);
  }, tellError);
}

function voteCard(id) {
  var poll = state.polls.filter(function (one) { return one.id === id; })[0];
  if (!poll) return null;
  var own = ownVotes[id];
  var texts = poll.options.filter(function (o) { return own instanceof Array ? own.indexOf(o.id) >= 0 : own[o.id]; }).map(function (o) {
    return (chosen(o.text) || o.id) + (own instanceof Array ? "" : ": " + own[o.id]);
  });
  if (poll.kind === "ranking") texts = own.map(function (o, n) { return (n + 1) + ". " + chosen(poll.options.filter(function (p) { return p.id === o; })[0].text); });
  var row = make("div", { "class": "row" });
  if (poll.is_open) row.appendChild(button("withdraw", function () {
    ask("DELETE", "/api/polls/" + encodeURIComponent(id) + "/vote", {}).then(function () { delete ownVotes[id]; tell(say("withdrawn")); showMine(); redrawPoll(id); }, tellError);
  }, { "class": "bad", id: "withdraw-" + id, "aria-label": say("withdraw") + ": " + chosen(poll.question) }));
  if (receipts()[id]) row.appendChild(button("saveReceipt", function () { saveReceipt(id); }, { id: "receipt-" + id }));
  return make("article", { "class": "card" }, [make("h4", { text: chosen(poll.question) }), make("p", { text: texts.join(", ") }), row]);
}

function redrawPoll(id) {
  var card = document.querySelector('[data-poll="' + id + '"]');
  if (card) card.remove();
  showPolls();
}

function ownCard(comment) {
  var row = make("div", { "class": "row" }, [button("withdraw", function () {
    ask("DELETE", "/api/comments/" + comment.id).then(function () { tell(say("withdrawn")); showMine(); }, tellError);
  }, { "class": "bad", id: "withdraw-" + comment.id, "aria-label": say("withdraw") + ": " + comment.text.slice(0, 60) })]);
  var status = make("p", { "class": "soft", text: say("state_" + comment.state) + (comment.reason ? " · " + say("reason") + ": " + comment.reason : "") });
  return make("article", { "class": "card" }, commentBody(comment).concat([status, row]));
}

/* One device for many people: nothing of one person is left for the next. */
function helperRow() {
  var input = make("input", { type: "checkbox", id: "helper", checked: helper, onchange: function () {
    helper = input.checked;
    remember("helper", helper ? "1" : "");
    remember("receipts", "");
    document.getElementById("polls").textContent = "";
    showPolls();
    showMine();
  } });
  return make("div", {}, [
    make("label", { "class": "choice", "for": "helper" }, [input, make("span", { text: say("helper") })]),
    helper ? make("p", { text: say("helperHint") }) : null,
    helper ? button("next", clearHelper, { id: "next-person" }) : null,
  ]);
}

function clearHelper() {
  ownVotes = {};
  supported = {};
  corners = [];
  writing = null;
  remember("receipts", "");
  document.getElementById("write-form").textContent = "";
  document.getElementById("polls").textContent = "";
  showPolls();
  showFinder();
  tell(say("cleared"));
  showTab("now");
}

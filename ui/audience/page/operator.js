/* The page of those who run the meeting, on a second device: queue, polls, hand counts, slips, invitations. */
"use strict";
var overview = null;
var currentTab = "queue";
var open = {};

function refresh() {
  return ask("GET", "/api/operator").then(function (answer) {
    var before = overview;
    overview = answer;
    document.getElementById("overview").textContent = "You are " + answer.role + " · " + answer.phones + " phones · code " +
      answer.code + " · " + answer.held + " waiting · " + answer.entries + " entries";
    if (!before || before.entries !== answer.entries) show();
  }, function (error) {
    if (error.status === 401) location.replace("/operator");
    else tellError(error);
  });
}

function showTab(tab) {
  currentTab = tab;
  ["queue", "polling", "people"].forEach(function (id) { document.getElementById(id).hidden = id !== tab; });
  document.querySelectorAll("#tabs button").forEach(function (one) {
    if (one.getAttribute("data-tab") === tab) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  });
  show();
}

function show() {
  if (isTyping()) return;
  if (currentTab === "queue") showQueue();
  if (currentTab === "polling") showPolling();
  if (currentTab === "people") showPeople();
}

/* What somebody is writing is not taken from under their hands. */
function isTyping() {
  var one = document.activeElement;
  return !!one && /^(INPUT|TEXTAREA)$/.test(one.tagName) && one.type !== "checkbox" && !!one.value;
}

function act(method, path, body, said) {
  return ask(method, "/api/operator" + path, body).then(function (answer) {
    tell(said);
    if (document.activeElement) document.activeElement.blur();
    overview = null;
    return refresh().then(function () { return answer; });
  }, tellError);
}

// comments

function showQueue() {
  var wanted = document.getElementById("queue-state").value;
  ask("GET", "/api/operator/comments?state=" + wanted).then(function (answer) {
    var cards = answer.comments.map(queueCard);
    fill(document.getElementById("queue-list"), cards.length ? cards : [make("p", { text: "Nothing is waiting." })]);
  }, function (error) {
    fill(document.getElementById("queue-list"), [make("p", { text: error.message })]);
  });
}

function queueCard(comment) {
  var reason = make("input", { type: "text", id: "reason-" + comment.id, "class": "reason" });
  function decide(kind, more, said) {
    return act("POST", "/comments/" + comment.id, Object.assign({ act: kind, reason: reason.value }, more || {}), said);
  }
  var facts = [comment.kind, comment.place.name || comment.place.type, comment.source, comment.state];
  if (comment.flags) facts.push(comment.flags + " reported it");
  if (comment.reason) facts.push(comment.reason);
  return make("article", { "class": "card" }, [
    make("p", { "class": "soft", text: facts.join(" · ") }),
    make("p", { text: comment.text }),
    make("div", { "class": "row" }, [
      button("Accept", function () { decide("accept", {}, "Accepted: it is shown now."); }, { id: "accept-" + comment.id }),
      button(comment.is_pinned ? "Unpin" : "Pin", function () { decide(comment.is_pinned ? "unpin" : "pin", {}, "Done."); }, { id: "pin-" + comment.id }),
    ]),
    field("Reason (public; needed to reject, redact or merge)", reason),
    make("div", { "class": "row" }, [
      button("Reject", function () { decide("reject", {}, "Rejected."); }, { "class": "bad", id: "reject-" + comment.id }),
      button("Redact…", function () { openPart(comment, "redact"); }, { id: "redact-" + comment.id }),
      button("Merge…", function () { openPart(comment, "merge"); }, { id: "merge-" + comment.id }),
      button("Answer…", function () { openPart(comment, "answer"); }, { id: "answer-" + comment.id }),
    ]),
    open[comment.id] ? partOf(comment, decide) : null,
  ]);
}

function openPart(comment, part) {
  open = {};
  open[comment.id] = part;
  showQueue();
}

function partOf(comment, decide) {
  var part = open[comment.id];
  function done(kind, more, said) { open = {}; decide(kind, more, said); }
  if (part === "merge") {
    var into = make("input", { type: "text", id: "into-" + comment.id });
    return make("div", {}, [field("Number of the shown comment it belongs to", into), button("Merge", function () { done("merge", { into: into.value.trim() }, "Merged."); })]);
  }
  var text = make("textarea", { id: "text-" + comment.id });
  text.value = part === "redact" ? comment.text : comment.answer;
  if (part === "redact") {
    return make("div", {}, [field("The text as everybody may see it", text), button("Redact", function () { done("redact", { text: text.value }, "Redacted; the former text is deleted."); })]);
  }
  var status = select([["open", "not decided"], ["planned", "planned"], ["done", "done"], ["declined", "declined"]], { id: "status-" + comment.id });
  var theme = make("input", { type: "text", id: "theme-" + comment.id });
  theme.value = comment.theme;
  return make("div", {}, [field("Answer of the office", text), field("Status", status), button("Save the answer", function () {
    done("answer", { answer: text.value, status: status.value }, "Answered.");
  }), field("Theme", theme), button("Save the theme", function () { done("theme", { theme: theme.value }, "Sorted."); })]);
}

// polls

function showPolling() {
  ask("GET", "/api/operator/polls").then(function (answer) {
    var cards = overview.prepared.map(preparedCard).concat(answer.polls.slice().reverse().map(pollCard)).concat([newPoll(), paperForms()]);
    fill(document.getElementById("poll-list"), cards);
  }, tellError);
}

function words(texts) { return texts.en || texts[Object.keys(texts)[0]] || ""; }

function preparedCard(poll) {
  return make("article", { "class": "card" }, [
    make("h3", { text: words(poll.question) }), make("p", { "class": "soft", text: "prepared · " + poll.kind + " · " + poll.rule }),
    button("Open this poll", function () { act("POST", "/polls", { id: poll.id }, "The poll is open."); }, { id: "open-" + poll.id }),
  ]);
}

function pollCard(poll) {
  var rows = poll.options.map(function (option) {
    return make("tr", {}, [make("th", { scope: "row", text: words(option.text) || option.id }),
      make("td", { "class": "number", text: poll.counts ? String(poll.counts[option.id]) : "hidden" })]);
  });
  var parts = [make("h3", { text: words(poll.question) }),
    make("p", { "class": "soft", text: (poll.is_open ? "open" : "closed") + " · " + poll.kind + " · " + poll.rule + (poll.votes === undefined ? "" : " · " + poll.votes + " votes") }),
    make("table", { "class": "figures" }, [make("tbody", {}, rows)])];
  if (poll.is_open) {
    parts.push(button("Close this poll", function () { act("POST", "/polls/" + poll.id + "/close", {}, "The poll is closed."); }, { id: "close-" + poll.id, "class": "bad" }));
    if (poll.kind !== "rating" && poll.kind !== "ranking" && poll.rule === "open") parts.push(handCount(poll));
    parts.push(paperVote(poll));
  } else if (poll.head_at_close) parts.push(make("p", { "class": "hash", text: "head " + poll.head_at_close }));
  return make("article", { "class": "card" }, parts);
}

function handCount(poll) {
  var label = make("input", { type: "text", id: "label-" + poll.id });
  var source = select([["hands", "shown hands"], ["paper", "paper forms"]], { id: "source-" + poll.id });
  var counts = poll.options.map(function (option) {
    return make("input", { type: "text", inputmode: "numeric", pattern: "[0-9]*", id: "count-" + poll.id + "-" + option.id, "data-option": option.id });
  });
  return make("form", { onsubmit: function (event) {
    event.preventDefault();
    var body = { counts: {}, label: label.value, source: source.value };
    counts.forEach(function (box) { body.counts[box.getAttribute("data-option")] = Number(box.value || 0); });
    act("POST", "/polls/" + poll.id + "/hands", body, "The count is entered.");
  } }, [make("h4", { text: "Enter a count" }), field("Of", source), field("Part of the hall or box (a later count of the same part replaces it)", label)].concat(
    poll.options.map(function (option, n) { return field(words(option.text) || option.id, counts[n]); }),
    [make("button", { text: "Enter the count", id: "enter-" + poll.id })]));
}

function paperForms() {
  var text = make("textarea", { id: "paper-text" });
  var square = make("input", { type: "text", id: "paper-square" });
  var age = make("input", { type: "text", id: "paper-age" });
  return make("form", { "class": "card", onsubmit: function (event) {
    event.preventDefault();
    var body = { text: text.value, square: square.value, age_group: age.value };
    text.value = square.value = "";
    act("POST", "/comments", body, "The paper comment is entered; a moderator reads it.");
  } }, [make("h3", { text: "Enter a comment from a paper form" }), field("What it says", text), field("Square of the map, such as C4", square), field("Age group", age), make("button", { text: "Enter the comment", id: "paper-enter" })]);
}

function paperVote(poll) {
  var boxes = poll.options.map(function (option) {
    return make("input", { type: "text", inputmode: "numeric", id: "paper-" + poll.id + "-" + option.id, "data-option": option.id });
  });
  var slip = make("input", { type: "text", id: "paper-slip-" + poll.id });
  var hint = poll.kind === "ranking" ? "1 for the best, 2, 3 ..." : poll.kind === "rating" ? "the mark" : "x where it is ticked";
  return make("form", { onsubmit: function (event) {
    event.preventDefault();
    var filled = boxes.filter(function (box) { return box.value.trim(); });
    var choice = filled.map(function (box) { return box.getAttribute("data-option"); });
    if (poll.kind === "ranking") {
      filled.sort(function (a, b) { return Number(a.value) - Number(b.value); });
      choice = filled.map(function (box) { return box.getAttribute("data-option"); });
    }
    if (poll.kind === "rating") {
      choice = {};
      filled.forEach(function (box) { choice[box.getAttribute("data-option")] = Number(box.value); });
    }
    var body = { choice: choice, slip: slip.value };
    boxes.forEach(function (box) { box.value = ""; });
    slip.value = "";
    act("POST", "/polls/" + poll.id + "/paper", body, "The form is entered.");
  } }, [make("h4", { text: "Enter one paper form: " + hint })].concat(
    poll.options.map(function (option, n) { return field(words(option.text) || option.id, boxes[n]); }),
    [poll.rule === "slip" ? field("Code of the slip", slip) : null, make("button", { text: "Enter the form", id: "form-" + poll.id })]));
}

function newPoll() {
  var question = make("input", { type: "text", id: "new-question", required: true });
  var options = make("textarea", { id: "new-options", required: true });
  var kind = select([["single", "one answer"], ["multiple", "several answers"], ["rating", "marks 1 to 5"], ["ranking", "an order"]], { id: "new-kind" });
  var rule = select([["open", "open: one vote for each browser"], ["slip", "slip: one vote for each slip"]], { id: "new-rule" });
  var hidden = make("input", { type: "checkbox", id: "new-hidden" });
  return make("form", { "class": "card", onsubmit: function (event) {
    event.preventDefault();
    var lines = options.value.split("\n").map(function (line) { return line.trim(); }).filter(Boolean);
    var poll = { id: "poll-" + (overview.polls.length + 1) + "-" + Date.now().toString(36), question: question.value, options: lines, kind: kind.value, rule: rule.value, is_hidden: hidden.checked };
    question.value = options.value = "";
    act("POST", "/polls", { poll: poll }, "The poll is open.");
  } }, [make("h3", { text: "Ask a new poll" }), field("Question", question), field("Options, one a line", options), field("Answers", kind), field("Voting rule", rule),
    make("label", { "class": "choice", "for": "new-hidden" }, [hidden, make("span", { text: "Hide the figures until it is closed" })]),
    make("button", { "class": "first", text: "Open the poll", id: "new-open" })]);
}

// slips and invitations

function showPeople() {
  var count = make("input", { type: "text", inputmode: "numeric", id: "slip-count" });
  count.value = "50";
  var printed = make("div", { "class": "slips", id: "slips" });
  var slips = make("form", { "class": "card", onsubmit: function (event) {
    event.preventDefault();
    ask("POST", "/api/operator/slips", { count: Number(count.value) }).then(function (answer) {
      tell("These codes are shown this once: print them now.");
      fill(printed, answer.slips.map(function (code) { return make("div", { "class": "slip" }, [code, make("small", { text: "one vote in each poll by slip" })]); }));
      window.print();
    }, tellError);
  } }, [make("h3", { text: "Slips" }), field("How many", count), make("button", { text: "Make and print slips", id: "make-slips" }), printed]);
  ask("GET", "/api/operator/invitations").then(function (answer) {
    fill(document.getElementById("people-list"), [slips, inviting()].concat(answer.invitations.map(invitationCard)));
  }, function () { fill(document.getElementById("people-list"), [slips]); });
}

function inviting() {
  var role = select([["moderator", "moderator"], ["clerk", "clerk: hand counts and paper"], ["presenter", "presenter"], ["administrator", "administrator"]], { id: "invite-role" });
  var hours = make("input", { type: "text", inputmode: "numeric", id: "invite-hours" });
  hours.value = "12";
  var label = make("input", { type: "text", id: "invite-label" });
  var link = make("p", { "class": "hash", id: "invite-link" });
  return make("form", { "class": "card", onsubmit: function (event) {
    event.preventDefault();
    ask("POST", "/api/operator/invitations", { role: role.value, lasts_s: 3600 * Number(hours.value), label: label.value }).then(function (answer) {
      link.textContent = location.origin + "/operator#" + answer.token;
      tell("Open this address on the other device. It is shown this once.");
    }, tellError);
  } }, [make("h3", { text: "Invite somebody to a role" }), field("Role", role), field("For how many hours", hours), field("For whom (a note of yours)", label), make("button", { text: "Invite", id: "invite" }), link]);
}

function invitationCard(invitation) {
  var isOver = invitation.is_revoked || invitation.expires_s * 1000 < Date.now();
  return make("article", { "class": "card" }, [
    make("p", { text: invitation.role + (invitation.label ? " · " + invitation.label : "") + " · " + (invitation.is_revoked ? "taken back" : isOver ? "expired" : "until " + new Date(invitation.expires_s * 1000).toLocaleString()) }),
    isOver || invitation.is_local ? null : button("Take back", function () { act("DELETE", "/invitations/" + invitation.id, undefined, "Taken back."); }, { "class": "bad", id: "revoke-" + invitation.id }),
  ]);
}

document.querySelectorAll("#tabs button").forEach(function (one) {
  one.addEventListener("click", function () { showTab(one.getAttribute("data-tab")); });
});
document.getElementById("queue-state").addEventListener("change", showQueue);
refresh().then(function () { showTab("queue"); });
setInterval(refresh, 2000);
